/**
 * What the ownership of a credential guarantees. Model and random sequences name these in what they find.
 *
 * All but G3 and G5 are about the end: when every request has been answered and every event has arrived. After a fault,
 * G1, G2, G4 and G6 hold after each stack's next daily check.
 */
export const GUARANTEES = {
  G1: 'CodeBuild holds the current value of the active owner',
  G2: 'Nothing that is provably of this library stays in CodeBuild once nobody owns it',
  G3: 'What no stack has imported is not deleted, nor overwritten against shouldOverwrite: false',
  G4: 'A deployment that fails leaves in force what was in force before, and its rollback succeeds',
  G5: 'No request waits for another one, fails for it, or takes more calls the more stacks there are',
  G6: 'The records name every owner, and nobody else',
} as const;

export type Guarantee = keyof typeof GUARANTEES;

/** A violation as model and sequences report it. */
export function broken(guarantee: Guarantee, what: string): string {
  return `${guarantee}: ${what}`;
}
