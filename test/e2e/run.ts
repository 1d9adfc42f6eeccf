import * as fs from 'node:fs';
import * as path from 'node:path';
import { Account } from './account';
import { CASES, CONNECTIONS, SECRETS, STACKS, World } from './cases';
import { Cdk } from './cdk';
import { startEmulator } from './emulator';
import { ExampleApp } from './example-app';
import { connectToExistingPlace, usesExistingPlace } from './existing-place';
import { LOGS, ROOT, WORK } from './folders';
import { lintExamples } from './lint';
import type { Place } from './place';
import { Processes } from './processes';
import { PythonTools } from './python';
import { Report } from './report';
import { SetupError } from './setup-error';

const REQUIREMENTS = path.join(__dirname, 'requirements.txt');

/*
 * Deploys the library with the cdk CLI, as users do, onto an independently developed AWS emulator.
 * First lints the example's template with cfn-lint.
 */
class Run {
  private readonly processes = new Processes(LOGS);
  private readonly report = new Report();
  private place?: Place;
  /** Set as soon as the account may contain resources of the tests. */
  private account?: Account;
  private isInterrupted = false;

  async runAll(): Promise<boolean> {
    fs.rmSync(LOGS, { recursive: true, force: true });
    try {
      await this.steps();
      await this.stop();
      return true;
    } catch (error) {
      // An error after an interruption is only its consequence.
      if (!this.isInterrupted) printError(error);
      return false;
    } finally {
      await this.stop().catch(printError);
      this.report.print();
    }
  }

  async interrupt(): Promise<void> {
    this.isInterrupted = true;
    console.error('e2e: interrupted; cleaning up ...');
    await this.stop().catch(printError);
  }

  /** Stops all processes, and deletes the test resources from an account that outlives the tests. */
  private async stop(): Promise<void> {
    const { account, place } = this;
    this.account = this.place = undefined;
    await this.processes.stop();
    if (place && !place.isDisposable) await account?.clean(STACKS);
    await place?.close();
  }

  private async steps(): Promise<void> {
    const { processes, report } = this;
    const tools = await report.step('Python tools', () => PythonTools.install(processes, REQUIREMENTS, path.join(WORK, 'venv')));
    const place = usesExistingPlace(process.env) ? await connectToExistingPlace() : await report.step('emulator', () => startEmulator(processes, tools));
    this.place = place;
    // The SDK in this process must not use this machine's own AWS configuration either.
    process.env = place.environment as NodeJS.ProcessEnv;

    await report.step('cfn-lint accepts the example and a stack with everything, and rejects a broken template', () => lintExamples(processes, tools));
    const world = await this.prepare(place);
    for (const testCase of CASES) {
      if (testCase.isFor?.(place) ?? true) await report.step(testCase.title, () => testCase.run(world));
    }
  }

  /** Bootstraps the account, and creates the secrets and connections that exist before the first deployment. */
  private async prepare(place: Place): Promise<World> {
    const account = new Account(place);
    await account.requireEmpty(STACKS);
    this.account = account;
    const cdk = new Cdk(this.processes, place.environment);
    if (place.bootstraps) {
      await this.report.step('cdk bootstrap', async () => {
        const { status, output } = await cdk.bootstrap(place.account, place.region);
        if (status !== 0) throw new Error(`cdk bootstrap failed: ${output}`);
      });
    }
    for (const [name, document] of Object.entries(SECRETS)) await account.createSecret(name, document);
    const arns: Record<string, string> = {};
    for (const [key, { name, providerType }] of Object.entries(CONNECTIONS)) arns[key] = await place.createConnection(name, providerType);

    const connections = arns as World['connections'];
    const example = new ExampleApp(cdk, { gitHubConnectionArn: connections.gitHub, gitLabConnectionArn: connections.gitLab });
    if (!place.createsWebhooks) example.edit('infrastructure-stack.ts', ', webhook: true', '');
    return { account, cdk, example, connections };
  }
}

function printError(error: unknown): void {
  if (error instanceof SetupError) {
    console.error(`e2e: ${error.message}`);
  } else {
    console.error(error);
    console.error(`The output of all processes is in ${path.relative(ROOT, LOGS)}`);
  }
}

const run = new Run();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void run.interrupt().finally(() => process.exit(1)));
}
void run.runAll().then((isRight) => {
  process.exitCode = isRight ? 0 : 1;
});
