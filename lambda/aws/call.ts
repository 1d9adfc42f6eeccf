import type { Deadline } from '../deadline';
import { log } from '../log';
import type { SecretText } from '../secret-text';

/**
 * A policy that CloudFormation has just created or changed takes effect some seconds later, rarely
 * a minute. CloudFormation does not wait for that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
const IAM_PATIENCE_MS = 60_000;

/** Longest pause between two tries. */
const LONGEST_PAUSE_MS = 8_000;

/** Makes one call within the deadline, patient while IAM has not caught up with the policies. */
export async function callAws<T>(deadline: Deadline, call: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  for (let pause = 1_000; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await call({ abortSignal: deadline.signal });
    } catch (error) {
      if (!isAccessDenied(error) || deadline.elapsed + pause > IAM_PATIENCE_MS) throw error;
      log('info', 'access denied; waiting for IAM', { pauseMs: pause });
      await deadline.pause(pause);
    }
  }
}

/** Errors are told apart by name: services send codes that their models do not declare. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

export function isAccessDenied(error: unknown): boolean {
  return errorName(error).startsWith('AccessDenied');
}

/** What the service said, unless it repeats one of the secrets that it was given. */
export function errorText(error: unknown, secrets: readonly SecretText[] = []): string {
  const message = error instanceof Error ? error.message : '';
  return secrets.some((secret) => secret.isRepeatedIn(message))
    ? `${errorName(error)} (its text is withheld: it repeats the secret)`
    : `${errorName(error)}: ${message}`;
}
