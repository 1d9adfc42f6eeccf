import { acquire, Process, release } from './process-pool';
import { WireReply, WireRequest } from './process-sandbox';
import type { World } from './world';
import { Resource } from '../cloudformation/resource';

/** The pauses before Lambda retries an asynchronous event. */
const RETRY_DELAYS = [60_000, 120_000];

/** AWS refuses a signature whose time is more than five minutes off (C). The clocks of two functions differ by up to eight minutes. */
const MAX_SKEW_MS = 4 * 60_000;

export type Death = 'killed' | 'timed out';

/** One attempt of a function to handle an event. */
export interface Attempt {
  readonly lambda: VirtualFunction;
  readonly event: any;
  readonly number: number;
  readonly endsAt: number;
  /** How many answers reached CloudFormation's URL. */
  answered: number;
  /** How many calls a service handled. Throttled calls and further pages of a list do not count. */
  calls: number;
  end?: Death | 'returned' | 'threw';
}

interface Running {
  readonly process: Process;
  attempt?: Attempt;
  isDead: boolean;
  hadFault: boolean;
  die?: (death: Death) => void;
}

/** A deployed AWS::Lambda::Function. It runs its simulated processes inside this one, in the world's virtual time. */
export class VirtualFunction {
  asynchronous = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 6 * 3600 };
  isDeleted = false;
  private readonly processes: Running[] = [];
  private readonly skewMs: number;
  private eventsInProgress = 0;

  constructor(private resource: Resource, private readonly world: World) {
    this.skewMs = world.hasSkewedClocks ? Math.round((world.random() * 2 - 1) * MAX_SKEW_MS) : 0;
  }

  get stackName(): string {
    return this.resource.stack.stackName;
  }

  get roleName(): string {
    return this.resource.properties.Role.split('/').pop();
  }

  /** The environment variables in the function's template. */
  get variables(): Record<string, string> {
    return this.resource.properties.Environment?.Variables ?? {};
  }

  get isBusy(): boolean {
    return this.eventsInProgress > 0;
  }

  update(resource: Resource): void {
    this.resource = resource;
  }

  deliver(event: unknown, afterMs = 0): void {
    void this.invoke(event, afterMs);
  }

  /** Resolves when an attempt succeeds, or when Lambda drops the event. */
  async invoke(event: unknown, afterMs = 0): Promise<void> {
    const { clock } = this.world;
    const copy = structuredClone(event);
    const awsRequestId = `invocation-${this.world.nextNumber()}`;
    this.eventsInProgress += 1;
    try {
      if (afterMs > 0) await clock.sleep(afterMs);
      const queuedAt = clock.now();
      for (let number = 0; !this.isDeleted; number++) {
        const attempt = await this.attempt(copy, number, awsRequestId);
        this.world.onAttempt(attempt);
        if (attempt.end === 'returned') return;
        const { maximumEventAgeSeconds, maximumRetryAttempts } = this.asynchronous;
        const age = (clock.now() + RETRY_DELAYS[number] - queuedAt) / 1000;
        if (number >= maximumRetryAttempts || age > maximumEventAgeSeconds) return this.world.onGivenUp(attempt);
        await clock.sleep(RETRY_DELAYS[number]);
      }
    } finally {
      this.eventsInProgress -= 1;
    }
  }

  /** Returns the processes that had no fault to the pool, so that other worlds can reuse them. */
  close(): void {
    for (const { isDead, hadFault, process } of this.processes) {
      if (!isDead && !hadFault) release(this.bundle, process);
    }
  }

  private get bundle(): string {
    return this.world.bundleOf(this.stackName);
  }

  private async attempt(event: any, number: number, awsRequestId: string): Promise<Attempt> {
    const { clock } = this.world;
    const running = this.processes.find(({ attempt: busy, isDead }) => !busy && !isDead) ?? this.start();
    const timeoutMs = Number(this.resource.properties.Timeout ?? 3) * 1000;
    const attempt: Attempt = { lambda: this, event, number, endsAt: clock.now() + timeoutMs, answered: 0, calls: 0 };
    running.attempt = attempt;
    // Lambda would start a new process for changed variables. Here this suffices: the handler reads them when it needs them.
    Object.assign(running.process.environment, this.variables);
    const timer = clock.setTimeout(this.world, () => running.die!('timed out'), timeoutMs);
    attempt.end = await new Promise<NonNullable<Attempt['end']>>((resolve) => {
      running.die = (death) => {
        running.isDead = true;
        clock.clearAll(running.process.outside);
        running.process.outside.send = () => undefined;
        resolve(death);
      };
      const context = { awsRequestId, logStreamName: 'a-log-stream', getRemainingTimeInMillis: () => attempt.endsAt - clock.now() };
      running.process.handler(structuredClone(event), context).then(() => resolve('returned'), () => resolve('threw'));
    });
    clock.clear(timer);
    running.attempt = undefined;
    return attempt;
  }

  private start(): Running {
    const { aws, clock, iam, network, random } = this.world;
    const outside = {
      clock,
      random,
      skewMs: this.skewMs,
      log: (line: string) => this.world.onLog(line),
      send: (request: WireRequest, reply: (reply: WireReply) => void) => {
        const { attempt } = running;
        if (!attempt) return;
        const kill = () => running.die!('killed');
        running.hadFault = network.send(request, { attempt, owner: process.outside, kill, reply }) || running.hadFault;
      },
    };
    const process = acquire(this.bundle, aws.endpoint, outside);
    aws.issue(process.accessKeyId, iam.principal(this.resource.stack.account, this.resource.properties.Role));
    const running: Running = { process, isDead: false, hadFault: false };
    this.processes.push(running);
    return running;
  }
}

/** The functions of all stacks. */
export class VirtualFunctions {
  private readonly byArn = new Map<string, VirtualFunction>();
  private readonly all: VirtualFunction[] = [];

  constructor(private readonly world: World) {}

  get(arn: string): VirtualFunction | undefined {
    return this.byArn.get(arn);
  }

  put(resource: Resource): void {
    const arn = resource.attributes.Arn as string;
    const existing = this.byArn.get(arn);
    if (existing) return existing.update(resource);
    const lambda = new VirtualFunction(resource, this.world);
    this.byArn.set(arn, lambda);
    this.all.push(lambda);
  }

  delete(resource: Resource): void {
    const arn = resource.attributes.Arn as string;
    const lambda = this.byArn.get(arn);
    if (lambda) lambda.isDeleted = true;
    this.byArn.delete(arn);
  }

  configure({ properties }: Resource): void {
    const found = [...this.byArn].find(([arn]) => arn === properties.FunctionName || arn.endsWith(`:function:${properties.FunctionName}`));
    if (!found) return;
    found[1].asynchronous = {
      maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? 2),
      maximumEventAgeSeconds: Number(properties.MaximumEventAgeInSeconds ?? 6 * 3600),
    };
  }

  get areBusy(): boolean {
    return this.all.some(({ isBusy }) => isBusy);
  }

  close(): void {
    this.all.forEach((lambda) => lambda.close());
  }
}
