/** The parts of a credential that CodeBuild lists. The token is not one of them. */
export interface Fingerprint {
  readonly authType: string;
  /** The ARN of the connection or secret. */
  readonly resource?: string;
}

/** Extracts the fingerprint of a credential. */
export function fingerprintOf({ authType, resource }: Fingerprint): Fingerprint {
  return { authType, ...resource !== undefined && { resource } };
}

/** Whether CodeBuild would list both in the same way. */
export function hasFingerprint(one: Fingerprint | undefined, other: Fingerprint | undefined): boolean {
  return one !== undefined && other !== undefined && one.authType === other.authType && one.resource === other.resource;
}
