import { alternate } from '../processes/alternate';
import type { ColdRun } from '../processes/cold-process';
import type { Section } from '../section';
import { Statistics, statistics } from '../statistics';
import { ratio, spread, Table } from '../table';
import { BUILT, bundleWithDefaults } from './contenders';
import { Contest } from './contest';
import type { RecordedEvent } from './recorded-event';

type Results = Readonly<Record<string, Readonly<Record<keyof ColdRun, Statistics>>>>;

/** The lower limit for all contenders. */
const BARE = 'bare Node.js, same calls';

/** Cold starts of the handler in separate processes. */
export const coldStarts: Section = {
  name: 'cold-starts',

  async measure({ repetitions, folder }) {
    const contest = await Contest.start(folder);
    const defaults = bundleWithDefaults(folder);
    const data: Record<string, Results> = {};
    try {
      for (const recorded of contest.events) {
        const results = await alternate(`cold ${recorded.name}`, repetitions, new Map([
          [BARE, contest.bare(recorded)],
          ['the handler', contest.handler(BUILT, recorded)],
          ['the handler, bundled with defaults', contest.handler(defaults, recorded)],
          ...recorded === contest.create ? [['AwsCustomResource: the import alone', contest.awsCustomResource()]] as const : [],
        ]));
        data[recorded.name] = Object.fromEntries([...results].map(([name, runs]) => [name, summarize(runs)]));
      }
    } finally {
      contest.stop();
    }
    return { tables: contest.events.map((recorded) => table(recorded, data[recorded.name])), data };
  },
};

export function summarize(runs: readonly ColdRun[]): Readonly<Record<keyof ColdRun, Statistics>> {
  return {
    milliseconds: statistics(runs.map(({ milliseconds }) => milliseconds)),
    processorMilliseconds: statistics(runs.map(({ processorMilliseconds }) => processorMilliseconds)),
    peakMebibytes: statistics(runs.map(({ peakMebibytes }) => peakMebibytes)),
  };
}

function table({ name, stages }: RecordedEvent, results: Results): Table {
  const floor = results[BARE];
  return {
    title: `Cold ${name}: ${stages.flat().length} calls`,
    head: ['whole process', 'ms', '× floor', 'processor ms', '× floor', 'peak MiB', '× floor'],
    rows: Object.entries(results).map(([contender, { milliseconds, processorMilliseconds, peakMebibytes }]) => [
      contender,
      spread(milliseconds), ratio(milliseconds, floor.milliseconds),
      spread(processorMilliseconds), ratio(processorMilliseconds, floor.processorMilliseconds),
      spread(peakMebibytes, 1), ratio(peakMebibytes, floor.peakMebibytes),
    ]),
    notes: [`In this order; the calls of one step run concurrently: ${stages.map((stage) => stage.map(operation).join(' + ')).join(', ')}.`],
  };
}

function operation({ target, method }: { readonly target?: string; readonly method: string }): string {
  return target?.split('.').at(-1) ?? `${method} of the answer`;
}
