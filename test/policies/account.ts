import { App, CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AuthorizationRequest, BUNDLE, Observer, World } from '../../simulator';
import { SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';

/** An account in which stacks are deployed, all of them successfully; every decision about a role is recorded. */
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
    name(SourceCredentialsProvider.getOrCreate(stack).role, handlerRole(stackName));
    const { Mappings, Resources } = app.synth().getStackByName(stackName).template;
    await this.run(async () => this.world.deploy(stackName, { Mappings, Resources }));
    const status = this.world.status(stackName);
    if (status !== 'CREATE_COMPLETE' && status !== 'UPDATE_COMPLETE') throw new Error(`${stackName} is ${status}: ${this.reasons.join('; ')}`);
  }

  async destroy(stackName: string): Promise<void> {
    await this.run(async () => this.world.destroy(stackName));
    if (this.world.status(stackName)) throw new Error(`${stackName} is ${this.world.status(stackName)}: ${this.reasons.join('; ')}`);
  }

  /** Puts a new value, of which the stacks are told. */
  async rotate(secretName: string, value: string): Promise<void> {
    await this.run(async () => void this.region.secrets.put(secretName, value));
  }

  /** Has somebody else than the handler do something in the name of a role of the stacks, which it may. */
  permit(roleName: string, requests: readonly AuthorizationRequest[]): void {
    this.expect(roleName, requests, true);
  }

  /** Has somebody do something in the name of a role, which it may not. */
  refuse(roleName: string, requests: readonly AuthorizationRequest[]): void {
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
    if (wrong.length > 0) throw new Error(`${roleName} may ${expected ? 'not ' : ''}do this: ${JSON.stringify(wrong)}`);
  }

  /** Until all that comes of it is over. */
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

/** Gives a role the name by which it is asked for. */
export function name(role: iam.IRole, roleName: string): void {
  (role.node.defaultChild as CfnResource).addPropertyOverride('RoleName', roleName);
}
