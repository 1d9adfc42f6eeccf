import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { alternate } from '../processes/alternate';
import { MAX_CREDENTIALS } from '../resources/ways';
import type { Section } from '../section';
import { Statistics, statistics } from '../statistics';
import { ratio, spread } from '../table';

interface Case {
  readonly stacks: number;
  readonly credentials: number;
}

type WayName = 'ours' | 'native' | 'awsCustomResource';
type Result = Case & Readonly<Record<WayName, Statistics>>;

/** The time to build and synthesize an app, compared with one that uses the native construct. */
export const synthesis: Section = {
  name: 'synthesis',

  async measure({ repetitions, isQuick }) {
    const data: Result[] = [];
    for (const one of cases(isQuick)) {
      const run = (way: WayName) => [way, async () => synthesize(way, one)] as const;
      const measured = await alternate(`${one.stacks} stacks of ${one.credentials}`, times(one, repetitions), new Map([
        run('ours'), run('native'), run('awsCustomResource'),
      ]));
      const of = (way: WayName) => statistics(measured.get(way)!);
      data.push({ ...one, ours: of('ours'), native: of('native'), awsCustomResource: of('awsCustomResource') });
    }
    return {
      data,
      tables: [{
        title: 'Synthesis',
        head: ['stacks × credentials', 'this library, ms', 'per stack', 'native, ms', 'per stack', '× native', 'AwsCustomResource, ms', 'per stack'],
        rows: data.map(({ stacks, credentials, ours, native, awsCustomResource }) => {
          const both = (time: Statistics) => [spread(time), (time.median / stacks).toFixed(1)];
          return [`${stacks} × ${credentials}`, ...both(ours), ...both(native), ratio(ours, native), ...both(awsCustomResource)];
        }),
      }],
    };
  },
};

function cases(isQuick: boolean): Case[] {
  if (isQuick) return [{ stacks: 1, credentials: 1 }, { stacks: 10, credentials: MAX_CREDENTIALS }];

  const sizes = [1, 10, 100, 1_000].map((stacks) => ({ stacks, credentials: 1 }));
  const numbers = Array.from({ length: MAX_CREDENTIALS - 1 }, (_, index) => ({ stacks: 10, credentials: index + 2 }));
  return [...sizes, ...numbers];
}

/** The largest apps are measured less often, since they take long. */
function times({ stacks }: Case, repetitions: number): number {
  return stacks >= 1_000 ? Math.ceil(repetitions / 5) : Math.ceil(repetitions / 2);
}

/** Synthesizes in a separate process, since aws-cdk-lib caches asset hashes. */
async function synthesize(way: WayName, { stacks, credentials }: Case): Promise<number> {
  const args = [...process.execArgv, join(__dirname, 'synthesize.ts'), way, String(stacks), String(credentials)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const [[code], milliseconds] = await Promise.all([once(child, 'exit'), text(child.stdio[3] as NodeJS.ReadableStream)]);
  if (code !== 0) throw new Error(`the synthesis of ${stacks} stacks (${way}) ended with ${code}`);
  return Number(milliseconds);
}
