/**
 * A failure that the user can read and act on: its message says what happened, where, and what to
 * do. It is written for CloudFormation's reason and never holds a secret.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
}
