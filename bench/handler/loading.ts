import { alternate } from '../processes/alternate';
import { program, runCold } from '../processes/cold-process';
import type { Section } from '../section';
import { ratio, spread } from '../table';
import { summarize } from './cold-starts';
import { AWS_CUSTOM_RESOURCE, BUILT, bundleWithDefaults } from './contenders';

const EMPTY = 'empty Node.js';

/** The time to `require` the handler, in separate processes. */
export const loading: Section = {
  name: 'loading',

  async measure({ repetitions, folder }) {
    const load = (...modules: string[]) => async () => runCold({ args: [program('load'), ...modules] });
    const results = await alternate('loading', repetitions, new Map([
      [EMPTY, async () => runCold({ args: [program('empty')] })],
      ['the handler', load(BUILT)],
      ['the handler, bundled with defaults', load(bundleWithDefaults(folder))],
      ['AwsCustomResource, before its SDK', load(AWS_CUSTOM_RESOURCE)],
      ['AwsCustomResource, with its SDK', load(AWS_CUSTOM_RESOURCE, require.resolve('@aws-sdk/client-codebuild'))],
    ]));
    const data = Object.fromEntries([...results].map(([name, runs]) => [name, summarize(runs)]));
    return {
      data,
      tables: [{
        title: 'Loading the handler',
        head: ['whole process', 'ms', '× empty', 'processor ms', '× empty', 'peak MiB', '× empty'],
        rows: Object.entries(data).map(([name, { milliseconds, processorMilliseconds, peakMebibytes }]) => [
          name,
          spread(milliseconds), ratio(milliseconds, data[EMPTY].milliseconds),
          spread(processorMilliseconds), ratio(processorMilliseconds, data[EMPTY].processorMilliseconds),
          spread(peakMebibytes, 1), ratio(peakMebibytes, data[EMPTY].peakMebibytes),
        ]),
      }],
    };
  },
};
