import { LifecycleEvent, VirtualCustomResources } from './custom-resources';
import { Attempt, VirtualFunction, VirtualFunctions } from './functions';
import { Call, Fault, Network } from './network';
import { randomFrom } from './random';
import { VirtualClock } from './virtual-clock';
import { WirelessAws } from './wireless-aws';
import { AnswerUrl } from '../aws/answer-url';
import { Iam } from '../cloudformation/iam';
import { NativeResources } from '../cloudformation/native-resources';
import { ResourceFailure } from '../cloudformation/resource';
import { Stack } from '../cloudformation/stack';
import { isCustom, Template } from '../cloudformation/template';
import { Order } from '../cloudformation/work';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';

/** Longer than all retries of an event take. */
const MAX_IDLE_WAIT_MS = 3 * 3_600_000;

/** The longest extra delay of an event on EventBridge (I). */
const LONGEST_EVENT_DELAY_MS = 2_000;

/** A resource that a test makes fail. */
export interface MadeFailure {
  readonly logicalId: string;
  /** @default - immediately */
  readonly afterMs?: number;
}

export interface WorldOptions {
  /** Returns the path of a stack's handler. */
  readonly bundleOf: (stackName: string) => string;
  /** The seed of all random numbers, such as the latency of a call and the delay of a retry. */
  readonly seed: number;
  readonly order: Order;
  readonly propagationMs: number;
  /** The maximum latency of a call, in each direction. */
  readonly latencyMs: number;
  /** Whether the clock of each function is off by some minutes. */
  readonly hasSkewedClocks: boolean;
}

/** A sent lifecycle event, with all that is needed to deliver it again. */
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
  fault(fault: Fault, call?: Call): void;
  exchange(request: LifecycleEvent, answer: Record<string, any> | undefined, isCancelled: boolean): void;
  attempt(attempt: Attempt): void;
  givenUp(attempt: Attempt): void;
  log(line: string): void;
}

/** An AWS account with its stacks, in its own virtual time. */
export class World {
  readonly clock = new VirtualClock();
  readonly aws: WirelessAws;
  readonly random: () => number;
  readonly network: Network;
  readonly iam: Iam;
  readonly bundleOf: (stackName: string) => string;
  readonly hasSkewedClocks: boolean;
  readonly hasSlowPermissions: boolean;
  readonly sent: Sent[] = [];
  /** The listeners of the answer URLs that await an answer. */
  readonly awaited = new Map<AnswerUrl, () => void>();
  observer?: Observer;
  /** Delivers the next custom resource's event a second time after this delay. */
  twiceAfterMs?: number;
  private readonly functions = new VirtualFunctions(this);
  private readonly native: NativeResources;
  private readonly custom = new VirtualCustomResources(this);
  private readonly stacks = new Map<string, Stack>();
  private readonly attempted = new Map<string, Template>();
  private readonly order: Order;
  private numbers = 0;
  private eventsInProgress = 0;

  constructor({ bundleOf, hasSkewedClocks, latencyMs, order, propagationMs, seed }: WorldOptions) {
    this.bundleOf = bundleOf;
    this.hasSkewedClocks = hasSkewedClocks;
    this.hasSlowPermissions = propagationMs > 0;
    this.order = order;
    this.random = randomFrom(seed);
    this.aws = new WirelessAws(() => this.clock.now(), (_, deliver) => this.publish(deliver));
    this.network = new Network(this.aws, this.clock, this.random, latencyMs);
    this.network.onApply = (call) => this.observer?.apply(call);
    this.network.onFault = (fault, call) => this.observer?.fault(fault, call);
    this.network.onApplied = (call) => {
      this.observer?.applied(call);
      if (call.operation.name === 'PutAnswer') [...this.awaited.values()].forEach((check) => check());
    };
    this.iam = new Iam(this.clock, propagationMs);
    this.native = new NativeResources(this.aws.asAws, this.iam, this.functions as never);
    this.region.quotas.enforce();
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

  /** Returns an id in the form of CloudFormation's request ids. They sort randomly, and end in a number that identifies the request. */
  nextRequestId(): string {
    const prefix = Math.floor(this.random() * 16 ** 8).toString(16).padStart(8, '0');
    return `${prefix}-0000-4000-8000-${String(this.nextNumber()).padStart(12, '0')}`;
  }

  /** Creates or updates a stack. If an earlier operation failed, does what CloudFormation requires first: delete it, or continue its rollback. */
  async deploy(stackName: string, template: Template, failure?: MadeFailure): Promise<void> {
    const status = this.status(stackName);
    if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') await this.destroy(stackName);
    if (status === 'UPDATE_ROLLBACK_FAILED') return this.stacks.get(stackName)!.continueUpdateRollback();
    if (this.status(stackName)?.endsWith('_FAILED')) return this.destroy(stackName);

    const stack = this.stacks.get(stackName) ?? this.newStack(stackName);
    this.attempted.set(stackName, template);
    await stack.deploy({ template, parameters: {}, assets: '' }, {
      logicalIds: failure ? [failure.logicalId] : [],
      fail: async () => {
        if (failure?.afterMs !== undefined) await this.clock.sleep(failure.afterMs);
        throw new ResourceFailure('made to fail');
      },
    });
  }

  async destroy(stackName: string): Promise<void> {
    const stack = this.stacks.get(stackName);
    if (stack?.status === 'UPDATE_ROLLBACK_FAILED') await stack.continueUpdateRollback();
    if (stack?.status === 'UPDATE_ROLLBACK_FAILED') return;
    // The engine drops the definitions of resources that a failed operation leaves behind.
    const internals = stack as unknown as { definitions: object } | undefined;
    if (internals) internals.definitions = { ...this.attempted.get(stackName)!.Resources, ...internals.definitions };
    await stack?.delete();
    if (stack?.status === 'DELETE_COMPLETE') this.stacks.delete(stackName);
  }

  /** Triggers the scheduled rules of all stacks. */
  runDailyChecks(): void {
    this.native.schedulesComeDue();
  }

  /** Waits until all functions and events are done. Resolves to false if they are still busy after the maximum wait. */
  async idle(): Promise<boolean> {
    const deadline = this.clock.now() + MAX_IDLE_WAIT_MS;
    const isBusy = () => this.functions.areBusy || this.eventsInProgress > 0;
    while (isBusy() && this.clock.now() < deadline) await this.clock.sleep(1_000);
    return !isBusy();
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

  onExchange(request: LifecycleEvent, answer: Record<string, any> | undefined, isCancelled: boolean): void {
    this.observer?.exchange(request, answer, isCancelled);
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

  private newStack(stackName: string): Stack {
    const stackId = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/${this.nextNumber()}`;
    const stack = new Stack({ stackName, stackId, partition: 'aws', region: REGION, account: ACCOUNT }, {
      order: this.order,
      provider: (type) => isCustom(type) ? this.custom : this.native,
      importValue: () => { throw new Error('Fn::ImportValue is not simulated here'); },
      onEvent: () => undefined,
    });
    this.stacks.set(stackName, stack);
    return stack;
  }

  /** Delivers an event to the rules after a delay, or loses it. */
  private publish(deliver: () => void): void {
    if (this.network.losesEvent()) return;
    this.eventsInProgress += 1;
    this.clock.setTimeout(this, () => {
      this.eventsInProgress -= 1;
      deliver();
    }, this.random() * LONGEST_EVENT_DELAY_MS);
  }
}
