import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { IAM_PAUSE_MS, THROTTLING_PAUSE_MS } from '../../src/times';
import type { Deadline } from '../deadline';
import { log } from '../log';
import type { SecretText } from '../secret-text';

type SdkError = Parameters<typeof isThrottlingError>[0];

/** Names of timeout errors, which have no code. Network errors have one. */
const NO_REPLY = ['TimeoutError', 'AbortError'];

/** Makes a call within the deadline. Retries it while IAM has not yet applied the policies, and while AWS throttles. */
export async function callAws<T>(deadline: Deadline, call: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  let throttled: unknown;
  for (let iamPause = IAM_PAUSE_MS.shortest; ;) {
    try {
      return await call({ abortSignal: deadline.signal });
    } catch (error) {
      // If the deadline aborts the attempt, report the throttling that used up the time.
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

/** Waits before the next attempt. Throws the error of the last attempt if the time is up first. */
async function pause(deadline: Deadline, milliseconds: number, error: unknown): Promise<void> {
  if (milliseconds >= deadline.remaining) throw error;
  try {
    await deadline.pause(milliseconds);
  } catch {
    throw error;
  }
}

/** The name of an error. `instanceof` would not do: services send errors that their models do not declare. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

/** Whether a call was denied. Also recognizes a Failure whose cause is such an error. */
export function isAccessDenied(error: unknown): boolean {
  return error instanceof Error && (error.name.startsWith('AccessDenied') || isAccessDenied(error.cause));
}

/** Returns the error if an attempt was denied, and undefined if it succeeded. */
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
 * Whether AWS rejected a call temporarily: because of its rate, or of another write to the same parameter. The SDK
 * counts LimitExceededException as throttling, but the operations that are called here use it for other quotas.
 */
function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error) || !('$fault' in error) || error.name === 'LimitExceededException') return false;
  return error.name === 'TooManyUpdates' || isThrottlingError(error as SdkError);
}

/** Whether a service rejected a call permanently, so that a retry would be rejected as well. Also recognizes a Failure whose cause is such an error. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!('$fault' in error)) return isRefusal(error.cause);
  const sdkError = error as SdkError;
  return !isThrottlingError(sdkError) && !isTransientError(sdkError) && !isServerError(sdkError);
}

/**
 * The text of a service's error, unless it contains one of these secrets. For an error that no service sent only the
 * name or code is used: the message of a parser contains what it could not parse.
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
