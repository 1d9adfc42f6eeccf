import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { summarize } from '../handler/cold-starts';
import { alternate } from '../processes/alternate';
import { program, runCold } from '../processes/cold-process';
import type { Section } from '../section';
import { kilobytes, ratio, spread } from '../table';

const ROOT = join(__dirname, '..', '..');
/** Names a member too, as compiled code does: aws-cdk-lib loads a module on access to its first member. */
const CODEBUILD = `${require.resolve('aws-cdk-lib/aws-codebuild')}:Project`;
const PROJECT = 'Project of aws-cdk-lib/aws-codebuild';
const LIBRARY = `${ROOT}:SourceCredentials`;

/** The size of the installed package, and the time to load it. */
export const npmPackage: Section = {
  name: 'package',

  async measure({ repetitions }) {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
    const [{ size, unpackedSize, files }] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' }));

    const load = (...members: string[]) => async () => runCold({ args: [program('load-member'), ...members] });
    const results = await alternate('require', repetitions, new Map([
      [PROJECT, load(CODEBUILD)],
      ['SourceCredentials of this library', load(LIBRARY)],
      ['both', load(CODEBUILD, LIBRARY)],
    ]));
    const times = Object.fromEntries([...results].map(([name, runs]) => [name, summarize(runs).milliseconds]));
    return {
      data: { size, unpackedSize, files: files.length, require: times },
      tables: [
        { title: 'npm package', head: ['', ''], rows: [['packed', kilobytes(size)], ['unpacked', kilobytes(unpackedSize)], ['files', `${files.length}`]] },
        {
          title: 'Loading the library',
          head: ['whole process', 'ms', '× Project'],
          rows: Object.entries(times).map(([name, time]) => [name, spread(time), ratio(time, times[PROJECT])]),
        },
      ],
    };
  },
};
