import { ProviderType } from '../aws';
import { LifecycleEvent, VirtualCustomResources } from './custom-resources';
import { Attempt, VirtualFunction, VirtualFunctions } from './functions';
import { Call, Fault, Network } from './network';
import { randomFrom } from './random';
import { connectionArn, Contents, FAILING, NUMBERS, SERVER_TYPES, ServerType, secretName, templateOf } from './templates';
import { VirtualClock } from './virtual-clock';
import { WirelessAws } from './wireless-aws';
import { AnswerUrl } from '../aws/answer-url';
import type { Clock } from '../lifecycle/clock';
import { Iam } from '../lifecycle/iam';
import { NativeResources } from '../lifecycle/native-resources';
import { ResourceFailure } from '../lifecycle/resource';
import { Stack } from '../lifecycle/stack';
import { isCustom, Template } from '../lifecycle/template';
import { Order } from '../lifecycle/work';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';

/** Nothing that goes wrong here takes that long to be tried again and given up. */
const LONGEST_REST_MS = 3 * 3_600_000;

export interface WorldOptions {
  readonly bundle: string;
  /** Of chance: how long each call takes, and how long the handler waits between two tries. */
  readonly seed: number;
  readonly order: Order;
  readonly propagationMs: number;
}

/** A lifecycle event that was sent, for whoever wants to deliver it again. */
export interface Sent {
  readonly request: LifecycleEvent;
  readonly lambda: VirtualFunction;
  readonly answerUrl: AnswerUrl;
  readonly at: number;
}

export interface Observer {
  requested(request: LifecycleEvent): void;
  apply(call: Call): void;
  applied(call: Call): void;
  fault(fault: Fault, call: Call): void;
  exchange(request: LifecycleEvent, answer: Record<string, any> | undefined, isCalledOff: boolean): void;
  attempt(attempt: Attempt): void;
  givenUp(attempt: Attempt): void;
  log(line: string): void;
}

/** An account with its stacks, in a time of its own. */
export class World {
  readonly clock = new VirtualClock();
  readonly aws = new WirelessAws();
  readonly random: () => number;
  readonly network: Network;
  readonly iam: Iam;
  readonly bundle: string;
  readonly sent: Sent[] = [];
  /** Who waits for an answer at an address. */
  readonly awaited = new Map<AnswerUrl, () => void>();
  observer?: Observer;
  /** The next event to a custom resource is delivered a second time, that much later. */
  twiceAfterMs?: number;
  private readonly functions = new VirtualFunctions(this);
  private readonly native: NativeResources;
  private readonly custom = new VirtualCustomResources(this);
  private readonly stacks = new Map<string, Stack>();
  private readonly attempted = new Map<string, Template>();
  private readonly order: Order;
  private numbers = 0;

  constructor({ bundle, order, propagationMs, seed }: WorldOptions) {
    this.bundle = bundle;
    this.order = order;
    this.random = randomFrom(seed);
    this.network = new Network(this.aws, this.clock, this.random);
    this.network.onApply = (call) => this.observer?.apply(call);
    this.network.onFault = (fault, call) => this.observer?.fault(fault, call);
    this.network.onApplied = (call) => {
      this.observer?.applied(call);
      if (call.operation.name === 'PutAnswer') [...this.awaited.values()].forEach((look) => look());
    };
    this.iam = new Iam(this.clock as unknown as Clock, propagationMs);
    this.native = new NativeResources(this.aws.asAws, this.iam, this.functions as never);
    const providers: Record<ServerType, ProviderType> = { GITHUB: 'GitHub', BITBUCKET: 'Bitbucket', GITHUB_ENTERPRISE: 'GitHubEnterpriseServer' };
    for (const serverType of SERVER_TYPES) {
      for (const number of NUMBERS) {
        const arn = this.region.connections.create({ name: `${serverType}-${number}`, providerType: providers[serverType] });
        if (arn !== connectionArn(serverType, number)) throw new Error(`not the ARN that was expected: ${arn}`);
      }
    }
    for (const number of NUMBERS) this.region.secrets.create({ name: secretName(number), value: '{}' });
  }

  get region() {
    return this.aws.region(ACCOUNT, REGION);
  }

  status(stackName: string): Stack['status'] {
    return this.stacks.get(stackName)?.status;
  }

  stackId(stackName: string): string | undefined {
    return this.stacks.get(stackName)?.location.stackId;
  }

  nextNumber(): number {
    this.numbers += 1;
    return this.numbers;
  }

  /** Creates or updates; where a former operation got stuck, does first what CloudFormation's users have to do. */
  async deploy(stackName: string, contents: Contents, failure?: 'last' | number): Promise<void> {
    const status = this.status(stackName);
    if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') await this.destroy(stackName);
    if (status === 'UPDATE_ROLLBACK_FAILED') return this.stacks.get(stackName)!.continueUpdateRollback();
    if (this.status(stackName)?.endsWith('_FAILED')) return this.destroy(stackName);

    let stack = this.stacks.get(stackName);
    if (!stack) {
      const stackId = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/${this.nextNumber()}`;
      stack = new Stack({ stackName, stackId, partition: 'aws', region: REGION, account: ACCOUNT }, {
        order: this.order,
        provider: (type) => isCustom(type) ? this.custom : this.native,
        importValue: () => { throw new Error('nothing is imported here'); },
        onEvent: () => undefined,
      });
      this.stacks.set(stackName, stack);
    }
    const template = templateOf(contents, failure === undefined ? undefined : failure === 'last' ? 'last' : 'beside');
    this.attempted.set(stackName, template);
    await stack.deploy({ template, parameters: {}, assets: '' }, {
      logicalIds: failure === undefined ? [] : [FAILING],
      fail: async () => {
        if (typeof failure === 'number') await this.clock.sleep(failure);
        throw new ResourceFailure('made to fail');
      },
    });
  }

  async destroy(stackName: string): Promise<void> {
    const stack = this.stacks.get(stackName);
    if (stack?.status === 'UPDATE_ROLLBACK_FAILED') await stack.continueUpdateRollback();
    if (stack?.status === 'UPDATE_ROLLBACK_FAILED') return;
    // The engine has forgotten the definitions of what a failed operation has left behind.
    const memory = stack as unknown as { definitions: object } | undefined;
    if (memory) memory.definitions = { ...this.attempted.get(stackName)!.Resources, ...memory.definitions };
    await stack?.delete();
    if (stack?.status === 'DELETE_COMPLETE') this.stacks.delete(stackName);
  }

  /** Resolves once no function has anything to do, or when they find no end. */
  async idle(): Promise<boolean> {
    const until = this.clock.now() + LONGEST_REST_MS;
    while (this.functions.areBusy && this.clock.now() < until) await this.clock.sleep(1_000);
    return !this.functions.areBusy;
  }

  close(): void {
    this.native.close();
    this.functions.close();
  }

  invoke(request: LifecycleEvent & { ServiceToken: string }, answerUrl: AnswerUrl): void {
    const lambda = this.functions.get(request.ServiceToken);
    if (!lambda) throw new ResourceFailure(`Function not found: ${request.ServiceToken}`);
    this.sent.push({ request, lambda, answerUrl, at: this.clock.now() });
    this.observer?.requested(request);
    lambda.deliver(request);
    if (this.twiceAfterMs !== undefined) lambda.deliver(request, this.twiceAfterMs);
    this.twiceAfterMs = undefined;
  }

  onExchange(request: LifecycleEvent, answer: Record<string, any> | undefined, isCalledOff: boolean): void {
    this.observer?.exchange(request, answer, isCalledOff);
  }

  onAttempt(attempt: Attempt): void {
    this.observer?.attempt(attempt);
  }

  onGivenUp(attempt: Attempt): void {
    this.observer?.givenUp(attempt);
  }

  onLog(line: string): void {
    this.observer?.log(line);
  }
}
