import { connectionArn, NUMBERS, SERVER_TYPES, secretName } from './templates';
import type { AuthType } from './templates';
import type { HeldCredential, Region } from '../../simulator';

/** Readable name of a credential value: `secret 1 v2`, `connection 012`, `by hand 1`. */
export type Label = string;

export const NOTHING: Label = 'nothing';

/** The origin of a credential. */
export interface Source {
  readonly authType: AuthType;
  /** The secret's name or ARN, or the connection's ARN. */
  readonly id: string;
}

/** Reads the credential's source from the properties of a custom resource. */
export function sourceOf({ AuthType: authType, ConnectionArn, SecretId }: Record<string, any>): Source {
  return { authType, id: ConnectionArn ?? SecretId };
}

export function isSameSource(one: Source, other: Source): boolean {
  return one.authType === other.authType && one.id === other.id;
}

/** Returns the number of a secret, from its name or ARN. */
function numberOf(secretId: string): number {
  return NUMBERS.find((candidate) => secretId.includes(secretName(candidate)))!;
}

/** Labels of tokens and ARNs, and the current values of the secrets. */
export class Labels {
  /** Every value that a secret ever had. */
  readonly confidential: string[] = [];
  private readonly labels = new Map<string, Label>();
  private readonly versions = new Map<number, number>();
  /** Undefined for a value that cannot be imported. */
  private readonly current = new Map<number, Label | undefined>();
  private readonly hidden = new Set<number>();
  private manualTokens = 0;

  constructor(private readonly region: Region) {
    for (const number of NUMBERS) {
      this.labels.set(region.secrets.get(secretName(number)).arn, `ARN of secret ${number}`);
      this.rotate(number);
    }
    SERVER_TYPES.forEach((serverType) => NUMBERS.forEach((number) => this.of(connectionArn(serverType, number))));
  }

  /** Returns the label of a token or an ARN that CodeBuild holds. */
  of(token: string): Label {
    const known = this.labels.get(token);
    if (known) return known;
    return token.includes(':connection/') ? `connection ${token.slice(-3)}` : `something unknown (${token})`;
  }

  held(credential: HeldCredential | undefined): Label {
    return credential ? this.of(credential.token) : NOTHING;
  }

  /** Returns what CodeBuild shows of a credential: for a token or password only the auth type. */
  fingerprint(credential: HeldCredential | undefined): string {
    return credential ? `${credential.authType} ${credential.resource ? this.of(credential.resource) : ''}` : NOTHING;
  }

  /** Returns what CodeBuild shows once it holds a credential from this source. */
  fingerprintOf(source: Source): string {
    const isReference = source.authType === 'CODECONNECTIONS' || source.authType === 'SECRETS_MANAGER';
    return `${source.authType} ${isReference ? this.nameOf(source) : ''}`;
  }

  /** Returns the value that CodeBuild must hold, or undefined if it cannot be imported now. */
  valueOf({ authType, id }: Source): Label | undefined {
    if (authType === 'CODECONNECTIONS') {
      const status = this.region.connections.find(id)?.status;
      return status === undefined || status === 'ERROR' ? undefined : this.of(id);
    }
    const number = numberOf(id);
    if (this.isBad(number)) return undefined;
    return authType === 'SECRETS_MANAGER' ? this.nameOf({ authType, id }) : this.current.get(number);
  }

  private nameOf({ authType, id }: Source): Label {
    return authType === 'CODECONNECTIONS' ? this.of(id) : `ARN of secret ${numberOf(id)}`;
  }

  isBad(number: number): boolean {
    return this.hidden.has(number) || this.current.get(number) === undefined;
  }

  get areSecretsGood(): boolean {
    return NUMBERS.every((number) => !this.isBad(number));
  }

  /** Creates a token for a person to import. */
  createManualToken(): { label: Label; token: string } {
    this.manualTokens += 1;
    const made = { label: `by hand ${this.manualTokens}`, token: `handmade-token-${this.manualTokens}` };
    this.labels.set(made.token, made.label);
    return made;
  }

  change(kind: 'rotate' | 'spoil' | 'repair' | 'hide' | 'show', number: number): void {
    const { secrets } = this.region;
    const name = secretName(number);
    // A secret that is scheduled for deletion accepts no value.
    if (kind !== 'hide' && this.hidden.delete(number)) secrets.restore(name);
    switch (kind) {
      case 'hide':
        this.hidden.add(number);
        return void secrets.scheduleDeletion(name);
      case 'show': return;
      case 'spoil':
        this.current.set(number, undefined);
        return void secrets.put(name, JSON.stringify({ nothing: 'of use' }));
      default: this.rotate(number);
    }
  }

  private rotate(number: number): void {
    const version = (this.versions.get(number) ?? 0) + 1;
    this.versions.set(number, version);
    const token = `confidential-${number}-${version}-value`;
    const label = `secret ${number} v${version}`;
    this.confidential.push(token);
    this.labels.set(token, label);
    this.current.set(number, label);
    this.region.secrets.put(secretName(number), JSON.stringify({
      token, username: 'ci@example.com', password: token, ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: token,
    }));
  }
}
