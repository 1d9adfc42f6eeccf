import * as path from 'node:path';
import { Annotations, Aws, CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import {
  EVENT_SOURCE, recordsPath, RESTORE_DETAIL_TYPE, SERVER_TYPES_VARIABLE, ServerTypeName, STACK_ID_VARIABLE, TIMEOUT_VARIABLE, TOKEN_CHECKS_VARIABLE,
  TokenChecks,
} from './contract';
import { ANY_SECRET_CHANGE } from './credentials/secret-identity';
import { keyStatement } from './credentials/secret-key';
import { deployedLength, LONGEST_EVENT_PATTERN, LONGEST_INLINE_POLICIES, MANAGED_POLICIES_OF_A_ROLE, ROOM_FOR_INLINE_POLICIES } from './limits';
import { SharedState } from './shared-state';
import {
  AROUND_WAIT_SECONDS, DEFAULT_REQUEST_SECONDS, LONGEST_INVOCATION_SECONDS, maximumEventAgeSeconds, serviceTimeoutSeconds, SHORTEST_REQUEST_SECONDS,
} from './times';
import { arrayOf, at, BOOLEAN, constructHaving, duration, having, isConstruct, member, number, optional, requireOptions, requireScope, wholeMinutes } from './validation';
import { dependOnEndpoints } from './vpc-endpoints';

/**
 * Properties of `SourceCredentialsProvider`.
 */
export interface SourceCredentialsProviderProps {
  /**
   * The function's role. It must be one that Lambda can assume; the provider attaches its
   * policies to it, unless it is imported as immutable.
   *
   * @default - a role with no more than the stack's credentials need
   */
  readonly role?: iam.IRole;

  /**
   * Where the function logs. It never logs a secret.
   *
   * @default - a log group that keeps lines for a year and goes with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * Whether what the function may do is in customer managed policies alone, as some compliance rules ask. Otherwise policies
   * are inline, and those of a large stack that would pass what IAM allows inline policies are managed.
   *
   * A role has at most 10 managed policies by default. The function takes one, one for each credential, and for
   * connections one and one for each provider type. Synthesis warns of more than 10.
   *
   * @default false
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  readonly managedPolicies?: boolean;

  /**
   * Queue for events that failed three times, such as a new value of a secret that could not be imported, and,
   * if this stack creates the queue, for events that EventBridge could not deliver to the function.
   *
   * @default - they are counted in the function's metric `Errors` and dropped
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Run the function in this VPC. It must reach Secrets Manager, CodeBuild, Systems
   * Manager, EventBridge, CodeConnections (for connections) and S3 (where CloudFormation takes answers),
   * through a NAT gateway or endpoints.
   *
   * @default - not in a VPC
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the VPC to run in.
   *
   * @default - private subnets, if any
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the function in its VPC.
   *
   * @default - a new one
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The function's runtime: Node.js 22 or newer.
   *
   * @default - Node.js 24
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
   */
  readonly runtime?: lambda.Runtime;

  /**
   * The function's memory, in MiB.
   *
   * @default 256
   */
  readonly memorySize?: number;

  /**
   * How many requests and events the function handles at the same time, at most. The others wait. A wait for a
   * connection takes one for as long as it waits.
   *
   * @default - not limited, and nothing of the account's concurrency is reserved
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * The key with which the function's environment variables are encrypted. They hold no secret.
   *
   * @default - a key of AWS Lambda
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   */
  readonly environmentEncryption?: kms.IKey;

  /**
   * Whether requests are traced by AWS X-Ray.
   *
   * @default lambda.Tracing.DISABLED
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  readonly tracing?: lambda.Tracing;

  /**
   * How long one request may take: from 30 seconds to 15 minutes. A wait for a connection has its own
   * time, for which the function's timeout is raised. A request takes seconds, but a hundred stacks that are
   * deployed at the same moment share the account's quota of requests to Parameter Store.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * How often the function makes sure that CodeBuild holds the credentials of this stack, where this stack
   * deployed last: it imports the current value of each secret that is to be followed, and brings back what
   * was deleted or replaced outside of this library. Whole minutes; `Duration.seconds(0)` turns it off.
   *
   * For a secret of another account or region, whose changes this account is not told of, this is how
   * long a new value may take.
   *
   * @default Duration.days(1)
   */
  readonly reconcileInterval?: Duration;
}

/**
 * The Lambda function that imports and deletes the source credentials of a stack.
 *
 * Made when the stack's first credential needs it. Create it yourself, before the first credential
 * of the stack, only to set its options: a stack has one.
 *
 * In a stack that is deployed already, give it the id of the one that was made, `CodeBuildSourceCredentialsProvider`, in the
 * stack's scope: with another id the function is another one, which CloudFormation does not allow a custom resource.
 *
 * Throws when the stack has one already, or for a runtime, timeout or interval that the function cannot work with.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
 *
 * @example
 * new SourceCredentialsProvider(this, 'CodeBuildSourceCredentialsProvider', {
 *   vpc,
 *   reconcileInterval: Duration.hours(1),
 *   deadLetterQueue: new sqs.Queue(this, 'FailedEvents'),
 * });
 * new SourceCredentials(this, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret) });
 */
export class SourceCredentialsProvider extends Construct implements iam.IGrantable, ec2.IConnectable {
  /**
   * The provider of the stack in which `scope` is, created when there is none.
   *
   * Throws for a scope that is in no stack.
   *
   * @param scope any construct in the stack
   */
  public static getOrCreate(scope: Construct): SourceCredentialsProvider {
    const stack = Stack.of(requireScope('SourceCredentialsProvider', scope, SINGLETON_ID));
    return providerOf.get(stack) ?? new SourceCredentialsProvider(stack, SINGLETON_ID);
  }

  /** The ARN of the function, to which CloudFormation sends its requests. */
  public readonly serviceToken: string;

  /** How long CloudFormation waits for an answer. */
  public readonly serviceTimeout: Duration;

  /** The role of the function. Each credential attaches its own policy. */
  public readonly role: iam.IRole;

  /** Whom a grant to this provider reaches: the function's role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /**
   * How often the function looks after its credentials; 0 for never.
   *
   * @internal
   */
  public readonly _reconcileInterval: Duration;

  private readonly handler: lambda.Function;
  private readonly secretChanges: object[] = [];
  private readonly serverTypes = new Set<ServerTypeName>();
  private readonly tokenChecks: { -readonly [K in keyof TokenChecks]: TokenChecks[K] } = {};
  /** How long a request may take that is no wait. */
  private readonly requestSeconds: number;
  private readonly rule: events.CfnRule;
  private readonly usesManagedPolicies: boolean;
  private readonly inlinePolicies: InlinePolicy[] = [];
  private inlineLength = 0;
  private managedPolicyCount = 0;

  /**
   * @param scope the construct's parent
   * @param id the construct's name
   * @param props where and how the function runs
   */
  constructor(scope: Construct, id: string, props: SourceCredentialsProviderProps = {}) {
    super(requireScope('SourceCredentialsProvider', scope, id), id);
    const where = at('SourceCredentialsProvider', this);
    requireOptions(where, 'props', props, PROPS);

    const stack = Stack.of(this);
    requireNoOtherRelease(stack);
    const other = providerOf.get(stack);
    if (other) {
      throw new Error(`${where}: stack '${stack.stackName}' has a SourceCredentialsProvider already, at '${other.node.path}'. Create '${this.node.path}' before the first SourceCredentials of the stack, or remove it`);
    }
    providerOf.set(stack, this);

    const runtime = props.runtime ?? NODEJS_24;
    requireNodejs22(where, runtime);
    if (!props.vpc && (props.vpcSubnets || props.securityGroups)) {
      throw new Error(`${where}: ${props.vpcSubnets ? 'vpcSubnets' : 'securityGroups'} needs a vpc; got undefined. Pass vpc too, or leave it out`);
    }
    const timeout = props.timeout ?? Duration.seconds(DEFAULT_REQUEST_SECONDS);
    this.requestSeconds = timeout.toSeconds();
    this._reconcileInterval = props.reconcileInterval ?? Duration.days(1);

    const logGroup = props.logGroup ?? new logs.LogGroup(this, 'LogGroup', {
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.usesManagedPolicies = props.managedPolicies ?? false;
    if (this.usesManagedPolicies && props.role && !isCreated(props.role)) {
      throw new Error(`${where}: managedPolicies needs a role that this app creates, to attach them to; got '${props.role.node.path}'. Leave managedPolicies out, or leave role out`);
    }
    const permissions = this.permissions(logGroup, props);
    this.role = props.role ?? this.createRole(permissions);
    this.grantPrincipal = this.role.grantPrincipal;

    this.handler = new lambda.Function(this, 'Function', {
      description: 'Gives CodeBuild its source credentials',
      code: lambda.Code.fromAsset(path.join(__dirname, '..', 'assets', 'lambda', 'handler')),
      handler: 'index.handler',
      runtime,
      timeout,
      memorySize: props.memorySize ?? 256,
      role: this.role,
      logGroup,
      environment: {
        [STACK_ID_VARIABLE]: Aws.STACK_ID,
        [TIMEOUT_VARIABLE]: String(timeout.toSeconds()),
        [SERVER_TYPES_VARIABLE]: '',
      },
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      environmentEncryption: props.environmentEncryption,
    });
    // Not the properties of the L2, which would add to the role's default policy.
    const resource = this.handler.node.defaultChild as lambda.CfnFunction;
    if (props.tracing !== undefined && props.tracing !== lambda.Tracing.DISABLED) resource.tracingConfig = { mode: props.tracing };
    if (props.deadLetterQueue) resource.deadLetterConfig = { targetArn: props.deadLetterQueue.queueArn };
    new lambda.CfnEventInvokeConfig(this, 'EventInvokeConfig', {
      functionName: this.handler.functionName,
      qualifier: '$LATEST',
      // No request is worth carrying out once CloudFormation has given it up.
      maximumEventAgeInSeconds: maximumEventAgeSeconds(this.requestSeconds),
    });
    if (props.role) {
      // What depends on the function, also for its deletion, depends on its permissions.
      this.handler.node.addDependency(this._addPolicy(this, 'Policy', new iam.PolicyDocument({ statements: permissions })));
    }
    if (props.vpc) {
      // Deleting a credential needs the way out of the VPC as much as importing it.
      this.handler.node.addDependency(props.vpc.selectSubnets(props.vpcSubnets).internetConnectivityEstablished);
      dependOnEndpoints(this.handler, props.vpc);
    }

    this.rule = this.watchChanges(this._reconcileInterval, props.deadLetterQueue);
    this.node.addValidation({ validate: () => this.tooLongForIam() });

    this.serviceToken = this.handler.functionArn;
    this.serviceTimeout = Duration.seconds(serviceTimeoutSeconds(this.requestSeconds));
  }

  /**
   * The security groups of the function.
   *
   * Throws when the provider has no VPC.
   */
  public get connections(): ec2.Connections {
    return this.handler.connections;
  }

  /**
   * A metric of the function.
   *
   * @param metricName the name of the metric
   * @param props how it is seen
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metric(metricName, props);
  }

  /**
   * How often an attempt at an event failed. A request of CloudFormation does not count, since its failure is
   * answered.
   *
   * @param props how it is seen
   * @default - sum over 5 minutes
   */
  public metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricErrors(props);
  }

  /**
   * How often the function was invoked.
   *
   * @param props how it is seen
   * @default - sum over 5 minutes
   */
  public metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricInvocations(props);
  }

  /**
   * How long an invocation took.
   *
   * @param props how it is seen
   * @default - average over 5 minutes
   */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricDuration(props);
  }

  /**
   * How often an invocation was throttled.
   *
   * @param props how it is seen
   * @default - sum over 5 minutes
   */
  public metricThrottles(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricThrottles(props);
  }

  /**
   * Has the function told of these events: a secret has a new current version.
   *
   * @internal
   */
  public _watchSecret(changePattern: object): void {
    this.secretChanges.push(changePattern);
    this.rule.eventPattern = this.changes();
  }

  /**
   * Has the function look after credentials of this server type. Gives back what it may do with the
   * records of the server type.
   *
   * @internal
   */
  public _serve(serverType: ServerTypeName): iam.PolicyStatement {
    this.serverTypes.add(serverType);
    // Plain values, not tokens: aspects and other libraries read them.
    this.handler.addEnvironment(SERVER_TYPES_VARIABLE, [...this.serverTypes].sort().join(','));
    const parameters = Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: recordsPath(serverType).slice(1) });
    return new iam.PolicyStatement({
      actions: ['ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'],
      // The path itself is what a list is authorized for.
      resources: [parameters, `${parameters}/*`],
    });
  }

  /**
   * Gives the function a policy: inline as long as there is plenty of room, since a role can have many of these, otherwise
   * managed. An update that makes one of the other leaves the former in place until it is done.
   *
   * @param length how long the policy may become, in characters
   * @internal
   */
  public _addPolicy(scope: Construct, id: string, document: iam.PolicyDocument, length?: number): iam.Policy | iam.ManagedPolicy {
    const total = this.inlineLength + (length ?? deployedLength(Stack.of(this), document));
    if (this.usesManagedPolicies || (isCreated(this.role) && total > ROOM_FOR_INLINE_POLICIES)) {
      this.countManagedPolicy();
      return new iam.ManagedPolicy(scope, `Managed${id}`, { document, roles: [this.role] });
    }
    this.inlineLength = total;
    const policy = new iam.Policy(scope, id, { document });
    this.role.attachInlinePolicy(policy);
    this.inlinePolicies.push(policy as unknown as InlinePolicy);
    return policy;
  }

  /**
   * A policy of the function that several resources share, created when there is none.
   *
   * @internal
   */
  public _getOrAddPolicy(id: string, statements: () => iam.PolicyStatement[], length?: number): iam.Policy | iam.ManagedPolicy {
    const existing = this.node.tryFindChild(id) ?? this.node.tryFindChild(`Managed${id}`);
    return existing as iam.Policy | iam.ManagedPolicy | undefined
      ?? this._addPolicy(this, id, new iam.PolicyDocument({ statements: statements() }), length);
  }

  /**
   * Has the function check tokens of this server type at their source provider.
   *
   * @internal
   */
  public _checkToken(serverType: ServerTypeName, check: TokenChecks[ServerTypeName]): void {
    this.tokenChecks[serverType] = check;
    this.handler.addEnvironment(TOKEN_CHECKS_VARIABLE, JSON.stringify(this.tokenChecks));
  }

  /**
   * Gives the function the time for a wait in one invocation. Gives back how long CloudFormation is to
   * wait for its answer.
   *
   * @internal
   */
  public _allowWait(timeout: Duration): Duration {
    const seconds = timeout.toSeconds() + AROUND_WAIT_SECONDS;
    if (seconds > this.handler.timeout!.toSeconds()) this.raiseTimeout(Duration.seconds(seconds));
    return Duration.seconds(serviceTimeoutSeconds(this.requestSeconds, seconds));
  }

  /** In the role itself: permissions that are there as long as the role. */
  private createRole(permissions: iam.PolicyStatement[]): iam.Role {
    const document = new iam.PolicyDocument({ statements: permissions });
    const policies = this.usesManagedPolicies
      ? { managedPolicies: [new iam.ManagedPolicy(this, 'Policy', { document })] }
      : { inlinePolicies: { SourceCredentials: document } };
    if (this.usesManagedPolicies) {
      this.countManagedPolicy();
    } else {
      this.inlinePolicies.push({ document, isAttached: true });
      this.inlineLength = deployedLength(Stack.of(this), document);
    }
    return new iam.Role(this, 'Role', {
      description: 'Gives CodeBuild its source credentials',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      ...policies,
    });
  }

  private countManagedPolicy(): void {
    if (++this.managedPolicyCount !== MANAGED_POLICIES_OF_A_ROLE + 1) return;
    Annotations.of(this).addWarningV2('cdk-codebuild-source-credentials:managedPolicies', `the function's role has more than ${MANAGED_POLICIES_OF_A_ROLE} managed policies, which is what IAM allows by default. Raise the quota 'Managed policies attached to an IAM role' in each account, or split the stack`);
  }

  /** What a deployment would say after it has begun. */
  private tooLongForIam(): string[] {
    const length = this.inlinePolicies.filter(({ isAttached }) => isAttached)
      .reduce((sum, { document }) => sum + deployedLength(Stack.of(this), document), 0);
    return length <= LONGEST_INLINE_POLICIES
      ? []
      : [`the inline policies of the function's role at '${this.role.node.path}' have about ${length} characters, but IAM allows a role ${LONGEST_INLINE_POLICIES}. Set managedPolicies, with a role that this app creates, or split the stack`];
  }

  /** A plain value, also for whoever reads it from the function: aspects, and libraries that monitor functions. */
  private raiseTimeout(timeout: Duration): void {
    (this.handler as { timeout?: Duration }).timeout = timeout;
    (this.handler.node.defaultChild as lambda.CfnFunction).timeout = timeout.toSeconds();
  }

  /** The one rule of the stack: events for this stack, and a schedule beside them. */
  private watchChanges(reconcileInterval: Duration, deadLetterQueue?: sqs.IQueue): events.CfnRule {
    // EventBridge needs the queue's own policy, which can be written where the queue is created only.
    const queue = deadLetterQueue && isCreated(deadLetterQueue) && Stack.of(deadLetterQueue) === Stack.of(this) ? deadLetterQueue : undefined;
    const rule = new events.CfnRule(this, 'Rule', {
      description: 'Keeps the source credentials that this stack gives CodeBuild current',
      eventPattern: this.changes(),
      scheduleExpression: scheduleExpression(reconcileInterval),
      targets: [{ id: 'Function', arn: this.handler.functionArn, deadLetterConfig: queue && { arn: queue.queueArn } }],
    });
    if (queue) letEventBridgeSend(queue, rule);
    this.handler.addPermission('Rule', { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
    return rule;
  }

  /** Another stack asks this one to import its credential again, or a secret of this stack has a new value. */
  private changes(): object {
    // Two credentials may be read from one secret.
    const secretChanges = [...new Map(this.secretChanges.map((pattern) => [JSON.stringify(Stack.of(this).resolve(pattern)), pattern])).values()];
    const changes = [
      { 'source': [EVENT_SOURCE], 'detail-type': [RESTORE_DETAIL_TYPE], 'detail': { stackId: [Aws.STACK_ID] } },
      ...secretChanges,
    ];
    // An `$or` of less than two is refused.
    const pattern = changes.length > 1 ? { $or: changes } : changes[0];
    // Where the names are too long for a pattern, the handler finds out whose secret it is, as it does anyway.
    return deployedLength(Stack.of(this), pattern) <= LONGEST_EVENT_PATTERN ? pattern : { $or: [changes[0], ANY_SECRET_CHANGE] };
  }

  /** What the function may do for as long as it exists; each credential adds its own policy. */
  private permissions(
    logGroup: logs.ILogGroup, { deadLetterQueue, environmentEncryption, tracing, vpc }: SourceCredentialsProviderProps,
  ): iam.PolicyStatement[] {
    const statements = [
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
      // CodeBuild knows no resources for these; to delete needs no policy that may already be gone.
      new iam.PolicyStatement({
        actions: ['codebuild:ListSourceCredentials', 'codebuild:DeleteSourceCredentials'],
        resources: ['*'],
      }),
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
      new iam.PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
        conditions: { StringEquals: { 'events:source': EVENT_SOURCE, 'events:detail-type': RESTORE_DETAIL_TYPE } },
      }),
    ];
    if (deadLetterQueue) {
      statements.push(new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }));
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
      const key = deadLetterQueue.encryptionMasterKey;
      if (key) statements.push(keyStatement(key, ['kms:GenerateDataKey', 'kms:Decrypt']));
    }
    if (environmentEncryption) {
      // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
      statements.push(keyStatement(environmentEncryption, ['kms:Decrypt']));
    }
    if (tracing !== undefined && tracing !== lambda.Tracing.DISABLED) {
      // https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
      statements.push(new iam.PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }));
    }
    if (vpc) {
      // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
      statements.push(new iam.PolicyStatement({
        actions: [
          'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets',
          'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }));
    }
    return statements;
  }
}

/** A role that may not be changed is attached none. */
interface InlinePolicy {
  readonly document: iam.PolicyDocument;
  readonly isAttached: boolean;
}

/** Created by this app, not imported, and open to changes. */
function isCreated(construct: IConstruct): boolean {
  return construct.node.defaultChild !== undefined && CfnResource.isCfnResource(construct.node.defaultChild);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function letEventBridgeSend(queue: sqs.IQueue, { attrArn }: events.CfnRule): void {
  const principals = [new iam.ServicePrincipal('events.amazonaws.com')];
  queue.addToResourcePolicy(new iam.PolicyStatement({
    principals, actions: ['sqs:SendMessage'], resources: [queue.queueArn], conditions: { ArnEquals: { 'aws:SourceArn': attrArn } },
  }));
  // Not of this rule only: it refers to the queue, and that to the key.
  queue.encryptionMasterKey?.addToResourcePolicy(new iam.PolicyStatement({
    principals, actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: ['*'], conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  }));
}

/** Public contract: logical ids in users' snapshots come from it. */
const SINGLETON_ID = 'CodeBuildSourceCredentialsProvider';

/** By its name, so that older releases of aws-cdk-lib, which lack the constant, will do. */
const NODEJS_24 = new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS);

/** EventBridge takes whole minutes, hours or days, and `rate(1 minute)` but `rate(2 minutes)`. */
function scheduleExpression(interval: Duration): string | undefined {
  return interval.toSeconds() === 0 ? undefined : events.Schedule.rate(interval).expressionString;
}

/** Of each stack. The version is that of its internal methods, and of the properties that the handler reads. */
const providerOf = new SharedState<SourceCredentialsProvider>('provider', 1);

/** A provider of a release that works in another way can do nothing for the resources of this one. */
function requireNoOtherRelease(stack: Stack): void {
  const other = providerOf.ofAnotherVersion(stack) as SourceCredentialsProvider | undefined;
  if (other) {
    throw new Error(`stack '${stack.stackName}' has a SourceCredentialsProvider of another release of cdk-codebuild-source-credentials, at '${other.node.path}'. Install one release for the whole app: list them with npm ls cdk-codebuild-source-credentials`);
  }
}

const PROPS = {
  role: optional(constructHaving('roleArn', 'string', 'a Role', "Pass a construct, such as iam.Role.fromRoleArn(this, 'Role', arn)")),
  logGroup: optional(constructHaving('logGroupArn', 'string', 'a LogGroup', "Pass a construct, such as logs.LogGroup.fromLogGroupName(this, 'Logs', name)")),
  managedPolicies: optional(BOOLEAN),
  deadLetterQueue: optional(constructHaving('queueArn', 'string', 'a Queue', "Pass a construct, such as sqs.Queue.fromQueueArn(this, 'Queue', arn)")),
  vpc: optional(constructHaving('selectSubnets', 'function', 'a Vpc', "Pass a construct, such as ec2.Vpc.fromLookup(this, 'Vpc', { vpcId })")),
  vpcSubnets: optional({
    expected: 'a SubnetSelection',
    accepts: (value: any) => typeof value === 'object' && value !== null && !Array.isArray(value) && !isConstruct(value),
    fix: () => 'Pass an object, such as { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } or { subnets: [subnet] }',
  }),
  securityGroups: optional(arrayOf(constructHaving('securityGroupId', 'string', 'a SecurityGroup', "Pass constructs, such as [ec2.SecurityGroup.fromSecurityGroupId(this, 'Group', id)]"))),
  runtime: optional(having('name', 'string', 'a Runtime', 'Pass one, such as lambda.Runtime.NODEJS_22_X')),
  memorySize: optional(number('a whole number of MiB between 128 and 10240', 'Pass a number, or leave it out for 256', (value) => Number.isInteger(value) && value >= 128 && value <= 10240)),
  reservedConcurrentExecutions: optional(number('a whole number, 1 or more', 'Pass a number, or leave it out for no limit', (value) => Number.isInteger(value) && value >= 1)),
  environmentEncryption: optional(constructHaving('keyArn', 'string', 'a Key', "Pass a construct, such as kms.Key.fromKeyArn(this, 'Key', arn)")),
  tracing: optional(member('Tracing', lambda.Tracing)),
  timeout: optional(duration(SHORTEST_REQUEST_SECONDS, LONGEST_INVOCATION_SECONDS, 'Leave it out for 5 minutes')),
  reconcileInterval: optional(wholeMinutes('Leave it out for one day')),
};

function requireNodejs22(where: string, runtime: lambda.Runtime): void {
  const version = Number(/^nodejs(\d+)\.x$/.exec(runtime.name)?.[1] ?? 0);
  if (version < 22) {
    throw new Error(`${where}: runtime must be Node.js 22 or newer; got '${runtime.name}'. Leave it out for nodejs24.x`);
  }
}
