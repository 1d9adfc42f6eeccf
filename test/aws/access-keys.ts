import { Principal } from './authorization';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The temporary credentials that were given out, and to whom. */
export class AccessKeys {
  private readonly issued = new Map<string, { credentials: Credentials; principal: Principal }>();

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

  find(accessKeyId: string): { credentials: Credentials; principal: Principal } | undefined {
    return this.issued.get(accessKeyId);
  }
}
