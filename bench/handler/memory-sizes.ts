import { alternate } from '../processes/alternate';
import { CpuQuota } from '../processes/cpu-quota';
import type { Section } from '../section';
import { Statistics } from '../statistics';
import { ratio, spread } from '../table';
import { summarize } from './cold-starts';
import { BUILT } from './contenders';
import { Contest } from './contest';

const SIZES = [128, 256, 512, 1_024];

interface Row {
  readonly mebibytes: number;
  readonly bare: Statistics;
  readonly handler: Statistics;
  readonly awsCustomResource: Statistics;
}

/** A cold Create with the CPU quota of Lambda functions of these sizes. */
export const memorySizes: Section = {
  name: 'memory-sizes',

  async measure({ repetitions, folder, isQuick }) {
    const contest = await Contest.start(folder);
    const rows: Row[] = [];
    try {
      for (const mebibytes of isQuick ? [512] : SIZES) {
        const row = await measure(contest, mebibytes, Math.ceil(repetitions / 2));
        if (row) rows.push(row);
      }
    } finally {
      contest.stop();
    }
    return {
      data: rows,
      tables: [{
        title: 'Cold Create on a share of a processor',
        head: ['memory', 'bare Node.js, ms', 'the handler, ms', '× floor', 'GB-s', 'AwsCustomResource, ms', '× floor'],
        rows: rows.map(({ mebibytes, bare, handler, awsCustomResource }) => [
          `${mebibytes} MiB`, spread(bare), spread(handler), ratio(handler, bare),
          (handler.median / 1_000 * mebibytes / 1_024).toFixed(3), spread(awsCustomResource), ratio(awsCustomResource, bare),
        ]),
        notes: rows.length > 0 ? [] : ['Not measured: this machine does not allow a control group with a CPU quota.'],
      }],
    };
  },
};

async function measure(contest: Contest, mebibytes: number, repetitions: number): Promise<Row | undefined> {
  const quota = CpuQuota.create(mebibytes);
  if (!quota) return undefined;
  try {
    const results = await alternate(`cold Create with ${mebibytes} MiB`, repetitions, new Map([
      ['bare', contest.bare(contest.create, quota)],
      ['handler', contest.handler(BUILT, contest.create, quota)],
      ['awsCustomResource', contest.awsCustomResource(quota)],
    ]));
    if (quota.throttled === 0) throw new Error(`the CPU quota for ${mebibytes} MiB has no effect`);
    const milliseconds = (name: string) => summarize(results.get(name)!).milliseconds;
    return { mebibytes, bare: milliseconds('bare'), handler: milliseconds('handler'), awsCustomResource: milliseconds('awsCustomResource') };
  } finally {
    quota.remove();
  }
}
