/**
 * An error for the user. Its message says what happened, where, and what to do. CloudFormation shows it as the reason of
 * a failure, so it never contains a secret.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** The reason to report for an error. Only the name of an unexpected error is used: its message may contain a secret. */
export function reasonOf(error: unknown): string {
  return error instanceof Failure ? error.message : `unexpected ${error instanceof Error ? error.name : 'error'}. Please report it with the lines of the log`;
}
