import { Principal } from './authorization';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Credentials and their principal. */
export interface AccessKey {
  readonly credentials: Omit<Credentials, 'sessionToken'> & { readonly sessionToken?: string };
  readonly principal: Principal;
}

/** The access keys with which requests may be signed. */
export interface KnownAccessKeys {
  find(accessKeyId: string): AccessKey | undefined | Promise<AccessKey | undefined>;
}

/** All issued temporary credentials, with their principals. */
export class AccessKeys implements KnownAccessKeys {
  private readonly issued = new Map<string, AccessKey>();

  issue(principal: Principal): Credentials {
    const number = this.issued.size + 1;
    const credentials = {
      // ASIA is the prefix of temporary keys, which need their session token (C).
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
