/** The result of a token check. Fields that the source provider does not disclose are undefined. */
export interface TokenVerdict {
  /** Whether the provider accepts the token. Undefined if unknown. */
  readonly valid?: boolean;
  /** When the token expires. */
  readonly expiresAt?: Date;
  /** Required scopes that the token lacks. */
  readonly missingScopes: readonly string[];
  /** Why something is unknown: completes a sentence, then says what to do. */
  readonly unknownBecause?: string;
}

/** The check got no result. */
export function unknown(unknownBecause: string): TokenVerdict {
  return { missingScopes: [], unknownBecause };
}

/** The provider refuses the token. */
export const REFUSED: TokenVerdict = { valid: false, missingScopes: [] };
