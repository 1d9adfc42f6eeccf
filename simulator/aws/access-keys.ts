import { Principal } from './authorization';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Credentials, and whose they are. */
export interface AccessKey {
  readonly credentials: Omit<Credentials, 'sessionToken'> & { readonly sessionToken?: string };
  readonly principal: Principal;
}

/** Knows the access keys with which requests may be signed. */
export interface KnownAccessKeys {
  find(accessKeyId: string): AccessKey | undefined | Promise<AccessKey | undefined>;
}

/** The temporary credentials that were given out, and to whom. */
export class AccessKeys implements KnownAccessKeys {
  private readonly issued = new Map<string, AccessKey>();

  issue(principal: Principal): Credentials {
    const number = this.issued.size + 1;
    const credentials = {
      // ASIA marks a temporary key, which is of no use without its session token (C).
      accessKeyId: `ASIA${String(number).padStart(16, '0')}`,
      secretAccessKey: `secret-access-key-${number}`,
      sessionToken: `session-token-${number}`,
    };
    this.issued.set(credentials.accessKeyId, { credentials, principal });
    return credentials;
  }

  find(accessKeyId: string): AccessKey | undefined {
    return this.issued.get(accessKeyId);
  }
}
