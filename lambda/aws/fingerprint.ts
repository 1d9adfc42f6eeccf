/** What CodeBuild shows of a credential: never a token. */
export interface Fingerprint {
  readonly authType: string;
  /** The ARN of the connection or secret. */
  readonly resource?: string;
}

/** No more of a credential than CodeBuild shows. */
export function fingerprintOf({ authType, resource }: Fingerprint): Fingerprint {
  return { authType, ...resource !== undefined && { resource } };
}

/** Whether CodeBuild would show both in the same way. */
export function hasFingerprint(one: Fingerprint | undefined, other: Fingerprint | undefined): boolean {
  return one !== undefined && other !== undefined && one.authType === other.authType && one.resource === other.resource;
}
