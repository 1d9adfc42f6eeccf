import { HttpResponse, Reply } from './server';
import type { Disturbance } from './service';
import { Clock, RealClock } from '../time/clock';

/**
 * The kinds of faults:
 * - `throttle`, `serverError`, `accessDenied`, `concurrentUpdate` (Parameter Store's TooManyUpdates): the service answers
 *   with that error and does nothing;
 * - `reset`: the connection breaks before the service does anything;
 * - `resetAfterApply`: the service applies the request, but the connection breaks before the response;
 * - `delay`: the service applies the request after `delayMs`;
 * - `never`: the service does nothing and never answers;
 * - `stale`: a list of Parameter Store shows the state before the last write;
 * - `emptyPage`: a list of Parameter Store returns an empty page with a next token;
 * - `dieBefore`: the calling process is terminated, and the service does nothing;
 * - `dieAfterApply`: the service applies the request, and the calling process is terminated before the response.
 *
 * The listener of `Aws.onDeath` must terminate the process.
 */
export type FaultKind =
  | 'throttle' | 'serverError' | 'accessDenied' | 'concurrentUpdate' | 'reset' | 'resetAfterApply' | 'delay' | 'never'
  | 'dieBefore' | 'dieAfterApply' | Disturbance;

/** The sender of a request, identified by its access key, or by its answer URL. */
export interface Caller {
  readonly accessKeyId?: string;
  readonly answerUrl?: string;
}

export type DeathListener = (caller: Caller) => void;

export interface Fault {
  /**
   * The signing name of the service, such as `codebuild`.
   *
   * @default - any service with this operation
   */
  readonly service?: string;
  /** The operation, `PutAnswer` for the PUT to an answer URL, or `*` for any. */
  readonly operation: string;
  readonly kind: FaultKind;
  /**
   * How many matching requests succeed before the first fault.
   *
   * @default 0
   */
  readonly skip?: number;
  /**
   * How many requests it affects.
   *
   * @default 1
   */
  readonly times?: number;
  /**
   * How long `delay` takes, by the account's clock.
   *
   * @default 0
   */
  readonly delayMs?: number;
}

/** The kinds of faults for which the service returns an error. */
export type Refusal = 'throttle' | 'serverError' | 'accessDenied' | 'concurrentUpdate';

/** Injected faults. Faults that match the same request take effect one after the other, in the order in which they were added. */
export class Faults {
  private faults: { readonly fault: Fault; remaining: number; toSkip: number }[] = [];

  /** `onDeath` terminates the process that sent the request. */
  constructor(private readonly clock: Clock = new RealClock(), private readonly onDeath: DeathListener = () => undefined) {}

  /** The faults that are not used up yet. */
  get pending(): Fault[] {
    return this.faults.filter(({ remaining }) => remaining > 0).map(({ fault }) => fault);
  }

  add(fault: Fault): void {
    this.faults.push({ fault, remaining: fault.times ?? 1, toSkip: fault.skip ?? 0 });
  }

  /** Removes the faults that are not used up yet. */
  clear(): void {
    this.faults = [];
  }

  /** Handles a request, or applies the fault for it. */
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
    const matching = this.faults.filter(({ fault, remaining }) =>
      remaining > 0 && [operation, '*'].includes(fault.operation) && (fault.service === undefined || fault.service === service));
    const next = matching.find(({ toSkip }) => toSkip === 0);
    matching.filter(({ toSkip }) => toSkip > 0).forEach((one) => one.toSkip -= 1);
    if (next) next.remaining -= 1;
    return next?.fault;
  }
}
