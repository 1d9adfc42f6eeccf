/**
 * The guarantees of the ownership protocol. The model and the random sequences name them in violations.
 *
 * G1, G2, G4 and G6 hold once every request is answered and every event has arrived. After a fault, they hold after each
 * stack's next daily check.
 */
export const GUARANTEES = {
  G1: 'CodeBuild holds the current value of the active owner',
  G2: 'Without an owner, CodeBuild holds no credential that this library provably imported',
  G3: 'A credential that no stack imported is never deleted, and never overwritten against shouldOverwrite: false',
  G4: 'After a failed deployment the previous credential is active, and the rollback succeeds',
  G5: 'No request waits for another, fails because of another, or takes more calls if there are more stacks',
  G6: 'The records name exactly the owners',
} as const;

export type Guarantee = keyof typeof GUARANTEES;

/** Formats a violation for the model and the sequences. */
export function broken(guarantee: Guarantee, what: string): string {
  return `${guarantee}: ${what}`;
}
