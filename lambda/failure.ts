/**
 * A failure that the user can read and act on: its message says what happened, where, and what to
 * do. It is written for CloudFormation's reason and never holds a secret.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** Only a Failure is written to be read; of anything else the name must do, since its text may repeat what it was given. */
export function reasonOf(error: unknown): string {
  return error instanceof Failure ? error.message : `unexpected ${error instanceof Error ? error.name : 'error'}. Please report it with the lines of the log`;
}
