import { App, CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AuthorizationRequest, BUNDLE, Observer, World } from '../../simulator';
import { SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';

/** A simulated account in which every deployment must succeed. Reports each IAM decision about a role. */
export class Account {
  private readonly world = new World({
    bundleOf: () => BUNDLE, seed: 1, order: 'sequential', propagationMs: 0, latencyMs: 35, hasSkewedClocks: false,
  });
  private readonly reasons: string[] = [];

  constructor(onDecision: World['iam']['onDecision']) {
    this.world.iam.onDecision = onDecision;
    this.world.observer = {
      requested: () => undefined,
      apply: () => undefined,
      applied: () => undefined,
      fault: () => undefined,
      attempt: () => undefined,
      givenUp: () => undefined,
      log: () => undefined,
      exchange: (_request, answer) => { if (answer?.Status !== 'SUCCESS') this.reasons.push(answer?.Reason ?? 'no answer'); },
    } satisfies Observer;
  }

  get region() {
    return this.world.region;
  }

  regionOf(account: string, region: string) {
    return this.world.aws.region(account, region);
  }

  async deploy(stackName: string, build: (stack: Stack) => void): Promise<void> {
    const app = new App({ analyticsReporting: false });
    const stack = new Stack(app, stackName, { env: { account: ACCOUNT, region: REGION } });
    build(stack);
    setRoleName(SourceCredentialsProvider.getOrCreate(stack).role, handlerRole(stackName));
    const { Mappings, Resources } = app.synth().getStackByName(stackName).template;
    await this.run(async () => this.world.deploy(stackName, { Mappings, Resources }));
    const status = this.world.status(stackName);
    if (status !== 'CREATE_COMPLETE' && status !== 'UPDATE_COMPLETE') throw new Error(`${stackName} is ${status}: ${this.reasons.join('; ')}`);
  }

  async destroy(stackName: string): Promise<void> {
    await this.run(async () => this.world.destroy(stackName));
    if (this.world.status(stackName)) throw new Error(`${stackName} is ${this.world.status(stackName)}: ${this.reasons.join('; ')}`);
  }

  /** Stores a new value in a secret. The stacks receive the event. */
  async rotate(secretName: string, value: string): Promise<void> {
    await this.run(async () => void this.region.secrets.put(secretName, value));
  }

  /** Requires that a role allows these requests, which AWS's services make instead of the handler. */
  expectAllowed(roleName: string, requests: readonly AuthorizationRequest[]): void {
    this.expect(roleName, requests, true);
  }

  /** Requires that a role denies these requests. */
  expectDenied(roleName: string, requests: readonly AuthorizationRequest[]): void {
    this.expect(roleName, requests, false);
  }

  stackId(stackName: string): string {
    return this.world.stackId(stackName)!;
  }

  close(): void {
    this.world.close();
  }

  private expect(roleName: string, requests: readonly AuthorizationRequest[], expected: boolean): void {
    const { isAllowed } = this.world.iam.principal(ACCOUNT, `arn:aws:iam::${ACCOUNT}:role/${roleName}`);
    const wrong = requests.filter((request) => isAllowed(request) !== expected);
    if (wrong.length > 0) throw new Error(`${roleName} ${expected ? 'does not allow' : 'allows'} this: ${JSON.stringify(wrong)}`);
  }

  /** Runs an action and waits for all of its effects. */
  private async run(act: () => Promise<void>): Promise<void> {
    const { world } = this;
    await world.clock.run((async () => {
      await world.clock.sleep(1_200);
      await act();
      await world.idle();
    })());
  }
}

export function handlerRole(stackName: string): string {
  return `handler-of-${stackName}`;
}

/** Gives a role a fixed physical name, by which the tests refer to it. */
export function setRoleName(role: iam.IRole, roleName: string): void {
  (role.node.defaultChild as CfnResource).addPropertyOverride('RoleName', roleName);
}
