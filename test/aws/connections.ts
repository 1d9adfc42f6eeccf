import { formatArn } from './arn';

export type ProviderType = 'Bitbucket' | 'GitHub' | 'GitHubEnterpriseServer' | 'GitLab' | 'GitLabSelfManaged' | 'AzureDevOps';
export type ConnectionStatus = 'PENDING' | 'AVAILABLE' | 'ERROR';

export interface CreateConnectionOptions {
  readonly name: string;
  readonly providerType: ProviderType;
  /**
   * The prefix of the ARN. Connections from before the service's new name keep `codestar-connections`.
   *
   * @default 'codeconnections'
   */
  readonly prefix?: 'codeconnections' | 'codestar-connections';
  /**
   * How far the handshake with the provider is.
   *
   * @default 'AVAILABLE' - somebody completed it in the console
   */
  readonly status?: ConnectionStatus;
  readonly hostArn?: string;
  /**
   * The other accounts it is shared with.
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
  status: ConnectionStatus;
}

/** The connections of an account and region. */
export class Connections {
  private readonly connections = new Map<string, Connection>();

  constructor(private readonly account: string, private readonly region: string) {}

  /** Gives back the ARN. */
  create(options: CreateConnectionOptions): string {
    const { name, providerType, prefix = 'codeconnections', status = 'AVAILABLE', hostArn, sharedWith = [] } = options;
    if (prefix === 'codestar-connections' && (sharedWith.length > 0 || providerType === 'AzureDevOps')) {
      throw new Error('a connection with the codestar-connections prefix can be neither shared nor one of Azure DevOps'); // (C)
    }
    const id = `00000000-0000-4000-8000-${String(this.connections.size + 1).padStart(12, '0')}`;
    const arn = formatArn({ service: prefix, region: this.region, account: this.account, resource: `connection/${id}` });
    this.connections.set(arn, { arn, name, providerType, status, hostArn, sharedWith });
    return arn;
  }

  /** What completing or breaking the handshake leads to. */
  setStatus(arn: string, status: ConnectionStatus): void {
    const connection = this.find(arn);
    if (!connection) throw new Error(`there is no connection ${arn} in account ${this.account} and region ${this.region}`);
    connection.status = status;
  }

  find(arn: string): Connection | undefined {
    return this.connections.get(arn);
  }
}
