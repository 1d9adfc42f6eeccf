import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { IAM_PAUSE_MS, THROTTLING_PAUSE_MS } from '../../src/times';
import type { Deadline } from '../deadline';
import { log } from '../log';
import type { SecretText } from '../secret-text';

type SdkError = Parameters<typeof isThrottlingError>[0];

/** Errors of waiting too long that have no code, as those of the network have. */
const NO_REPLY = ['TimeoutError', 'AbortError'];

/** Makes one call within the deadline: waits while IAM has not caught up with the policies, and while AWS throttles. */
export async function callAws<T>(deadline: Deadline, call: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  let throttled: unknown;
  for (let iamPause = IAM_PAUSE_MS.shortest; ;) {
    try {
      return await call({ abortSignal: deadline.signal });
    } catch (error) {
      // A try that the deadline ends says nothing about what has used up the time.
      if (throttled !== undefined && deadline.signal.aborted) throw throttled;
      if (isAccessDenied(error) && deadline.mayRetryIam(iamPause)) {
        log('info', 'access denied: waiting until IAM applies the policies', { pauseMs: iamPause });
        await pause(deadline, iamPause, error);
        iamPause = Math.min(2 * iamPause, IAM_PAUSE_MS.longest);
      } else if (isThrottled(error)) {
        throttled = error;
        const { shortest, longest } = THROTTLING_PAUSE_MS;
        await pause(deadline, shortest + Math.random() * (longest - shortest), error);
      } else {
        throw error;
      }
    }
  }
}

/** Waits because of an error; when the time is up meanwhile, that error is what went wrong. */
async function pause(deadline: Deadline, milliseconds: number, error: unknown): Promise<void> {
  if (milliseconds >= deadline.remaining) throw error;
  try {
    await deadline.pause(milliseconds);
  } catch {
    throw error;
  }
}

/** Errors are told apart by name: services send codes that their models do not declare. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

/** Whether a call was denied, also where the failure that reports it is all that is left. */
export function isAccessDenied(error: unknown): boolean {
  return error instanceof Error && (error.name.startsWith('AccessDenied') || isAccessDenied(error.cause));
}

/** Why something was denied, where it was. */
export async function denialOf(attempt: Promise<void>): Promise<Error | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (isAccessDenied(error)) return error as Error;
    throw error;
  }
}

/**
 * Whether AWS refused a call for now: by its rate, or because of another write to the same parameter. The
 * SDK counts LimitExceededException as throttling, but no operation that is called here means its rate by it.
 */
function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error) || !('$fault' in error) || error.name === 'LimitExceededException') return false;
  return error.name === 'TooManyUpdates' || isThrottlingError(error as SdkError);
}

/** Whether a service said no for good, also where the failure that reports it is all that is left: one more try would be refused as well. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!('$fault' in error)) return isRefusal(error.cause);
  const told = error as SdkError;
  return !isThrottlingError(told) && !isTransientError(told) && !isServerError(told);
}

/**
 * What the service said, unless it repeats one of the secrets that it was given. Of an error that no
 * service sent only the name is told: a parser repeats what it could not parse.
 */
export function errorText(error: unknown, secrets: readonly SecretText[] = []): string {
  const name = errorName(error);
  if (!(error instanceof Error)) return name;
  if ('$fault' in error) {
    return secrets.some((secret) => secret.isRepeatedIn(error.message))
      ? `${name} (its text is withheld: it repeats the secret)`
      : `${name}: ${error.message.replace(/\.$/, '')}`;
  }
  const { code = NO_REPLY.includes(name) ? name : undefined } = error as NodeJS.ErrnoException;
  return code ? `no reply (${code}). Check that the function can reach AWS: in a VPC it needs a NAT gateway or endpoints` : name;
}
