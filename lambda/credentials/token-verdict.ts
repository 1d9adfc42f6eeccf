/** What a source provider says about a token. What it does not say is left out. */
export interface TokenVerdict {
  /** Whether the provider accepts the token. Undefined: nobody knows. */
  readonly valid?: boolean;
  /** When the token ends. */
  readonly expiresAt?: Date;
  /** Required scopes that the token certainly lacks. */
  readonly missingScopes: readonly string[];
  /** Why not everything is known: what happened, then what to do, as a sentence's end and a sentence. */
  readonly unknownBecause?: string;
}

/** Nothing is known of the token. */
export function unknown(unknownBecause: string): TokenVerdict {
  return { missingScopes: [], unknownBecause };
}

/** The provider refuses the token. */
export const REFUSED: TokenVerdict = { valid: false, missingScopes: [] };
