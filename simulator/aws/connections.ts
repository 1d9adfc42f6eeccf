import { formatArn } from './arn';

export type ProviderType = 'Bitbucket' | 'GitHub' | 'GitHubEnterpriseServer' | 'GitLab' | 'GitLabSelfManaged' | 'AzureDevOps';
export type ConnectionStatus = 'PENDING' | 'AVAILABLE' | 'ERROR';

export interface CreateConnectionOptions {
  readonly name: string;
  readonly providerType: ProviderType;
  /**
   * The prefix of the ARN. Connections from before the service was renamed keep `codestar-connections`.
   *
   * @default 'codeconnections'
   */
  readonly prefix?: 'codeconnections' | 'codestar-connections';
  /**
   * The state of the handshake with the provider.
   *
   * @default 'AVAILABLE' - a person completed it in the console
   */
  readonly status?: ConnectionStatus;
  readonly hostArn?: string;
  readonly tags?: Record<string, string>;
  /**
   * The other accounts with which it is shared.
   *
   * @default - none
   */
  readonly sharedWith?: string[];
}

export interface Connection {
  readonly arn: string;
  readonly name: string;
  readonly providerType: ProviderType;
  readonly hostArn?: string;
  readonly sharedWith: string[];
  readonly tags: Map<string, string>;
  status: ConnectionStatus;
}

/** A host on which a provider is installed. */
export interface Host {
  readonly arn: string;
  readonly providerType: ProviderType;
  /** Whether the host is set up, which only a person can do in the console (C). */
  readonly isAvailable: boolean;
}

/** The connections of an account and region, and their hosts. */
export class Connections {
  /**
   * Whether a second connection of the same name is refused. "Connection names must be unique in an account", but
   * CreateConnection declares no error for it: both readings are guesses (I).
   */
  refusesTakenNames = false;
  private readonly connections = new Map<string, Connection>();
  private readonly hosts = new Map<string, Host>();
  /** "The ARN is never reused" (C). */
  private created = 0;

  constructor(private readonly account: string, private readonly region: string) {}

  /** Creates a connection. Returns its ARN. */
  create(options: CreateConnectionOptions): string {
    const { name, providerType, prefix = 'codeconnections', status = 'AVAILABLE', hostArn, tags = {}, sharedWith = [] } = options;
    if (prefix === 'codestar-connections' && (sharedWith.length > 0 || providerType === 'AzureDevOps')) {
      throw new Error('a connection with the codestar-connections prefix can be neither shared nor one of Azure DevOps'); // (C)
    }
    const arn = this.newArn(prefix, 'connection/');
    this.connections.set(arn, { arn, name, providerType, status, hostArn, sharedWith, tags: new Map(Object.entries(tags)) });
    return arn;
  }

  /** Creates a host, set up or pending. Returns its ARN. */
  createHost(name: string, providerType: ProviderType, isAvailable = true): string {
    const arn = this.newArn('codeconnections', `host/${name}-`);
    this.hosts.set(arn, { arn, providerType, isAvailable });
    return arn;
  }

  findHost(arn: string): Host | undefined {
    return this.hosts.get(arn);
  }

  list(): Connection[] {
    return [...this.connections.values()];
  }

  delete(arn: string): void {
    this.connections.delete(arn);
  }

  /** Sets the status after a completed or failed handshake. */
  setStatus(arn: string, status: ConnectionStatus): void {
    const connection = this.find(arn);
    if (!connection) throw new Error(`there is no connection ${arn} in account ${this.account} and region ${this.region}`);
    connection.status = status;
  }

  find(arn: string): Connection | undefined {
    return this.connections.get(arn);
  }

  private newArn(service: string, resource: string): string {
    this.created += 1;
    const id = `00000000-0000-4000-8000-${String(this.created).padStart(12, '0')}`;
    return formatArn({ service, region: this.region, account: this.account, resource: resource + id });
  }
}
