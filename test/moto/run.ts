import * as fs from 'node:fs';
import * as path from 'node:path';
import { Moto } from './moto';
import { PLACE, Stacks } from './stacks';
import { STORIES } from './stories';
import { Aws } from '../../simulator';
import { ROOT } from '../e2e/folders';
import { Processes } from '../e2e/processes';
import { PythonTools } from '../e2e/python';
import { Report } from '../e2e/report';
import { SetupError } from '../e2e/setup-error';

/*
 * Deploys eight stacks in parallel onto an independently developed Parameter Store and Secrets Manager.
 */

const WORK = path.join(ROOT, 'cdk.out', 'moto');
const LOGS = path.join(WORK, 'logs');
const NAMES = Array.from({ length: 8 }, (_, index) => `Stack${index + 1}`);

async function main(processes: Processes, report: Report): Promise<void> {
  fs.rmSync(LOGS, { recursive: true, force: true });
  const tools = await report.step('Python tools', () => PythonTools.install(processes, path.join(__dirname, 'requirements.txt'), path.join(WORK, 'venv')));
  const moto = await report.step('moto', () => Moto.start(processes, tools, PLACE));
  const stacks = new Stacks(NAMES, await Aws.start(), moto);
  try {
    await stacks.createSecrets();
    for (const { run, title } of STORIES) await report.step(title, () => run(stacks, moto));
  } finally {
    await stacks.close();
  }
}

const processes = new Processes(LOGS);
const report = new Report();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void processes.stop().finally(() => process.exit(1)));
}
void main(processes, report).catch((error) => {
  console.error(error instanceof SetupError ? `moto: ${error.message}` : error);
  process.exitCode = 1;
}).finally(async () => {
  await processes.stop();
  report.print();
});
