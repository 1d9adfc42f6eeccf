import { countWith, placesOf } from './evidence';
import { ExampleApp } from './example-app';
import { renameNativeResource } from './native-rename';
import { ownersOf } from './owners';
import * as screen from './screen';
import { ACCOUNT, CONNECTIONS, Held, REGION, SECRETS, SERVER_TYPES, Step, STEPS } from './steps';
import { Aws, CloudFormation, Deployment, LambdaFunction, Region, StackEvent } from '../simulator';

/*
 * Deploys the example on the AWS simulator, edits it as its user would, and destroys it: the real
 * constructs, the real handler bundle, a stack lifecycle with CloudFormation's rules.
 */
const STACK = 'Infrastructure';
const IS_VERBOSE = process.argv.includes('--verbose');

/** A step as it went. */
interface Result {
  readonly step: Step;
  readonly held: Held;
  readonly isRight: boolean;
}

async function main(): Promise<boolean> {
  const aws = await Aws.start();
  const demo = new Demo(aws);
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
    showWayOn();
    return isSilent && results.every(({ isRight }) => isRight);
  } finally {
    demo.close();
    await aws.stop();
  }
}

/** The account, the app that is deployed into it, and the person who does both. */
class Demo {
  private readonly region: Region;
  private readonly cloudFormation: CloudFormation;
  private readonly app: ExampleApp;
  /** Whose each value is, to tell what CodeBuild holds. */
  private readonly origins = new Map<string, string>();
  private readonly events: StackEvent[] = [];
  private lambda?: LambdaFunction;
  private owners: string[] = [];

  constructor(private readonly aws: Aws) {
    this.region = aws.region(ACCOUNT, REGION);
    this.cloudFormation = new CloudFormation(aws, { account: ACCOUNT, region: REGION, onEvent: (event) => this.observe(event) });
    this.app = new ExampleApp(this.connectionArns());
    for (const [name, document] of Object.entries(SECRETS)) this.store(name, document, name);
  }

  async introduce(): Promise<void> {
    await this.app.copy();
    screen.title('cdk-codebuild-source-credentials, on a simulator of AWS');
    screen.paragraph('No account is used, and nothing leaves this machine. This is the stack:');
    screen.line();
    for (const line of await this.app.declarations()) screen.programLine(line);
    screen.line();
  }

  async run(step: Step): Promise<Result> {
    const requests = this.aws.requests.length;
    const lines = this.lambda?.logs.length ?? 0;
    const status = await this.carryOut(step, () => this.importedSince(requests));
    const held = this.held();
    const isRight = status === step.status && isSame(held, step.held) && this.hasWarned(step, lines);
    if (!isRight) screen.verdict(false, `the stack is ${status}, not ${step.status}, or CodeBuild does not hold what it must`);
    return { step, held, isRight };
  }

  /** Looks for the tokens where they must not be, and where they must. */
  async showEvidence(): Promise<boolean> {
    const tokens = [...this.origins].filter(([, origin]) => !Object.keys(CONNECTIONS).includes(origin)).map(([token]) => token);
    const places = await placesOf({ folder: this.app.folder, aws: this.aws, region: this.region, lambda: this.lambda!, events: this.events });
    const imports = this.aws.requests.filter(({ operation }) => operation === 'ImportSourceCredentials').map(({ body }) => JSON.stringify(body));
    const found = places.reduce((sum, { texts }) => sum + countWith(tokens, texts), 0);
    const isRight = found === 0 && countWith(tokens, imports) > 0 && places.every(({ texts }) => texts.length > 0);
    const searched = places.map(({ name, texts }) => `${texts.length} ${name}`).join(', ');
    screen.line();
    screen.verdict(isRight, `the ${tokens.length} tokens and passwords are in ${countWith(tokens, imports)} calls to CodeBuild, and ${found === 0 ? 'nowhere' : `${found} times`} in ${searched}.`);
    return isRight;
  }

  close(): void {
    this.cloudFormation.close();
  }

  private async carryOut(step: Step, imported: () => string): Promise<string> {
    if (step.renamesNative) {
      await this.renameNative();
    } else if (step.completes) {
      this.region.connections.setStatus(this.region.connections.list().find(({ name }) => name === step.completes)!.arn, 'AVAILABLE');
      screen.outcome('no deployment: CodeBuild holds the connection already');
    } else if (step.rotates) {
      const started = Date.now();
      this.store(step.rotates, { expires: inDays(21), token: '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' }, `${step.rotates} v2`);
      await this.cloudFormation.idle();
      screen.outcome(`no deployment; imported ${imported()}; ${seconds(started)}`);
    } else {
      return this.deploy(step, imported);
    }
    return this.cloudFormation.stack(STACK).status;
  }

  private async deploy({ edits, destroys }: Step, imported: () => string): Promise<string> {
    for (const edit of edits ?? []) {
      const lines = await this.app.edit(edit);
      if (IS_VERBOSE) screen.edit(lines);
    }
    const assembly = destroys ? undefined : await this.app.synthesize();
    this.owners = [ownersOf(this.region)];
    const started = Date.now();
    const deployment = assembly ? await this.cloudFormation.deploy(assembly, STACK) : await this.cloudFormation.destroy(STACK);
    const took = seconds(started);
    if (assembly) this.lambda = this.cloudFormation.function(STACK);
    screen.outcome([`${deployment.status}: ${countOf(deployment)}`, ...destroys ? [] : [`imported ${imported()}`], took].join('; '));
    const { reason } = deployment.events.find(({ status }) => status.endsWith('_FAILED')) ?? {};
    if (reason) screen.outcome(`"${reason.replace(/ \(log stream.*/, '')}"`);
    if (this.owners.length > 2) screen.outcome(`owners (* active): ${this.owners.join(' > ')}`);
    return deployment.status;
  }

  /** Shows the warning that a step must lead to. */
  private hasWarned({ warning }: Step, after: number): boolean {
    if (warning === undefined) return true;
    const messages = this.lambda!.logs.slice(after).filter((line) => line.startsWith('{"level":"warn"')).map((line) => JSON.parse(line).message as string);
    const found = messages.find((message) => message.startsWith(warning));
    screen.outcome(found ? `log: "${found}"` : `the log has no warning that begins with: ${warning}`);
    return found !== undefined;
  }

  private async renameNative(): Promise<void> {
    const { reason, status, held } = await renameNativeResource(this.aws, SECRETS['ci/github'].token);
    screen.outcome(`fails: "${reason.replace(/^.*reason: /, '')}"`);
    screen.outcome(`Deleted and deployed again, as it says: ${status}, and CodeBuild holds ${held === 0 ? 'nothing' : 'a credential'}, since CloudFormation deletes the former resource last, by the ARN that both have.`);
  }

  private observe(event: StackEvent): void {
    this.events.push(event);
    if (IS_VERBOSE) screen.event(event);
    const owners = ownersOf(this.region);
    if (owners !== this.owners.at(-1)) this.owners.push(owners);
  }

  private importedSince(requests: number): string {
    const imports = this.aws.requests.slice(requests).filter(({ operation, status }) => operation === 'ImportSourceCredentials' && status === 200);
    return [...new Set(imports.map(({ body }) => body.serverType))].join(', ') || 'nothing';
  }

  private held(): Held {
    const { connections, sourceCredentials } = this.region;
    return Object.fromEntries(sourceCredentials.list().map(({ serverType, authType, token }) => {
      const connection = connections.find(token);
      const from = connection ? `${connection.name}${connection.status === 'AVAILABLE' ? '' : `, ${connection.status.toLowerCase()}`}` : this.origins.get(token) ?? 'another one';
      return [serverType, { authType, from }];
    }));
  }

  private store(name: string, document: Record<string, string>, origin: string): void {
    const { secrets } = this.region;
    const value = JSON.stringify(document);
    if (this.origins.size < Object.keys(SECRETS).length) secrets.create({ name, value });
    else secrets.put(name, value);
    this.origins.set(Object.values(document).at(-1)!, origin);
  }

  private connectionArns(): Record<string, string> {
    const { connections } = this.region;
    return Object.fromEntries(Object.entries(CONNECTIONS).map(([name, providerType]) => [`${name}ConnectionArn`, connections.create({ name, providerType })]));
  }
}

function isSame(held: Held, expected: Held): boolean {
  const text = (credentials: Held) => Object.entries(credentials).map(([serverType, { authType, from }]) => `${serverType} ${authType} ${from}`).sort().join();
  return text(held) === text(expected);
}

/** A day, as in `2027-01-31`. */
function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

function seconds(started: number): string {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

/** How many resources an operation has created, updated and deleted, as in `3 created, 2 deleted`. */
function countOf({ events }: Deployment): string {
  const counts = ['CREATE', 'UPDATE', 'DELETE'].map((action) => ({
    text: `${action.toLowerCase()}d`, count: events.filter(({ status }) => status === `${action}_COMPLETE`).length,
  }));
  return counts.filter(({ count }) => count > 0).map(({ count, text }) => `${count} ${text}`).join(', ') || 'nothing changed';
}

function showTable(results: readonly Result[]): void {
  screen.title('From where CodeBuild has its credential, after each step');
  screen.table(['step', ...SERVER_TYPES], results.map(({ step, held, isRight }) => ({
    cells: [String(STEPS.indexOf(step) + 1).padStart(4), ...SERVER_TYPES.map((serverType) => held[serverType]?.from ?? '-')], isRight,
  })));
}

/** To the first deployment in an account. */
function showWayOn(): void {
  screen.line();
  screen.title('In an account of yours, with a token of yours:');
  screen.line('  aws secretsmanager create-secret --name ci/github \\');
  screen.line('    --secret-string \'{"token":"YOUR-TOKEN"}\'');
  screen.line('  npm install cdk-codebuild-source-credentials');
  screen.line('  npx cdk deploy                # GitHub of the stack above, in an app of yours');
  screen.line('  aws codebuild list-source-credentials');
  screen.line('The whole app: README.md, "Quick start". All events: npm run demo -- --verbose');
}

main().then((isRight) => {
  process.exitCode = isRight ? 0 : 1;
}, (error) => {
  console.error(error);
  process.exitCode = 1;
});
