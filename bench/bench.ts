import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './bundle/bundle';
import { coldStarts } from './handler/cold-starts';
import { loading } from './handler/loading';
import { memorySizes } from './handler/memory-sizes';
import { npmPackage } from './package/npm-package';
import { endProgress, progress } from './progress';
import { resources } from './resources/resources';
import { scale } from './scale/scale';
import type { Section } from './section';
import { synthesis } from './synthesis/synthesis';
import { markdown } from './table';

/*
 * Compares the handler and the constructs with the alternatives. Timings are
 * never asserted: BENCHMARKS.md has the figures of one run, and its machine.
 */
const SECTIONS: readonly Section[] = [coldStarts, loading, memorySizes, bundle, resources, synthesis, npmPackage, scale];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      repetitions: { type: 'string' },
    },
  });
  const sections = values.only === undefined ? SECTIONS : SECTIONS.filter(({ name }) => values.only!.split(',').includes(name));
  if (sections.length === 0) throw new Error(`--only takes some of ${SECTIONS.map(({ name }) => name).join(',')}`);
  const isQuick = values.quick;
  const folder = join(__dirname, '..', 'cdk.out', 'bench');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  const machine = { node: process.version, processor: cpus()[0].model, processors: cpus().length };
  const data: Record<string, object> = { machine };
  console.log(`Node.js ${machine.node}, ${machine.processors} × ${machine.processor}`);
  for (const section of sections) {
    progress(section.name);
    const report = await section.measure({ repetitions: Number(values.repetitions ?? (isQuick ? 3 : 15)), isQuick, folder });
    endProgress();
    data[section.name] = report.data;
    for (const table of report.tables) console.log(`\n${markdown(table)}`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(data, undefined, 2)}\n`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
