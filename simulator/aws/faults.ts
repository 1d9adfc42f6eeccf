import { HttpResponse, Reply } from './server';
import type { Disturbance } from './service';
import { Clock, RealClock } from '../time/clock';

/**
 * What goes wrong:
 * - `throttle`, `serverError`, `accessDenied`, `concurrentUpdate` (Parameter Store's TooManyUpdates): the service answers
 *   with that error and does nothing;
 * - `reset`: the connection breaks before the service does anything;
 * - `resetAfterApply`: the service does its work, but the connection breaks before the response;
 * - `delay`: everything works, `delayMs` later;
 * - `never`: the service does nothing and never answers;
 * - `stale`: a list of Parameter Store shows the state before the last write;
 * - `emptyPage`: a list of Parameter Store shows nothing, with a token to go on;
 * - `dieBefore`: the process that calls dies, and the service does nothing;
 * - `dieAfterApply`: the service does its work, and the process that calls dies before the response.
 *
 * Whoever started that process has to end it: see `Aws.onDeath`.
 */
export type FaultKind =
  | 'throttle' | 'serverError' | 'accessDenied' | 'concurrentUpdate' | 'reset' | 'resetAfterApply' | 'delay' | 'never'
  | 'dieBefore' | 'dieAfterApply' | Disturbance;

/** Who sent a request: a service's by its access key, an answer's by the URL that it was sent to. */
export interface Caller {
  readonly accessKeyId?: string;
  readonly answerUrl?: string;
}

export type DeathListener = (caller: Caller) => void;

export interface Fault {
  /**
   * The service by the name it is signed with, such as `codebuild`.
   *
   * @default - whichever service has the operation
   */
  readonly service?: string;
  /** The operation, `PutAnswer` for the PUT on an answer URL, or `*` for whatever comes. */
  readonly operation: string;
  readonly kind: FaultKind;
  /**
   * How many requests that fit it lets pass before the first that it hits.
   *
   * @default 0
   */
  readonly skip?: number;
  /**
   * How many requests it hits.
   *
   * @default 1
   */
  readonly times?: number;
  /**
   * How long `delay` takes, in the time of the account.
   *
   * @default 0
   */
  readonly delayMs?: number;
}

/** The kinds that the service itself answers with an error. */
export type Refusal = 'throttle' | 'serverError' | 'accessDenied' | 'concurrentUpdate';

/** Faults on demand. Those that fit the same request take effect one after the other, in the order they were added. */
export class Faults {
  private faults: { readonly fault: Fault; remaining: number; toSkip: number }[] = [];

  /** `onDeath` ends the process that a fault lets die. */
  constructor(private readonly clock: Clock = new RealClock(), private readonly onDeath: DeathListener = () => undefined) {}

  /** The faults that have not hit as often as they should. */
  get pending(): Fault[] {
    return this.faults.filter(({ remaining }) => remaining > 0).map(({ fault }) => fault);
  }

  add(fault: Fault): void {
    this.faults.push({ fault, remaining: fault.times ?? 1, toSkip: fault.skip ?? 0 });
  }

  /** Takes back the faults that have not hit yet. */
  clear(): void {
    this.faults = [];
  }

  /** Carries a request out, or the fault that awaits it. */
  async carryOut(
    operation: { service?: string; operation: string; caller: Caller; closed: AbortSignal },
    apply: (disturbance?: Disturbance) => HttpResponse,
    refuse: (refusal: Refusal) => HttpResponse,
  ): Promise<Reply> {
    const fault = this.take(operation);
    switch (fault?.kind) {
      case undefined:
        return apply();
      case 'delay':
        await this.clock.holdRequest(fault!.delayMs ?? 0, operation.closed);
        return apply();
      case 'resetAfterApply':
        apply();
        return 'reset';
      case 'dieBefore':
        this.onDeath(operation.caller);
        return this.never(operation.closed);
      case 'dieAfterApply':
        apply();
        this.onDeath(operation.caller);
        return this.never(operation.closed);
      case 'stale':
      case 'emptyPage':
        return apply(fault!.kind);
      case 'never':
        return this.never(operation.closed);
      case 'reset':
        return 'reset';
      default:
        return refuse(fault!.kind);
    }
  }

  private never(closed: AbortSignal): Reply {
    void this.clock.holdRequest(Infinity, closed);
    return 'never';
  }

  private take({ service, operation }: { service?: string; operation: string }): Fault | undefined {
    const fitting = this.faults.filter(({ fault, remaining }) =>
      remaining > 0 && [operation, '*'].includes(fault.operation) && (fault.service === undefined || fault.service === service));
    const next = fitting.find(({ toSkip }) => toSkip === 0);
    fitting.filter(({ toSkip }) => toSkip > 0).forEach((one) => one.toSkip -= 1);
    if (next) next.remaining -= 1;
    return next?.fault;
  }
}
