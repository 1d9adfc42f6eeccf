import { App, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Effort, Meter } from './effort';
import { Aws, CloudFormation, Deployment, JumpingClock, randomFrom } from '../../simulator';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

const PLACE = { account: '111111111111', region: 'us-east-1' };

/** Duration of a slow read, on the functions' clock. */
const SLOW_READ_MS = { shortest: 200, longest: 2_000 };

const READS = ['GetParametersByPath', 'GetSecretValue', 'ListSourceCredentials'];

/** Each stack has two secrets, and is deployed with one of them. */
type Choice = 'first' | 'second';

/** The result of the same operation on many stacks. */
export interface Step extends Effort {
  /** The outcomes of the operations, with the reasons of failures. */
  readonly outcomes: ReadonlySet<string>;
}

/** Stacks of one account that all have a credential for GitHub, with their functions in separate processes. */
export class ManyStacks {
  static async open(count: number): Promise<ManyStacks> {
    return new ManyStacks(await Aws.start(new JumpingClock()), count);
  }

  readonly names: readonly string[];
  readonly cloudFormation: CloudFormation;
  private readonly meter: Meter;
  private readonly assemblies = new Map<Choice, CloudAssembly>();
  private readonly random = randomFrom(1);
  private rotations = 0;

  private constructor(readonly aws: Aws, count: number) {
    this.cloudFormation = new CloudFormation(aws, { ...PLACE, order: 'parallel' });
    this.meter = new Meter(aws);
    this.names = Array.from({ length: count }, (_, index) => `Stack${index + 1}`);
    for (const name of this.names) {
      for (const choice of ['first', 'second'] as const) this.region.secrets.create({ name: secretName(name, choice), value: `${name}-${choice}` });
    }
  }

  async close(): Promise<void> {
    this.cloudFormation.close();
    await this.aws.stop();
  }

  get region() {
    return this.aws.region(PLACE.account, PLACE.region);
  }

  /** CodeBuild's credential. */
  get held(): string | undefined {
    return this.region.sourceCredentials.held('GITHUB')?.token;
  }

  async deploy(name: string, choice: Choice = 'first'): Promise<Deployment> {
    const deployment = await this.cloudFormation.deploy(this.assembly(choice), name);
    if (!deployment.status.includes('ROLLBACK')) this.meter.watch(name, this.cloudFormation.function(name));
    return deployment;
  }

  async destroy(name: string): Promise<Deployment> {
    return this.cloudFormation.destroy(name);
  }

  /** Gives a secret of the stack a new value. */
  rotate(name: string, choice: Choice = 'first'): void {
    this.rotations += 1;
    this.region.secrets.put(secretName(name, choice), `${name}-${choice}-rotated-${this.rotations}`);
  }

  /** Delays all later reads, each by a random time. */
  slowDownReads(): void {
    const { shortest, longest } = SLOW_READ_MS;
    for (const operation of READS) {
      for (let count = 0; count < MOST_READS; count++) {
        const delayMs = shortest + this.random() * (longest - shortest);
        this.aws.faults.add({ operation, kind: 'delay', delayMs });
      }
    }
  }

  /** Does something with all stacks at once, and waits until all resulting events are handled. */
  async atOnce(names: readonly string[], act: (name: string) => Promise<Deployment> | void): Promise<Step> {
    const outcomes = new Set<string>();
    const effort = await this.meter.during(async () => {
      const done = await Promise.all(names.map(act));
      await this.cloudFormation.idle();
      done.forEach((deployment) => deployment && outcomes.add(outcomeOf(deployment)));
    });
    return { ...effort, outcomes };
  }

  private assembly(choice: Choice): CloudAssembly {
    let assembly = this.assemblies.get(choice);
    if (!assembly) {
      const app = new App({ analyticsReporting: false });
      for (const name of this.names) {
        const stack = new Stack(app, name);
        const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', secretName(name, choice));
        new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret) });
      }
      assembly = app.synth();
      this.assemblies.set(choice, assembly);
    }
    return assembly;
  }
}

/** More reads of one operation than any test makes. */
const MOST_READS = 5_000;

/** Returns the stack's status with the reason of a failure. */
function outcomeOf({ events, status }: Deployment): string {
  return [status, ...events.flatMap((event) => event.status.endsWith('_FAILED') ? event.reason ?? [] : [])].join(': ');
}

function secretName(stackName: string, choice: Choice): string {
  return `ci/${stackName}/${choice}`;
}
