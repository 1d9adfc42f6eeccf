import { isDeepStrictEqual } from 'node:util';
import { carriersOf, countWith, placesOf } from './evidence';
import { ExampleApp } from './example-app';
import { renameNativeResource } from './native-rename';
import { ownersOf } from './owners';
import * as screen from './screen';
import { ENVIRONMENT } from './simulated-providers';
import { ACCOUNT, CONNECTIONS, Held, PUBLIC_TOKEN, REGION, SECRETS, SERVER_TYPES, Step, STEPS } from './steps';
import { Aws, CloudFormation, Deployment, LambdaFunction, Region, SourceProviders, StackEvent } from '../simulator';

/*
 * Deploys the example on the AWS simulator, edits it as a user would, and destroys it. The constructs and the
 * handler bundle are the real ones; the simulator follows CloudFormation's rules.
 */
const STACK = 'Infrastructure';
const IS_VERBOSE = process.argv.includes('--verbose');

/** The result of a step. */
interface Result {
  readonly step: Step;
  /** Undefined if this version of Node.js cannot run the step. */
  readonly held?: Held;
  readonly isRight: boolean;
}

async function main(): Promise<boolean> {
  const aws = await Aws.start();
  const providers = SourceProviders.isSupported ? await SourceProviders.start(aws.clock) : undefined;
  const demo = new Demo(aws, providers);
  try {
    await demo.introduce();
    const results: Result[] = [];
    for (const [index, step] of STEPS.entries()) {
      screen.step(index, step.title);
      results.push(await demo.run(step));
    }
    screen.line();
    showTable(results);
    const isSilent = await demo.showEvidence();
    screen.line();
    showFirstDeployment();
    return isSilent && results.every(({ isRight }) => isRight);
  } finally {
    demo.close();
    await Promise.all([aws.stop(), providers?.stop()]);
  }
}

/** The account, the app that is deployed into it, and the actions of its user. */
class Demo {
  private readonly region: Region;
  private readonly cloudFormation: CloudFormation;
  private readonly app: ExampleApp;
  /** The secret or connection of each value, to show the origin of what CodeBuild holds. */
  private readonly origins = new Map<string, string>();
  private readonly events: StackEvent[] = [];
  private lambda?: LambdaFunction;
  private owners: string[] = [];

  constructor(private readonly aws: Aws, private readonly providers: SourceProviders | undefined) {
    this.region = aws.region(ACCOUNT, REGION);
    this.cloudFormation = new CloudFormation(aws, { account: ACCOUNT, region: REGION, onEvent: (event) => this.observe(event) });
    this.app = new ExampleApp({ ...this.connectionArns(), [ENVIRONMENT]: providers?.environment ?? {} });
    providers?.gitHub.tokens.set(PUBLIC_TOKEN, { scopes: ['public_repo', 'repo:status', 'admin:repo_hook'] });
    for (const [name, document] of Object.entries(SECRETS)) {
      this.region.secrets.create({ name, value: JSON.stringify(document) });
      this.remember(document, name);
    }
  }

  async introduce(): Promise<void> {
    await this.app.copy();
    screen.title('cdk-codebuild-source-credentials on a simulator of AWS: no account, no network');
    screen.line('The stack (examples/typescript); token and account are in Secrets Manager:');
    screen.line();
    for (const line of await this.app.declarations()) screen.programLine(line);
    screen.line();
    screen.stepHeadings();
  }

  async run(step: Step): Promise<Result> {
    if (step.asksGitHub && !this.providers) {
      screen.outcome({ resources: 'skipped', imported: '' });
      screen.note(`It needs Node.js 24.5, or 22.21, or newer. This is ${process.versions.node}.`);
      return { step, isRight: true };
    }
    const lines = this.lambda?.logs.length ?? 0;
    const { status, failure = '' } = await this.runStep(step);
    const held = this.held();
    const isRight = status === step.status && isDeepStrictEqual(held, step.held) && failure.includes(step.failure ?? '') && this.hasWarned(step, lines);
    if (!isRight) screen.verdict(false, `the stack is ${status}, not ${step.status}, or one of text, alarm and credentials is not what it must be`);
    return { step, held, isRight };
  }

  /** Checks that tokens appear only in the requests that carry them by design. */
  async showEvidence(): Promise<boolean> {
    const tokens = [...this.origins].filter(([, origin]) => !Object.keys(CONNECTIONS).includes(origin)).map(([token]) => token);
    const places = await placesOf({ folder: this.app.folder, aws: this.aws, region: this.region, lambda: this.lambda!, events: this.events });
    const carriers = carriersOf(this.aws, this.providers).filter(({ texts }) => countWith(tokens, texts) > 0);
    const found = places.reduce((sum, { texts }) => sum + countWith(tokens, texts), 0);
    const isRight = found === 0 && carriers.length === (this.providers ? 2 : 1) && places.every(({ texts }) => texts.length > 0);
    const searched = places.map(({ name, texts }) => `${texts.length} ${name}`).join(', ');
    const carried = carriers.map(({ name, texts }) => `${countWith(tokens, texts)} ${name}`).join(', ');
    screen.verdict(isRight, `${found === 0 ? 'no' : found} token or password is in ${searched}; only in ${carried}.`);
    return isRight;
  }

  close(): void {
    this.cloudFormation.close();
  }

  private async runStep(step: Step): Promise<{ status: string; failure?: string }> {
    if (step.edits || step.destroys) return this.deploy(step);
    if (step.renamesNative) return this.renameNative();
    if (step.completes) this.completeHandshake(step.completes);
    if (step.rotates) await this.rotate(step.rotates);
    return { status: this.cloudFormation.stack(STACK).status };
  }

  private async deploy({ edits = [], destroys }: Step): Promise<{ status: string; failure?: string }> {
    const source = await this.app.source();
    for (const edit of edits) await this.app.edit(edit);
    if (IS_VERBOSE) showEdits(source, await this.app.source());
    const assembly = destroys ? undefined : await this.app.synthesize();
    this.owners = [ownersOf(this.region)];
    const before = this.held();
    const [requests, started] = [this.aws.requests.length, Date.now()];
    const deployment = assembly ? await this.cloudFormation.deploy(assembly, STACK) : await this.cloudFormation.destroy(STACK);
    const time = secondsSince(started);
    if (assembly) this.lambda = this.cloudFormation.function(STACK);
    const failure = deployment.events.find(({ status }) => status.endsWith('_FAILED'))?.reason?.replace(/ \(log stream.*/, '');
    if (failure === undefined) {
      screen.outcome({ resources: countOf(deployment), time, imported: destroys ? '-' : this.importedSince(requests) });
    } else {
      screen.outcome({ resources: 'rolled back', time, imported: isDeepStrictEqual(this.held(), before) ? 'keeps what it had' : 'CHANGED' });
      screen.note(`"${failure}"`);
      // Like a user, revert the edit: the next step continues from what is deployed.
      await this.app.write(source);
    }
    if (this.owners.length > 2) screen.note(`GITHUB owners (* active): ${this.owners.join(' -> ')}`);
    return { status: deployment.status, failure };
  }

  /** Shows the warning and the alarm of a step, and whether both are as expected. */
  private hasWarned({ warning, alarm }: Step, after: number): boolean {
    if (warning === undefined || alarm === undefined) return true;
    const messages = this.lambda!.logs.slice(after).filter((line) => line.startsWith('{"level":"warn"')).map((line) => JSON.parse(line).message as string);
    const found = messages.find((message) => message.startsWith(warning));
    const { state } = this.cloudFormation.alarm(STACK, alarm);
    screen.note(`Log: "${found}". The alarm ${alarm} is in state ${state}.`);
    return found !== undefined && state === 'ALARM';
  }

  private async renameNative(): Promise<{ status: string; failure: string }> {
    const { reason, status, held } = await renameNativeResource(this.aws, SECRETS['ci/github'].token);
    const failure = reason.replace(/^.*reason: /, '');
    screen.outcome({ resources: 'fails', imported: held === 0 ? 'loses the credential' : 'keeps a credential' });
    screen.note(`"${failure}" After that, the update deletes the new one, too.`);
    return { status: held === 0 ? status : 'not without a credential', failure };
  }

  private completeHandshake(name: string): void {
    const { connections } = this.region;
    connections.setStatus(connections.list().find((connection) => connection.name === name)!.arn, 'AVAILABLE');
    screen.outcome({ resources: 'no deployment', imported: '-' });
  }

  private async rotate(name: string): Promise<void> {
    const [requests, started] = [this.aws.requests.length, Date.now()];
    const document = { expires: inDays(7), token: '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' };
    this.region.secrets.put(name, JSON.stringify(document));
    this.remember(document, `${name} v2`);
    await this.cloudFormation.idle();
    screen.outcome({ resources: 'no deployment', time: secondsSince(started), imported: this.importedSince(requests) });
  }

  private observe(event: StackEvent): void {
    this.events.push(event);
    if (IS_VERBOSE) screen.event(event);
    const owners = ownersOf(this.region);
    if (owners !== this.owners.at(-1)) this.owners.push(owners);
  }

  private importedSince(requests: number): string {
    const imports = this.aws.requests.slice(requests).filter(({ operation, status }) => operation === 'ImportSourceCredentials' && status === 200);
    return [...new Set(imports.map(({ body }) => body.serverType))].join(', ') || '-';
  }

  private held(): Held {
    const { connections, sourceCredentials } = this.region;
    return Object.fromEntries(sourceCredentials.list().map(({ serverType, authType, token }) => {
      const connection = connections.find(token);
      const from = connection ? `${connection.name}${connection.status === 'AVAILABLE' ? '' : ` (${connection.status.toLowerCase()})`}` : this.origins.get(token) ?? 'another one';
      return [serverType, { authType, from }];
    }));
  }

  /** Remembers the origin of a secret's token or password, which is the last field. */
  private remember(document: Record<string, string>, origin: string): void {
    this.origins.set(Object.values(document).at(-1)!, origin);
  }

  private connectionArns(): Record<string, string> {
    const { connections } = this.region;
    return Object.fromEntries(Object.entries(CONNECTIONS).map(([name, providerType]) => [`${name}ConnectionArn`, connections.create({ name, providerType })]));
  }
}

/** Formats the date in so many days, as in `2027-01-31`. */
function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

function secondsSince(started: number): string {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

/** Counts the resources that a deployment has created, updated and deleted, as in `+3 -2`. */
function countOf({ events }: Deployment): string {
  const signs = { CREATE: '+', UPDATE: '~', DELETE: '-' };
  const counts = Object.entries(signs).map(([action, sign]) => ({ sign, count: events.filter(({ status }) => status === `${action}_COMPLETE`).length }));
  return counts.filter(({ count }) => count > 0).map(({ count, sign }) => sign + count).join(' ') || 'nothing changed';
}

function showEdits(before: string, after: string): void {
  const [old, edited] = [before.split('\n'), after.split('\n')];
  screen.edit(old.filter((line) => !edited.includes(line)), edited.filter((line) => !old.includes(line)));
}

function showTable(results: readonly Result[]): void {
  screen.title('What CodeBuild holds after each step: the token of a secret, or a connection');
  screen.table(['step', ...SERVER_TYPES], results.map(({ step, held, isRight }) => ({
    cells: [String(STEPS.indexOf(step) + 1).padStart(4), ...SERVER_TYPES.map((serverType) => held ? held[serverType]?.from ?? '-' : 'skipped')], isRight,
  })));
}

function showFirstDeployment(): void {
  screen.title('Your first real deployment, as in README.md, "Quick start":');
  screen.line('  aws secretsmanager create-secret --name ci/github \\');
  screen.line('    --secret-string file://token.json            # {"token": "YOUR-TOKEN"}');
  screen.line('  npm install cdk-codebuild-source-credentials aws-cdk-lib constructs \\');
  screen.line('    aws-cdk tsx');
  screen.line("  npx cdk deploy --app 'npx tsx app.ts'          # app.ts is there to copy");
  screen.line('  aws codebuild list-source-credentials');
  screen.line('Every event of this demo: npm run demo -- --verbose');
}

main().then((isRight) => {
  process.exitCode = isRight ? 0 : 1;
}, (error) => {
  console.error(error);
  process.exitCode = 1;
});
