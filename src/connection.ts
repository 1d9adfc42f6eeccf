import {
  CfnResource, Duration, IResource, ITaggable, Lazy, Names, RemovalPolicy, Resource, Stack, TagManager, TagType,
} from 'aws-cdk-lib';
import type { ConnectionReference, IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { connectionPolicies, grantUseOfConnection } from './connection-permissions';
import { ConnectionWait } from './connection-wait';
import { CONNECTION_RESOURCE_TYPE, ConnectionData, ConnectionProperties, CREATOR_TAG, LONGEST_CONNECTION_NAME, REQUEST_TAG, RESOURCE_TAG } from './contract';
import { createCustomResource } from './custom-resource';
import { addInfo, handshakePlace } from './handshake';
import { MAX_TAGS } from './limits';
import { requireSamePartition } from './partition';
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
   * Grants permission to read repositories through the connection.
   *
   * The role of each project that uses the connection needs it, also if the connection is the account's credential.
   * The permissions are in a separate policy on which the projects of the role depend: CodeBuild checks them when
   * it creates a project with a webhook.
   *
   * @param grantee a project, or a role such as that of a pipeline
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html
   */
  grantUse(grantee: iam.IGrantable): iam.Grant;

  /**
   * Creates a construct that finishes deploying once a person has completed the handshake in the console. Make
   * everything depend on it that cannot be created while the connection is pending, such as projects with webhooks.
   *
   * After the timeout the deployment fails with an error that says where to complete the handshake. The connection is
   * kept.
   *
   * Throws for a connection with RemovalPolicy.DESTROY, which would not be kept.
   *
   * @param timeout how long to wait: from 1 second to 14 minutes, the most that fits into one invocation of a
   * Lambda function
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
   * The name of the connection, of at most 32 characters. Set it: this stack and others adopt an existing
   * connection by its name. A change of the name creates another connection, which needs another handshake.
   *
   * @default - generated from the construct's path
   */
  readonly connectionName?: string;

  /**
   * The ARN of the host on which the source provider is installed. Required for GITHUB_ENTERPRISE_SERVER and
   * GITLAB_SELF_MANAGED. Set up the host in the console first.
   *
   * @default - none: the other source providers have no host
   * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-hosts.html
   */
  readonly hostArn?: string;

  /**
   * Whether to reuse an existing connection with the same name, provider type and host, regardless of who created
   * it. Available connections are preferred. With `false`, the resource reuses only a connection that it created
   * itself.
   *
   * @default true
   */
  readonly adoptExisting?: boolean;

  /**
   * What happens to the connection when this resource is removed: RETAIN or DESTROY. DESTROY deletes the connection
   * only if this stack created it, no other resource of this library uses it in any stack, and no credential in
   * CodeBuild uses it. RETAIN also keeps a connection whose creation was cancelled or rolled back: the next
   * deployment adopts it.
   *
   * @default RemovalPolicy.RETAIN, because a new connection needs another handshake
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The methods of both created and imported connections. */
abstract class ConnectionBase extends Resource implements IConnection {
  public abstract readonly connectionArn: string;

  /** A reference to the connection, for constructs that take one. */
  public get connectionRef(): ConnectionReference {
    return { connectionArn: this.connectionArn };
  }

  /**
   * Grants permission to read repositories through the connection.
   *
   * The role of each project that uses the connection needs it, also if the connection is the account's credential.
   * The permissions are in a separate policy on which the projects of the role depend: CodeBuild checks them when
   * it creates a project with a webhook.
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
 * A connection of AWS CodeConnections (formerly CodeStar Connections) to a source provider. The
 * resource adopts an existing connection with this name, or creates one.
 *
 * A new connection is pending until a person completes its handshake in the console, at `handshakeUrl`. CodeBuild
 * accepts a pending connection as a credential, but builds fail until the handshake is complete. Only a connection
 * that this stack created gets the stack's tags.
 *
 * Throws for a name of more than 32 characters, for a required host that is missing, and for a host that the source
 * provider does not have.
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
   * Refer to an existing connection, of this account or shared with it.
   *
   * Throws if the string is not an ARN of a connection.
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

  /**
   * The status of the connection when this resource was last deployed: PENDING, AVAILABLE or ERROR.
   *
   * @attribute
   */
  public readonly connectionStatus: string;

  /**
   * The address of the console's page on which a person completes the handshake of a pending connection. In a
   * partition whose console has no public address, such as aws-iso, a description of the page.
   *
   * @attribute
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
   * @param props the connection to adopt or create
   */
  constructor(scope: Construct, id: string, props: ConnectionProps) {
    super(requireScope('Connection', scope, id), id);
    const where = at('Connection', this);
    requireOptions(where, 'props', props, PROPS);

    this.providerType = props.providerType;
    this.removal = new Removal(props.removalPolicy ?? RemovalPolicy.RETAIN);
    const connectionName = props.connectionName ?? Names.uniqueResourceName(this, { maxLength: LONGEST_CONNECTION_NAME });
    requireHost(where, props);
    requireSamePartition(this, `${where}: its host`, props.hostArn ?? '');

    const provider = SourceCredentialsProvider.getOrCreate(this);
    const resource = createCustomResource(this, {
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
    this.removal.redirectFrom(this, this.node.defaultChild as CfnResource, (policy) => this.applyRemovalPolicy(policy));
    const attribute = (name: keyof ConnectionData) => resource.getAttString(name);
    this.connectionArn = attribute('ConnectionArn');
    this.connectionStatus = attribute('ConnectionStatus');
    this.handshakeUrl = attribute('HandshakeUrl');

    this.node.addValidation({ validate: () => this.invalidTags() });
    addInfo(this, 'handshake', `a new connection to ${this.providerType} is pending until a person completes its handshake ${handshakePlace(this.env.region)}. Builds that use it fail until then`);
  }

  /**
   * Creates a construct that finishes deploying once a person has completed the handshake in the console. Make
   * everything depend on it that cannot be created while the connection is pending, such as projects with webhooks.
   *
   * After the timeout the deployment fails with an error that says where to complete the handshake. The connection is
   * kept.
   *
   * Throws for a connection with RemovalPolicy.DESTROY, which would not be kept.
   *
   * @param timeout how long to wait: from 1 second to 14 minutes, the most that fits into one invocation of a
   * Lambda function
   *
   * @example
   * project.node.addDependency(connection.waitUntilAvailable(Duration.minutes(10)));
   */
  public waitUntilAvailable(timeout: Duration): Construct {
    if (this.removal.isDestroy) throw destroyWithWaitError(this);
    this.isWaitedFor = true;
    return super.waitUntilAvailable(timeout);
  }

  /**
   * Sets what happens to the connection when this resource is removed. See `removalPolicy`.
   *
   * Throws for other policies, and for DESTROY after `waitUntilAvailable`.
   *
   * @param policy RETAIN or DESTROY. RETAIN_ON_UPDATE_OR_DELETE means the same as RETAIN
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy === RemovalPolicy.DESTROY && this.isWaitedFor) throw destroyWithWaitError(this);
    this.removal.apply(policy);
  }

  private renderTags(): ConnectionProperties['Tags'] {
    return Object.entries(this.allTags()).map(([Key, Value]) => ({ Key, Value }));
  }

  private allTags(): Record<string, string> {
    return { ...stackTags(Stack.of(this)), ...this.tags.tagValues() };
  }

  /** Finds at synthesis what the deployment would refuse. */
  private invalidTags(): string[] {
    const where = at('Connection', this);
    const keys = Object.keys(this.allTags());
    const surplus = keys.length + OWN_TAGS.length - MAX_TAGS;
    return [
      ...keys.filter((key) => OWN_TAGS.includes(key)).map((key) => `${where} has the tag '${key}', which this library sets itself. Choose another key`),
      ...surplus > 0
        ? [`${where} has ${keys.length} tags, but AWS allows ${MAX_TAGS}, and this library needs ${OWN_TAGS.length}. Remove ${surplus}, or exclude the types aws:cdk:stack and ${CONNECTION_RESOURCE_TYPE} from Tags.of(...).add`]
        : [],
    ];
  }
}

/** The tags with which the function marks what it creates. */
const OWN_TAGS = [CREATOR_TAG, RESOURCE_TAG, REQUEST_TAG];

/** The tags that CloudFormation adds to every resource of AWS's own types, also in nested stacks. */
function stackTags({ nestedStackParent, tags }: Stack): Record<string, string> {
  return { ...nestedStackParent && stackTags(nestedStackParent), ...tags.tagValues() };
}

function destroyWithWaitError(connection: Connection): Error {
  return new Error(`${at('Connection', connection)} has RemovalPolicy.DESTROY: after a timeout of the wait, the rollback would delete the connection while a person completes its handshake. Leave removalPolicy out`);
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

const WAIT = duration(1, LONGEST_WAIT_SECONDS, 'Shorten it: a longer wait does not fit into one invocation of a Lambda function');

function requireHost(where: string, { providerType, hostArn }: ConnectionProps): void {
  const needsHost = providerType === ProviderType.GITHUB_ENTERPRISE_SERVER || providerType === ProviderType.GITLAB_SELF_MANAGED;
  if (needsHost && hostArn === undefined) {
    throw new Error(`${where}: hostArn is missing: ${providerType} runs on a host of your own. Set it up in the console (Developer Tools, Settings, Connections, Hosts) and pass its ARN`);
  }
  if (!needsHost && hostArn !== undefined) {
    throw new Error(`${where}: hostArn only applies to GitHubEnterpriseServer and GitLabSelfManaged; got '${hostArn}' for ${providerType}. Leave it out`);
  }
}
