import { Attempt } from './functions';
import { WireReply, WireRequest } from './process-sandbox';
import { Owner, VirtualClock } from './virtual-clock';
import { isThrottled, Operation, Refusal, WirelessAws } from './wireless-aws';

/**
 * The faults of a single call:
 * - `throttle`, `serverError`, `accessDenied`: the service returns this error and does nothing;
 * - `reset`, `resetAfterApply`: the connection breaks before or after the service applies the call;
 * - `late`: the service applies the call, and its reply is delayed by `milliseconds`;
 * - `silence`: the service does nothing and never replies;
 * - `frozen`: the process pauses for `milliseconds`, at most 40 seconds, before it sends the call;
 * - `deathBefore`, `deathAfter`: the process dies before or after the service applies the call.
 */
export const CALL_FAULTS = [
  'throttle', 'serverError', 'accessDenied', 'reset', 'resetAfterApply', 'late', 'silence', 'frozen', 'deathBefore', 'deathAfter',
] as const;
export type CallFault = typeof CALL_FAULTS[number];

export const OPERATIONS = [
  'GetParametersByPath', 'PutParameter', 'DeleteParameter', 'PutEvents', 'ListSourceCredentials', 'ImportSourceCredentials',
  'DeleteSourceCredentials', 'GetSecretValue', 'PutAnswer',
] as const;

export const CONNECTION_OPERATIONS = [
  'CreateConnection', 'GetConnection', 'ListConnections', 'DeleteConnection', 'ListTagsForResource',
] as const;

/** A list of parameters shows the state of `milliseconds` ago, at most two seconds. */
export const STALE = 'stale';
/** EventBridge loses an event. */
export const LOST = 'lost';

export interface Fault {
  readonly kind: CallFault | typeof STALE | typeof LOST;
  /** @default - any operation that a function calls */
  readonly operation?: typeof OPERATIONS[number] | typeof CONNECTION_OPERATIONS[number] | 'Event';
  /** How many matching calls succeed before the first fault. */
  readonly skip: number;
  /** How many calls it affects. */
  readonly times: number;
  readonly milliseconds: number;
}

export interface Call {
  readonly at: number;
  readonly operation: Operation;
  readonly attempt: Attempt;
}

/** The process that makes a call. */
export interface Caller {
  readonly attempt: Attempt;
  /** The owner of the process's timers. */
  readonly owner: Owner;
  readonly kill: () => void;
  readonly reply: (reply: WireReply) => void;
}

const LONGEST_FREEZE_MS = 40_000;
const LONGEST_LAG_MS = 2_000;

/** Carries calls from the functions to AWS, and injects faults. */
export class Network {
  /** Called after a service has applied a call. */
  onApplied?: (call: Call) => void;
  /** Called just before a service applies a call. */
  onApply?: (call: Call) => void;
  onFault?: (fault: Fault, call?: Call) => void;
  private faults: Array<{ fault: Fault; skip: number; times: number }> = [];

  constructor(
    private readonly aws: WirelessAws,
    private readonly clock: VirtualClock,
    private readonly random: () => number,
    private readonly latencyMs: number,
  ) {}

  arm(faults: readonly Fault[]): void {
    this.faults = faults.map((fault) => ({ fault, skip: fault.skip, times: fault.times }));
  }

  /** Whether EventBridge loses the event that it is about to deliver. */
  losesEvent(): boolean {
    const fault = this.take('Event');
    if (fault) this.onFault?.(fault);
    return fault !== undefined;
  }

  /** Sends a call. Returns whether a fault was injected. */
  send(request: WireRequest, caller: Caller): boolean {
    const { attempt, owner } = caller;
    const call: Call = { at: this.clock.now(), operation: this.aws.operation(request), attempt };
    const fault = this.take(call.operation.name);
    if (fault) this.onFault?.(fault, call);
    const depart = () => this.after(this, () => void this.arrive(request, call, fault, caller));
    if (fault?.kind !== 'frozen') {
      depart();
    } else {
      const milliseconds = Math.min(fault.milliseconds, LONGEST_FREEZE_MS);
      this.clock.freeze(owner, milliseconds);
      this.clock.setTimeout(owner, depart, milliseconds);
    }
    return fault !== undefined;
  }

  private async arrive(request: WireRequest, call: Call, fault: Fault | undefined, { attempt, kill, owner, reply }: Caller): Promise<void> {
    const { input } = call.operation;
    switch (fault?.kind) {
      case 'deathBefore': return kill();
      case 'silence': return;
      case 'reset': return this.after(owner, () => reply('reset'));
    }
    const refusal = refusalOf(fault);
    if (!refusal) this.onApply?.(call);
    const lagMs = fault?.kind === STALE ? Math.min(fault.milliseconds, LONGEST_LAG_MS) : 0;
    const response = await this.aws.handle(request, { refusal, lagMs });
    if (!isThrottled(response) && input?.NextToken === undefined) attempt.calls += 1;
    if (response.status === 200) this.onApplied?.(call);
    switch (fault?.kind) {
      case 'deathAfter': return kill();
      case 'resetAfterApply': return this.after(owner, () => reply('reset'));
      default: this.after(owner, () => reply(response), fault?.kind === 'late' ? fault.milliseconds : 0);
    }
  }

  private take(operation: string): Fault | undefined {
    for (const armed of this.faults) {
      const matches = armed.fault.operation === undefined ? operation !== 'Event' : armed.fault.operation === operation;
      if (!matches) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
      } else if (armed.times > 0) {
        armed.times -= 1;
        return armed.fault;
      }
    }
    return undefined;
  }

  /** Runs `work` after the latency of one direction. If `owner` is a process, its death cancels the timer, and a freeze delays it. */
  private after(owner: Owner, work: () => void, extraMs = 0): void {
    this.clock.setTimeout(owner, work, 5 + this.random() * this.latencyMs + extraMs);
  }
}

function refusalOf(fault: Fault | undefined): Refusal | undefined {
  switch (fault?.kind) {
    case 'throttle': case 'serverError': case 'accessDenied': return fault.kind;
    default: return undefined;
  }
}
