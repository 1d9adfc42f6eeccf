import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import fc from 'fast-check';
import { bundleWith } from './changed-handler';
import { sequences } from './generator';
import { EVERYTHING, Mixture, QUIET } from './mixtures';
import { run } from './run';

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** Stryker's JSON report. */
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

const MIXTURES: Mixture[] = [
  EVERYTHING,
  { ...QUIET, together: 12, serverTypes: 1 },
  { ...QUIET, faults: 9, deaths: 10, cancelled: 3 },
  { ...QUIET, duplicates: 10, cancelled: 8, hands: 4, secrets: 6 },
  { ...QUIET, connections: 20, faults: 6, duplicates: 4, cancelled: 4, hands: 3 },
];

/** Plays sequences with each mutant that survived the other tests, and prints those that survive the sequences too. */
export async function playSurvivors(reportFile: string, count: number, seed: number): Promise<void> {
  const { files }: Report = JSON.parse(readFileSync(reportFile, 'utf8'));
  if (await isNoticed(bundleWith([]), count, seed)) throw new Error('A sequence fails without any mutant. Fix that first');
  let all = 0;
  let alive = 0;
  for (const [path, { mutants }] of Object.entries(files)) {
    for (const mutant of mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')) {
      all += 1;
      const bundle = bundleWith([{ file: relative('lambda', path), change: (source) => changed(source, mutant) }]);
      if (await isNoticed(bundle, count, seed)) continue;
      alive += 1;
      const { location: { start }, mutatorName, replacement } = mutant;
      console.log(`${path}:${start.line}:${start.column} ${mutatorName} -> ${replacement.replace(/\s+/g, ' ').slice(0, 120)}`);
    }
  }
  const played = `${count} sequences of each of ${MIXTURES.length} kinds`;
  console.log(`seed ${seed}: of ${all} mutants that survived the other tests, ${played} notice ${all - alive}`);
}

async function isNoticed(bundle: string, count: number, seed: number): Promise<boolean> {
  for (const mixture of MIXTURES) {
    for (const sequence of fc.sample(sequences(mixture), { numRuns: count, seed })) {
      if ((await run(sequence, { bundle })).violations.length > 0) return true;
    }
  }
  return false;
}

function changed(source: string, { location: { start, end }, replacement }: Mutant): string {
  const lines = source.split('\n');
  const offset = ({ line, column }: Position) => lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1;
  return source.slice(0, offset(start)) + replacement + source.slice(offset(end));
}
