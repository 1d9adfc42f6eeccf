import {
  CfnResource, Duration, IResource, ITaggable, Lazy, Names, RemovalPolicy, Resource, Stack, TagManager, TagType,
} from 'aws-cdk-lib';
import type { ConnectionReference, IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { connectionPolicies, grantUseOfConnection } from './connection-permissions';
import { ConnectionWait } from './connection-wait';
import { CONNECTION_RESOURCE_TYPE, ConnectionData, ConnectionProperties, LONGEST_CONNECTION_NAME } from './contract';
import { addInfo, handshakePlace } from './handshake';
import { providedResource } from './provided-resource';
import { ProviderType } from './provider-type';
import { Removal, REMOVAL_POLICY } from './removal';
import { SourceCredentialsProvider } from './source-credentials-provider';
import { LONGEST_WAIT_SECONDS } from './times';
import { at, BOOLEAN, duration, GRANTEE, member, optional, requireKind, requireOptions, requireScope, string } from './validation';

/**
 * A connection of AWS CodeConnections (formerly CodeStar Connections) to a source provider.
 */
export interface IConnection extends IResource, IConnectionRef {
  /**
   * The ARN of the connection.
   *
   * @attribute
   */
  readonly connectionArn: string;

  /**
   * Allow somebody to use the connection: to read repositories through it.
   *
   * CodeBuild needs this on the role of each project that uses the connection, also as the account's credential.
   * The permissions are a policy of their own, for which the projects of the role wait, since CodeBuild checks them
   * when it creates a project with a webhook.
   *
   * @param grantee a project, or a role such as that of a pipeline
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html
   */
  grantUse(grantee: iam.IGrantable): iam.Grant;

  /**
   * A construct that finishes deploying once somebody has completed the handshake in the console. Let what fails
   * while the connection is pending, such as projects with webhooks, depend on it.
   *
   * When the time is over the deployment fails, and says where to click. The connection stays.
   *
   * Throws for a connection that would not stay: one with RemovalPolicy.DESTROY.
   *
   * @param timeout how long to wait: from 1 second to 14 minutes, which is what one invocation of a
   * Lambda function allows
   * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html
   *
   * @example
   * project.node.addDependency(connection.waitUntilAvailable(Duration.minutes(10)));
   */
  waitUntilAvailable(timeout: Duration): Construct;
}

/**
 * Properties of `Connection`.
 */
export interface ConnectionProps {
  /** The source provider. */
  readonly providerType: ProviderType;

  /**
   * The name of the connection, of at most 32 characters. Give one: it is how the connection is found
   * again when it is to be adopted, also by other stacks, and another name is another connection with
   * another handshake.
   *
   * @default - made from the construct's path
   */
  readonly connectionName?: string;

  /**
   * The ARN of the host on which the provider is installed, for GITHUB_ENTERPRISE_SERVER and
   * GITLAB_SELF_MANAGED. It must be set up already, in the console.
   *
   * @default - none, which is right for all others
   * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-hosts.html
   */
  readonly hostArn?: string;

  /**
   * Whether to reuse an existing connection with the same name, provider type and host, whoever created
   * it: available ones first. With `false`, only a connection that this very resource has created is
   * found again.
   *
   * @default true
   */
  readonly adoptExisting?: boolean;

  /**
   * What happens to the connection when this resource is removed: RETAIN or DESTROY. DESTROY deletes it only if
   * this stack has created it, no resource of this library in any stack uses it, and CodeBuild holds no
   * credential that does. RETAIN also keeps a connection whose creation was cancelled or rolled back: the
   * next deployment adopts it.
   *
   * @default RemovalPolicy.RETAIN, since the handshake is a person's work
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What all connections can do. */
abstract class ConnectionBase extends Resource implements IConnection {
  public abstract readonly connectionArn: string;

  /** A reference to the connection, for constructs that take one. */
  public get connectionRef(): ConnectionReference {
    return { connectionArn: this.connectionArn };
  }

  /**
   * Allow somebody to use the connection: to read repositories through it.
   *
   * CodeBuild needs this on the role of each project that uses the connection, also as the account's credential.
   * The permissions are a policy of their own, for which the projects of the role wait, since CodeBuild checks them
   * when it creates a project with a webhook.
   *
   * @param grantee a project, or a role such as that of a pipeline
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html
   */
  public grantUse(grantee: iam.IGrantable): iam.Grant {
    requireKind(at('Connection', this), 'grantee', grantee, GRANTEE);
    return grantUseOfConnection(this, grantee);
  }

  public waitUntilAvailable(timeout: Duration): Construct {
    requireKind(at('Connection', this), 'timeout', timeout, WAIT);
    const id = `WaitUntilAvailable${timeout.toSeconds()}`;
    return this.node.tryFindChild(id) as ConnectionWait | undefined
      ?? new ConnectionWait(this, id, { connectionArn: this.connectionArn, region: this.env.region, isImported: !('providerType' in this), timeout });
  }
}

/**
 * A connection of AWS CodeConnections (formerly CodeStar Connections) to a source provider. An existing
 * connection with this name is adopted, and otherwise one is created.
 *
 * A new connection is pending until somebody completes its handshake in the console, at
 * `handshakeUrl`. CodeBuild accepts a pending connection as a credential; builds work from the handshake
 * on. Tags are given to a connection that this stack has created.
 *
 * Throws for a name of more than 32 characters, and for a host that is missing or not wanted.
 *
 * @resource Custom::CodeConnectionsConnection
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/connections.html
 *
 * @example
 * const connection = new Connection(this, 'Connection', {
 *   providerType: ProviderType.GITLAB,
 *   connectionName: 'gitlab',
 * });
 *
 * new SourceCredentials(this, 'GitLab', {
 *   credential: GitLabCredential.connection(connection),
 * });
 */
export class Connection extends ConnectionBase implements ITaggable {
  /**
   * Use a connection that exists already, made by you or shared with this account.
   *
   * Throws when the ARN is not one of a connection.
   *
   * @param scope the construct's parent
   * @param id the construct's name
   * @param connectionArn the connection's ARN, with the prefix `codeconnections` or
   * `codestar-connections`, in any account and region
   */
  public static fromConnectionArn(scope: Construct, id: string, connectionArn: string): IConnection {
    requireScope('Connection', scope, id);
    requireKind(`Connection '${scope.node.path}/${id}'`, 'connectionArn', connectionArn, CONNECTION_ARN);

    class Import extends ConnectionBase {
      public readonly connectionArn = connectionArn;
    }
    return new Import(scope, id, { environmentFromArn: connectionArn });
  }

  /** The ARN of the connection that was adopted or created. */
  public readonly connectionArn: string;

  /** PENDING, AVAILABLE or ERROR: as it was when this resource was last deployed. */
  public readonly connectionStatus: string;

  /**
   * The page of the console on which somebody completes the handshake of a pending connection. In a partition
   * whose console has no public address, such as aws-iso, it is told in words.
   */
  public readonly handshakeUrl: string;

  /** The source provider. */
  public readonly providerType: ProviderType;

  /** The tags of a connection that this stack creates. */
  public readonly tags = new TagManager(TagType.STANDARD, CONNECTION_RESOURCE_TYPE);

  private readonly removal: Removal;
  private isWaitedFor = false;

  /**
   * @param scope the construct's parent
   * @param id the construct's name
   * @param props which connection to adopt or create
   */
  constructor(scope: Construct, id: string, props: ConnectionProps) {
    super(requireScope('Connection', scope, id), id);
    const where = at('Connection', this);
    requireOptions(where, 'props', props, PROPS);

    this.providerType = props.providerType;
    this.removal = new Removal(props.removalPolicy ?? RemovalPolicy.RETAIN);
    const connectionName = props.connectionName ?? Names.uniqueResourceName(this, { maxLength: LONGEST_CONNECTION_NAME });
    requireHost(where, props);

    const provider = SourceCredentialsProvider.getOrCreate(this);
    const resource = providedResource(this, {
      provider,
      resourceType: CONNECTION_RESOURCE_TYPE,
      policies: connectionPolicies(provider, this.providerType),
      properties: {
        ProviderType: this.providerType,
        ConnectionName: connectionName,
        HostArn: props.hostArn,
        AdoptExisting: props.adoptExisting ?? true ? 'true' : 'false',
        RemovalPolicy: this.removal.property,
        Tags: Lazy.any({ produce: () => this.renderTags() }, { omitEmptyArray: true }) as unknown as ConnectionProperties['Tags'],
      } satisfies ConnectionProperties,
    });
    this.removal.decide(this, this.node.defaultChild as CfnResource, (policy) => this.applyRemovalPolicy(policy));
    const attribute = (name: keyof ConnectionData) => resource.getAttString(name);
    this.connectionArn = attribute('ConnectionArn');
    this.connectionStatus = attribute('ConnectionStatus');
    this.handshakeUrl = attribute('HandshakeUrl');

    addInfo(this, 'handshake', `a new connection to ${this.providerType} is pending until a person completes its handshake ${handshakePlace(this.env.region)}. Builds that use it fail until then`);
  }

  /**
   * A construct that finishes deploying once somebody has completed the handshake in the console. Let what fails
   * while the connection is pending, such as projects with webhooks, depend on it.
   *
   * When the time is over the deployment fails, and says where to click. The connection stays.
   *
   * Throws for a connection that would not stay: one with RemovalPolicy.DESTROY.
   *
   * @param timeout how long to wait: from 1 second to 14 minutes, which is what one invocation of a
   * Lambda function allows
   *
   * @example
   * project.node.addDependency(connection.waitUntilAvailable(Duration.minutes(10)));
   */
  public waitUntilAvailable(timeout: Duration): Construct {
    if (this.removal.isDestroy) throw destroysWhileWaiting(this);
    this.isWaitedFor = true;
    return super.waitUntilAvailable(timeout);
  }

  /**
   * What happens to the connection when this resource goes: RETAIN or DESTROY, as `removalPolicy`.
   *
   * Throws for other policies, and for DESTROY of a connection that is waited for.
   *
   * @param policy RETAIN_ON_UPDATE_OR_DELETE is as good as RETAIN
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy === RemovalPolicy.DESTROY && this.isWaitedFor) throw destroysWhileWaiting(this);
    this.removal.apply(policy);
  }

  private renderTags(): ConnectionProperties['Tags'] {
    const tags = { ...stackTags(Stack.of(this)), ...this.tags.tagValues() };
    return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  }
}

/** CloudFormation gives these to every resource of its own types, also in nested stacks. */
function stackTags({ nestedStackParent, tags }: Stack): Record<string, string> {
  return { ...nestedStackParent && stackTags(nestedStackParent), ...tags.tagValues() };
}

function destroysWhileWaiting(connection: Connection): Error {
  return new Error(`${at('Connection', connection)} has RemovalPolicy.DESTROY: a wait that ends too early would roll it back and delete what somebody is just completing. Leave removalPolicy out`);
}

const CONNECTION_ARN = string("an ARN like 'arn:aws:codeconnections:REGION:ACCOUNT:connection/ID'",
  'Copy it from the console: Developer Tools, Settings, Connections',
  (arn) => /^arn:[\w-]+:(codeconnections|codestar-connections):[\w-]+:\d{12}:connection\/[\w-]+$/.test(arn));

const PROPS = {
  providerType: member('ProviderType', ProviderType),
  connectionName: optional(string(`a string of 1 to ${LONGEST_CONNECTION_NAME} characters`, 'Choose another name, or leave it out',
    (name) => name.trim() !== '' && name.length <= LONGEST_CONNECTION_NAME)),
  hostArn: optional(string("an ARN like 'arn:aws:codeconnections:REGION:ACCOUNT:host/ID'",
    'Copy it from the console: Developer Tools, Settings, Connections, Hosts',
    (arn) => /^arn:[\w-]+:(codeconnections|codestar-connections):[\w-]+:\d{12}:host\/.+$/.test(arn))),
  adoptExisting: optional(BOOLEAN),
  removalPolicy: optional(REMOVAL_POLICY),
};

const WAIT = duration(1, LONGEST_WAIT_SECONDS, 'Shorten it: one invocation of a Lambda function takes no longer');

function requireHost(where: string, { providerType, hostArn }: ConnectionProps): void {
  const needsHost = providerType === ProviderType.GITHUB_ENTERPRISE_SERVER || providerType === ProviderType.GITLAB_SELF_MANAGED;
  if (needsHost && hostArn === undefined) {
    throw new Error(`${where}: hostArn is missing: ${providerType} runs on a host of your own. Set it up in the console (Developer Tools, Settings, Connections, Hosts) and give its ARN`);
  }
  if (!needsHost && hostArn !== undefined) {
    throw new Error(`${where}: hostArn is for GitHubEnterpriseServer and GitLabSelfManaged; got '${hostArn}' for ${providerType}. Leave it out`);
  }
}
