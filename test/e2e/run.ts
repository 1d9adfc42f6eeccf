import * as fs from 'node:fs';
import * as path from 'node:path';
import { Account } from './account';
import { CASES, CONNECTIONS, SECRETS, STACKS, World } from './cases';
import { Cdk } from './cdk';
import { goElsewhere, isElsewhere } from './elsewhere';
import { startEmulator } from './emulator';
import { ExampleApp } from './example-app';
import { LOGS, ROOT, WORK } from './folders';
import { lintExamples } from './lint';
import type { Place } from './place';
import { Processes } from './processes';
import { PythonTools } from './python';
import { Report } from './report';
import { SetupError } from './setup-error';

const REQUIREMENTS = path.join(__dirname, 'requirements.txt');

/*
 * Deploys the library with the cdk CLI, as its users do, onto an engine that nobody here has written.
 * Before that, CloudFormation's linter looks at the templates of the examples.
 */
class Run {
  private readonly processes = new Processes(LOGS);
  private readonly report = new Report();
  private place?: Place;
  /** Once something is made in it. */
  private account?: Account;
  private isInterrupted = false;

  async toEnd(): Promise<boolean> {
    fs.rmSync(LOGS, { recursive: true, force: true });
    try {
      await this.steps();
      await this.stop();
      return true;
    } catch (error) {
      // Of what was interrupted, the failure says nothing.
      if (!this.isInterrupted) tell(error);
      return false;
    } finally {
      await this.stop().catch(tell);
      this.report.print();
    }
  }

  async interrupt(): Promise<void> {
    this.isInterrupted = true;
    console.error('e2e: interrupted; cleaning up ...');
    await this.stop().catch(tell);
  }

  /** Stops all that was started, and deletes what was made in an account that stays. */
  private async stop(): Promise<void> {
    const { account, place } = this;
    this.account = this.place = undefined;
    await this.processes.stop();
    if (place && !place.isThrownAway) await account?.clean(STACKS);
    await place?.close();
  }

  private async steps(): Promise<void> {
    const { processes, report } = this;
    const tools = await report.step('Python tools', () => PythonTools.install(processes, REQUIREMENTS, path.join(WORK, 'venv')));
    const place = isElsewhere(process.env) ? await goElsewhere() : await report.step('emulator', () => startEmulator(processes, tools));
    this.place = place;
    // For the SDK in this process, too: nothing of this machine that is not meant.
    process.env = place.environment as NodeJS.ProcessEnv;

    await report.step('cfn-lint: nothing in the examples and a stack with everything, something in a broken template', () => lintExamples(processes, tools));
    const world = await this.prepare(place);
    for (const one of CASES) {
      if (one.isFor?.(place) ?? true) await report.step(one.title, () => one.run(world));
    }
  }

  /** Makes what people have made before the first deploy. */
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
    if (!place.makesWebhooks) example.edit('infrastructure-stack.ts', ', webhook: true', '');
    return { account, cdk, example, connections };
  }
}

function tell(error: unknown): void {
  if (error instanceof SetupError) {
    console.error(`e2e: ${error.message}`);
  } else {
    console.error(error);
    console.error(`What every process has printed: ${path.relative(ROOT, LOGS)}`);
  }
}

const run = new Run();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void run.interrupt().finally(() => process.exit(1)));
}
void run.toEnd().then((isRight) => {
  process.exitCode = isRight ? 0 : 1;
});
