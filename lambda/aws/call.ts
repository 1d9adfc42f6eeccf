import type { Deadline } from '../deadline';
import { log } from '../log';
import type { SecretText } from '../secret-text';

/** Errors of waiting too long that have no code, as those of the network have. */
const NO_REPLY = ['TimeoutError', 'AbortError'];

/** Longest pause between two tries. */
const LONGEST_PAUSE_MS = 8_000;

/** Makes one call within the deadline, patient while IAM has not caught up with the policies. */
export async function callAws<T>(deadline: Deadline, call: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  return patiently(deadline, async () => call({ abortSignal: deadline.signal }));
}

/**
 * Does some work again while access is denied and IAM may still have to catch up. The work is told
 * when it is tried for the last time.
 */
export async function patiently<T>(deadline: Deadline, work: (isLast: boolean) => Promise<T>): Promise<T> {
  for (let pause = 1_000; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const isLast = !deadline.isPatient(pause);
    try {
      return await work(isLast);
    } catch (error) {
      if (isLast || !isAccessDenied(error)) throw error;
      log('info', 'access denied; waiting for IAM', { pauseMs: pause });
      await deadline.pause(pause);
    }
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
  return code ? `no reply (${code}). See that the function can reach AWS: in a VPC it needs a NAT gateway or endpoints` : name;
}
