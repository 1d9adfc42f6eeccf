import { Attempt } from './functions';
import { WireReply, WireRequest } from './process-sandbox';
import { VirtualClock } from './virtual-clock';
import { Operation, WirelessAws } from './wireless-aws';

/**
 * What goes wrong with one call:
 * - `throttle`, `serverError`, `accessDenied`: the service answers so and does nothing;
 * - `reset`, `resetAfterApply`: the connection breaks before or after the service has done its work;
 * - `late`: the service does its work, and its reply takes `milliseconds` more;
 * - `silence`: the service does nothing and never replies;
 * - `deathBefore`, `deathAfter`: the process dies before or after the service has done its work.
 */
export const CALL_FAULTS = ['throttle', 'serverError', 'accessDenied', 'reset', 'resetAfterApply', 'late', 'silence', 'deathBefore', 'deathAfter'] as const;
export type CallFault = typeof CALL_FAULTS[number];

export const OPERATIONS = [
  'GetParameter', 'PutParameter', 'ListSourceCredentials', 'ImportSourceCredentials', 'DeleteSourceCredentials', 'GetSecretValue', 'PutAnswer',
] as const;

export const CONNECTION_OPERATIONS = [
  'CreateConnection', 'GetConnection', 'ListConnections', 'DeleteConnection', 'ListTagsForResource', 'TagResource', 'UntagResource',
] as const;

export interface Fault {
  readonly kind: CallFault;
  /** Absent: any. */
  readonly operation?: typeof OPERATIONS[number] | typeof CONNECTION_OPERATIONS[number];
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

/** Between the functions and AWS. */
export class Network {
  /** Called when a service has carried out a call. */
  onApplied?: (call: Call) => void;
  /** Called just before a service carries out a call. */
  onApply?: (call: Call) => void;
  onFault?: (fault: Fault, call: Call) => void;
  private faults: Array<{ fault: Fault; skip: number; times: number }> = [];

  constructor(private readonly aws: WirelessAws, private readonly clock: VirtualClock, private readonly random: () => number) {}

  arm(faults: readonly Fault[]): void {
    this.faults = faults.map((fault) => ({ fault, skip: fault.skip, times: fault.times }));
  }

  /** Gives back whether something went wrong on purpose. */
  send(request: WireRequest, attempt: Attempt | undefined, kill: () => void, reply: (reply: WireReply) => void): boolean {
    if (!attempt) return false;
    const call: Call = { at: this.clock.now(), operation: this.aws.operation(request), attempt };
    const fault = this.take(call.operation.name);
    if (fault) this.onFault?.(fault, call);
    this.after(() => void this.arrive(request, call, fault, kill, reply));
    return fault !== undefined;
  }

  private async arrive(
    request: WireRequest, call: Call, fault: Fault | undefined, kill: () => void, reply: (reply: WireReply) => void,
  ): Promise<void> {
    switch (fault?.kind) {
      case 'deathBefore': return kill();
      case 'silence': return;
      case 'reset': return this.after(() => reply('reset'));
    }
    const refusal = fault?.kind === 'throttle' || fault?.kind === 'serverError' || fault?.kind === 'accessDenied' ? fault.kind : undefined;
    if (!refusal) this.onApply?.(call);
    const response = await this.aws.handle(request, refusal);
    if (response.status === 200) this.onApplied?.(call);
    switch (fault?.kind) {
      case 'deathAfter': return kill();
      case 'resetAfterApply': return this.after(() => reply('reset'));
      default: this.after(() => reply(response), fault?.kind === 'late' ? fault.milliseconds : 0);
    }
  }

  private take(operation: string): Fault | undefined {
    for (const armed of this.faults) {
      if (armed.fault.operation !== undefined && armed.fault.operation !== operation) continue;
      if (armed.skip > 0) {armed.skip -= 1;} else if (armed.times > 0) {
        armed.times -= 1;
        return armed.fault;
      }
    }
    return undefined;
  }

  /** One way takes up to 40 milliseconds. */
  private after(work: () => void, more = 0): void {
    this.clock.setTimeout(this, work, 5 + this.random() * 35 + more);
  }
}
