import { createHash } from 'node:crypto';
import { formatArn } from './arn';
import { EventBus } from './event-bus';

export interface CreateSecretOptions {
  readonly name: string;
  /** The value as text. Without `value` and `binary` the secret has no version yet. */
  readonly value?: string;
  /** The value as bytes. */
  readonly binary?: Uint8Array;
  /**
   * The customer-managed key that encrypts it.
   *
   * @default - the key `aws/secretsmanager`, which needs no permission
   */
  readonly kmsKeyArn?: string;
  /**
   * The aliases of that key.
   *
   * @default - none
   */
  readonly kmsKeyAliases?: string[];
  /**
   * The other accounts that the secret's policy allows to read it. They also need the secret to have its own key.
   *
   * @default - none
   */
  readonly sharedWith?: string[];
}

export interface SecretVersion {
  readonly id: string;
  readonly value: string | Buffer;
  readonly created: Date;
  stages: string[];
}

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly kmsKeyArn?: string;
  readonly kmsKeyAliases: string[];
  readonly sharedWith: string[];
  readonly versions: SecretVersion[];
  markedForDeletion: boolean;
}

/** Secrets Manager's secrets of an account and region. */
export class Secrets {
  private readonly secrets = new Map<string, Secret>();
  private created = 0;

  constructor(private readonly account: string, private readonly region: string, private readonly events: EventBus) {}

  /** Creates a secret. Returns its complete ARN. */
  create({ name, value, binary, kmsKeyArn, kmsKeyAliases = [], sharedWith = [] }: CreateSecretOptions): string {
    if (this.secrets.has(name)) throw new Error(`the secret ${name} already exists`);
    const arn = formatArn({
      service: 'secretsmanager', region: this.region, account: this.account, resource: `secret:${name}-${this.suffix(name)}`,
    });
    this.secrets.set(name, { name, arn, kmsKeyArn, kmsKeyAliases, sharedWith, versions: [], markedForDeletion: false });
    const content = value ?? binary;
    if (content !== undefined) this.put(name, content);
    return arn;
  }

  /** Adds a new current version. Returns its id. */
  put(name: string, value: string | Uint8Array): string {
    const { arn, versions } = this.get(name);
    // The current version becomes the previous one, and the previous one loses its label (C).
    for (const version of versions) version.stages = version.stages.includes('AWSCURRENT') ? ['AWSPREVIOUS'] : [];
    const id = `00000000-0000-4000-8000-${String(versions.length + 1).padStart(12, '0')}`;
    versions.push({ id, value: typeof value === 'string' ? value : Buffer.from(value), created: new Date(), stages: ['AWSCURRENT'] });
    // Emitted for every label except AWSPENDING and AWSPREVIOUS, even for a new secret (C).
    this.events.put({
      source: 'aws.secretsmanager',
      detailType: 'Secret Label Updated',
      resources: [arn],
      detail: { name, labelUpdated: 'AWSCURRENT', versionId: id },
    });
    return id;
  }

  scheduleDeletion(name: string): void {
    this.get(name).markedForDeletion = true;
  }

  /** Cancels the scheduled deletion. */
  restore(name: string): void {
    this.get(name).markedForDeletion = false;
  }

  /** Deletes a secret without a recovery window: the name can be reused immediately. */
  delete(name: string): void {
    this.secrets.delete(this.get(name).name);
  }

  get(name: string): Secret {
    const secret = this.secrets.get(name);
    if (!secret) throw new Error(`there is no secret ${name}`);
    return secret;
  }

  find(matches: (secret: Secret) => boolean): Secret | undefined {
    return [...this.secrets.values()].find(matches);
  }

  /** Returns six letters and digits: different when a name is reused (C), but the same in every run. */
  private suffix(name: string): string {
    this.created += 1;
    const hash = createHash('sha256').update(`${this.account}/${this.region}/${name}/${this.created}`).digest('base64');
    return hash.replace(/[^A-Za-z0-9]/g, '').slice(0, 6);
  }
}
