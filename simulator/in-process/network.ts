import { Attempt } from './functions';
import { WireReply, WireRequest } from './process-sandbox';
import { Owner, VirtualClock } from './virtual-clock';
import { isThrottled, Operation, Refusal, WirelessAws } from './wireless-aws';

/**
 * What goes wrong with one call:
 * - `throttle`, `serverError`, `accessDenied`: the service answers so and does nothing;
 * - `reset`, `resetAfterApply`: the connection breaks before or after the service has done its work;
 * - `late`: the service does its work, and its reply takes `milliseconds` more;
 * - `silence`: the service does nothing and never replies;
 * - `frozen`: the process stands still for `milliseconds`, at most 40 seconds, before it sends the call;
 * - `deathBefore`, `deathAfter`: the process dies before or after the service has done its work.
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

/** A list of parameters shows what was there `milliseconds` ago, two seconds at most. */
export const STALE = 'stale';
/** EventBridge loses an event. */
export const LOST = 'lost';

export interface Fault {
  readonly kind: CallFault | typeof STALE | typeof LOST;
  /** Absent: any, of those that a function calls. */
  readonly operation?: typeof OPERATIONS[number] | typeof CONNECTION_OPERATIONS[number] | 'Event';
  /** How many calls of that operation go well before. */
  readonly skip: number;
  /** How many calls it hits. */
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
  /** Of its timers. */
  readonly owner: Owner;
  readonly kill: () => void;
  readonly reply: (reply: WireReply) => void;
}

const LONGEST_FREEZE_MS = 40_000;
const LONGEST_LAG_MS = 2_000;

/** Between the functions and AWS. */
export class Network {
  /** Called when a service has carried out a call. */
  onApplied?: (call: Call) => void;
  /** Called just before a service carries out a call. */
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

  /** Gives back whether something went wrong on purpose. */
  send(request: WireRequest, caller: Caller): boolean {
    const { attempt, owner } = caller;
    const call: Call = { at: this.clock.now(), operation: this.aws.operation(request), attempt };
    const fault = this.take(call.operation.name);
    if (fault) this.onFault?.(fault, call);
    const goes = () => this.after(this, () => void this.arrive(request, call, fault, caller));
    if (fault?.kind !== 'frozen') {
      goes();
    } else {
      const milliseconds = Math.min(fault.milliseconds, LONGEST_FREEZE_MS);
      this.clock.freeze(owner, milliseconds);
      this.clock.setTimeout(owner, goes, milliseconds);
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
      const isMeant = armed.fault.operation === undefined ? operation !== 'Event' : armed.fault.operation === operation;
      if (!isMeant) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
      } else if (armed.times > 0) {
        armed.times -= 1;
        return armed.fault;
      }
    }
    return undefined;
  }

  /** Of the way there or back; what comes back to a process that has died or stands still is its own affair. */
  private after(owner: Owner, work: () => void, more = 0): void {
    this.clock.setTimeout(owner, work, 5 + this.random() * this.latencyMs + more);
  }
}

function refusalOf(fault: Fault | undefined): Refusal | undefined {
  switch (fault?.kind) {
    case 'throttle': case 'serverError': case 'accessDenied': return fault.kind;
    default: return undefined;
  }
}
