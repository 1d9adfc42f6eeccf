import { setTimeout } from 'node:timers/promises';
import { HttpResponse, Reply } from './server';

/**
 * What goes wrong:
 * - `throttle`, `serverError`, `accessDenied`: the service answers with that error and does nothing;
 * - `reset`: the connection breaks before the service does anything;
 * - `resetAfterApply`: the service does its work, but the connection breaks before the response;
 * - `delay`: everything works, `delayMs` later;
 * - `never`: the service does nothing and never answers.
 */
export type FaultKind = 'throttle' | 'serverError' | 'accessDenied' | 'reset' | 'resetAfterApply' | 'delay' | 'never';

export interface Fault {
  /**
   * The service by the name it is signed with, such as `codebuild`.
   *
   * @default - whichever service has the operation
   */
  readonly service?: string;
  /** The operation, or `PutAnswer` for the PUT on an answer URL. */
  readonly operation: string;
  readonly kind: FaultKind;
  /**
   * How many requests it hits.
   *
   * @default 1
   */
  readonly times?: number;
  /**
   * How long `delay` takes.
   *
   * @default 0
   */
  readonly delayMs?: number;
}

/** The kinds that the service itself answers with an error. */
export type Refusal = 'throttle' | 'serverError' | 'accessDenied';

/** Faults on demand. Those that fit the same request take effect one after the other, in the order they were added. */
export class Faults {
  private faults: { readonly fault: Fault; remaining: number }[] = [];

  /** The faults that have not hit as often as they should. */
  get pending(): Fault[] {
    return this.faults.filter(({ remaining }) => remaining > 0).map(({ fault }) => fault);
  }

  add(fault: Fault): void {
    this.faults.push({ fault, remaining: fault.times ?? 1 });
  }

  /** Takes back the faults that have not hit yet. */
  clear(): void {
    this.faults = [];
  }

  /** Carries a request out, or the fault that awaits it. */
  async carryOut(
    operation: { service?: string; operation: string },
    apply: () => HttpResponse,
    refuse: (refusal: Refusal) => HttpResponse,
  ): Promise<Reply> {
    const fault = this.take(operation);
    switch (fault?.kind) {
      case undefined:
        return apply();
      case 'delay':
        // Unreferenced: a test that is over does not wait for it.
        await setTimeout(fault!.delayMs ?? 0, undefined, { ref: false });
        return apply();
      case 'resetAfterApply':
        apply();
        return 'reset';
      case 'reset':
      case 'never':
        return fault!.kind;
      default:
        return refuse(fault!.kind);
    }
  }

  private take({ service, operation }: { service?: string; operation: string }): Fault | undefined {
    const next = this.faults.find(({ fault, remaining }) =>
      remaining > 0 && fault.operation === operation && (fault.service === undefined || fault.service === service));
    if (next) next.remaining -= 1;
    return next?.fault;
  }
}
