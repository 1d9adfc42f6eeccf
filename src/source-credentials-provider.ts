import * as path from 'node:path';
import { Annotations, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  EVENT_SOURCE, recordsPath, RESTORE_DETAIL_TYPE, SERVER_TYPES_VARIABLE, ServerTypeName, STACK_ID_VARIABLE, TIMEOUT_VARIABLE, TOKEN_CHECKS_VARIABLE,
  TokenChecks,
} from './contract';
import { ANY_SECRET_CHANGE } from './credentials/secret-identity';
import { keyStatement } from './credentials/secret-key';
import { deployedLength, LONGEST_EVENT_PATTERN, LONGEST_INLINE_POLICIES, MANAGED_POLICIES_PER_ROLE, INLINE_POLICIES_BUDGET } from './limits';
import { dependOnGroupRules } from './security-group-rules';
import { SharedState } from './shared-state';
import {
  WAIT_OVERHEAD_SECONDS, DEFAULT_REQUEST_SECONDS, LONGEST_INVOCATION_SECONDS, maximumEventAgeSeconds, serviceTimeoutSeconds, SHORTEST_REQUEST_SECONDS,
} from './times';
import { arrayOf, at, BOOLEAN, constructHaving, duration, having, isConstruct, isCreatedByApp, member, number, optional, requireOptions, requireScope, wholeMinutes } from './validation';
import { dependOnEndpoints } from './vpc-endpoints';

/**
 * Properties of `SourceCredentialsProvider`.
 */
export interface SourceCredentialsProviderProps {
  /**
   * The function's role. Lambda must be able to assume it. The provider attaches its policies to the role, unless
   * the role is imported as immutable.
   *
   * @default - a new role with only the permissions that the stack's credentials need
   */
  readonly role?: iam.IRole;

  /**
   * The log group of the function. The function never logs a secret.
   *
   * @default - a new log group with a retention of one year, deleted with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * Whether the function's permissions are in customer managed policies only, as some compliance rules require.
   * Otherwise the policies are inline, except for those of a large stack that would exceed IAM's limit for inline
   * policies: these are managed.
   *
   * By default, IAM allows 10 managed policies per role. The function needs one for itself and one for each
   * credential, and with connections one more and one for each provider type. Synthesis warns about more than 10.
   *
   * @default false
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  readonly managedPolicies?: boolean;

  /**
   * Queue for events that failed three times, such as a new version of a secret that could not be imported. If
   * this stack creates the queue, it also receives events that EventBridge could not deliver to the function.
   *
   * @default - events that failed are counted in the function's metric `Errors` and dropped
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Run the function in this VPC. Through a NAT gateway or endpoints, the function must reach Secrets Manager,
   * CodeBuild, Systems Manager, EventBridge, S3 (for its responses to CloudFormation) and, for connections,
   * CodeConnections.
   *
   * @default - not in a VPC
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the VPC in which the function runs.
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
   * The maximum number of requests and events that the function handles at the same time. Others wait. A wait for
   * a connection counts as one until it is over.
   *
   * @default - no limit, and no reserved part of the account's concurrency
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * The key that encrypts the function's environment variables. They contain no secret.
   *
   * @default - a key of AWS Lambda
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   */
  readonly environmentEncryption?: kms.IKey;

  /**
   * Whether AWS X-Ray traces the function's invocations.
   *
   * @default lambda.Tracing.DISABLED
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  readonly tracing?: lambda.Tracing;

  /**
   * How long one request may take: from 30 seconds to 15 minutes. A request usually takes seconds, but a hundred
   * stacks that are deployed at the same moment share the account's quota of requests to Parameter Store. A wait
   * for a connection has its own timeout, and raises the timeout of the function if necessary.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * How often the function checks that CodeBuild holds the credentials of this stack, if this stack deployed last.
   * The check imports the current version of each secret (except with `refreshOnSecretChange: false`), and restores
   * credentials that were deleted or replaced outside of this library. Whole minutes; `Duration.seconds(0)` turns
   * the check off.
   *
   * The events of a secret in another account or region do not reach the function: a new version of such a secret
   * is imported by the next check.
   *
   * @default Duration.days(1)
   */
  readonly reconcileInterval?: Duration;
}

/**
 * The Lambda function that imports and deletes the source credentials of a stack.
 *
 * Each stack has one provider, created together with the stack's first credential. Create it yourself only to set
 * its options, before the first credential of the stack.
 *
 * If the stack is already deployed with the default provider, use the stack as scope and the id
 * `CodeBuildSourceCredentialsProvider`. Another scope or id would replace the function, and CloudFormation does not
 * allow a custom resource to change its function.
 *
 * Throws if the stack already has a provider, or if the runtime, timeout or interval is not supported.
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
   * Returns the provider of the stack that contains `scope`. Creates it if there is none.
   *
   * Throws if the scope is not in a stack.
   *
   * @param scope any construct in the stack
   */
  public static getOrCreate(scope: Construct): SourceCredentialsProvider {
    const stack = Stack.of(requireScope('SourceCredentialsProvider', scope, SINGLETON_ID));
    return providerOf.get(stack) ?? new SourceCredentialsProvider(stack, SINGLETON_ID);
  }

  /** The ARN of the function, to which CloudFormation sends its requests. */
  public readonly serviceToken: string;

  /** How long CloudFormation waits for a response of the function. */
  public readonly serviceTimeout: Duration;

  /** The role of the function. Each credential attaches its own policy. */
  public readonly role: iam.IRole;

  /** The principal to which grants to this provider apply: the function's role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /**
   * How often the function checks its credentials; 0 for never.
   *
   * @internal
   */
  public readonly _reconcileInterval: Duration;

  private readonly handler: lambda.Function;
  private readonly secretChanges: object[] = [];
  private readonly serverTypes = new Set<ServerTypeName>();
  private readonly tokenChecks: { -readonly [K in keyof TokenChecks]: TokenChecks[K] } = {};
  /** How long a request may take, except for a wait. */
  private readonly requestSeconds: number;
  private readonly rule: events.CfnRule;
  private readonly usesManagedPolicies: boolean;
  private readonly inlinePolicies: InlinePolicy[] = [];
  private inlineLength = 0;
  private managedPolicyCount = 0;

  /**
   * @param scope the construct's parent
   * @param id the construct's name
   * @param props options of the function
   */
  constructor(scope: Construct, id: string, props: SourceCredentialsProviderProps = {}) {
    super(requireScope('SourceCredentialsProvider', scope, id), id);
    const where = at('SourceCredentialsProvider', this);
    requireOptions(where, 'props', props, PROPS);

    const stack = Stack.of(this);
    requireNoOtherRelease(stack);
    const other = providerOf.get(stack);
    if (other) {
      throw new Error(`${where}: stack '${stack.stackName}' already has a SourceCredentialsProvider, at '${other.node.path}'. Create '${this.node.path}' before the first SourceCredentials of the stack, or remove it`);
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
    if (this.usesManagedPolicies && props.role && !isCreatedByApp(props.role)) {
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
      // CloudFormation ignores the response to a request that has timed out.
      maximumEventAgeInSeconds: maximumEventAgeSeconds(this.requestSeconds),
    });
    if (props.role) {
      // The custom resources depend on the function, and need its permissions to be created and deleted.
      this.handler.node.addDependency(this._addPolicy(this, 'Policy', new iam.PolicyDocument({ statements: permissions })));
    }
    if (props.vpc) {
      // The function needs its way out of the VPC until the last credential is deleted.
      const subnets = props.vpc.selectSubnets(props.vpcSubnets);
      // The routes of the subnets, and those of the public subnets in which NAT instances are.
      for (const { internetConnectivityEstablished } of [subnets, props.vpc, ...props.vpc.publicSubnets]) {
        this.handler.node.addDependency(internetConnectivityEstablished);
      }
      dependOnEndpoints(this.handler, props.vpc);
      dependOnGroupRules(this.handler);
    }

    this.rule = this.createRule(this._reconcileInterval, props.deadLetterQueue);
    this.node.addValidation({ validate: () => this.validateInlinePolicyLength() });

    this.serviceToken = this.handler.functionArn;
    this.serviceTimeout = Duration.seconds(serviceTimeoutSeconds(this.requestSeconds));
  }

  /**
   * The network connections of the function.
   *
   * Throws if the provider has no VPC.
   */
  public get connections(): ec2.Connections {
    return this.handler.connections;
  }

  /**
   * A metric of the function.
   *
   * @param metricName the name of the metric
   * @param props properties of the metric
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metric(metricName, props);
  }

  /**
   * How many attempts to handle an event failed. A failed request of CloudFormation does not count: the function
   * reports it to CloudFormation.
   *
   * @param props properties of the metric
   * @default - sum over 5 minutes
   */
  public metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricErrors(props);
  }

  /**
   * How often the function was invoked.
   *
   * @param props properties of the metric
   * @default - sum over 5 minutes
   */
  public metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricInvocations(props);
  }

  /**
   * How long an invocation took.
   *
   * @param props properties of the metric
   * @default - average over 5 minutes
   */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricDuration(props);
  }

  /**
   * How many invocations were throttled.
   *
   * @param props properties of the metric
   * @default - sum over 5 minutes
   */
  public metricThrottles(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricThrottles(props);
  }

  /**
   * Makes the rule invoke the function for these events: a secret has a new current version.
   *
   * @internal
   */
  public _watchSecret(changePattern: object): void {
    this.secretChanges.push(changePattern);
    this.rule.eventPattern = this.eventPattern();
  }

  /**
   * Makes the function check credentials of this server type. Returns the permissions for the records of the server
   * type.
   *
   * @internal
   */
  public _addServerType(serverType: ServerTypeName): iam.PolicyStatement {
    this.serverTypes.add(serverType);
    // A plain value, not a token: aspects and other libraries read it.
    this.handler.addEnvironment(SERVER_TYPES_VARIABLE, [...this.serverTypes].sort().join(','));
    const parameters = Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: recordsPath(serverType).slice(1) });
    return new iam.PolicyStatement({
      actions: ['ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'],
      // GetParametersByPath is authorized for the path itself.
      resources: [parameters, `${parameters}/*`],
    });
  }

  /**
   * Adds a policy to the function's role: inline while there is room, since the number of managed policies is
   * limited, otherwise managed. If an update changes an inline policy to a managed one, CloudFormation deletes the
   * inline policy at the end of the update.
   *
   * @param length the longest that the policy may become, in characters
   * @internal
   */
  public _addPolicy(scope: Construct, id: string, document: iam.PolicyDocument, length?: number): iam.Policy | iam.ManagedPolicy {
    const total = this.inlineLength + (length ?? deployedLength(Stack.of(this), document));
    if (this.usesManagedPolicies || (isCreatedByApp(this.role) && total > INLINE_POLICIES_BUDGET)) {
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
   * Returns a policy that several resources share. Creates it if there is none.
   *
   * @internal
   */
  public _getOrAddPolicy(id: string, statements: () => iam.PolicyStatement[], length?: number): iam.Policy | iam.ManagedPolicy {
    const existing = this.node.tryFindChild(id) ?? this.node.tryFindChild(`Managed${id}`);
    return existing as iam.Policy | iam.ManagedPolicy | undefined
      ?? this._addPolicy(this, id, new iam.PolicyDocument({ statements: statements() }), length);
  }

  /**
   * Makes the function check tokens of this server type at their source provider.
   *
   * @internal
   */
  public _addTokenCheck(serverType: ServerTypeName, check: TokenChecks[ServerTypeName]): void {
    this.tokenChecks[serverType] = check;
    this.handler.addEnvironment(TOKEN_CHECKS_VARIABLE, JSON.stringify(this.tokenChecks));
  }

  /**
   * Makes sure that one invocation of the function is long enough for this wait. Returns the service timeout of the
   * wait's custom resource.
   *
   * @internal
   */
  public _extendTimeoutForWait(timeout: Duration): Duration {
    const seconds = timeout.toSeconds() + WAIT_OVERHEAD_SECONDS;
    if (seconds > this.handler.timeout!.toSeconds()) this.raiseTimeout(Duration.seconds(seconds));
    return Duration.seconds(serviceTimeoutSeconds(this.requestSeconds, seconds));
  }

  /** Creates the role together with these permissions, so that they exist as long as the role. */
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
    if (++this.managedPolicyCount !== MANAGED_POLICIES_PER_ROLE + 1) return;
    Annotations.of(this).addWarningV2('cdk-codebuild-source-credentials:managedPolicies', `the function's role has more than ${MANAGED_POLICIES_PER_ROLE} managed policies, the default quota of IAM. Raise the quota 'Managed policies attached to an IAM role' in each account, or split the stack`);
  }

  /** Reports at synthesis what would otherwise fail during the deployment. */
  private validateInlinePolicyLength(): string[] {
    const length = this.inlinePolicies.filter(({ isAttached }) => isAttached)
      .reduce((sum, { document }) => sum + deployedLength(Stack.of(this), document), 0);
    return length <= LONGEST_INLINE_POLICIES
      ? []
      : [`the inline policies of the function's role at '${this.role.node.path}' have about ${length} characters together, but IAM allows ${LONGEST_INLINE_POLICIES}. Set managedPolicies, with a role that this app creates, or split the stack`];
  }

  /** Sets a plain value, also on the L2: aspects and monitoring libraries read it there. */
  private raiseTimeout(timeout: Duration): void {
    (this.handler as { timeout?: Duration }).timeout = timeout;
    (this.handler.node.defaultChild as lambda.CfnFunction).timeout = timeout.toSeconds();
  }

  /** Creates the rule of the stack: an event pattern and a schedule. */
  private createRule(reconcileInterval: Duration, deadLetterQueue?: sqs.IQueue): events.CfnRule {
    // EventBridge needs a statement in the queue's policy, which only the stack that creates the queue can add.
    const queue = deadLetterQueue && isCreatedByApp(deadLetterQueue) && Stack.of(deadLetterQueue) === Stack.of(this) ? deadLetterQueue : undefined;
    const rule = new events.CfnRule(this, 'Rule', {
      description: 'Keeps the source credentials that this stack gives CodeBuild current',
      eventPattern: this.eventPattern(),
      scheduleExpression: scheduleExpression(reconcileInterval),
      targets: [{ id: 'Function', arn: this.handler.functionArn, deadLetterConfig: queue && { arn: queue.queueArn } }],
    });
    if (queue) allowEventBridgeToSend(queue, rule);
    this.handler.addPermission('Rule', { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
    return rule;
  }

  /** Matches a restore request from another stack, and a new version of a secret of this stack. */
  private eventPattern(): object {
    // Two credentials may use the same secret.
    const secretChanges = [...new Map(this.secretChanges.map((pattern) => [JSON.stringify(Stack.of(this).resolve(pattern)), pattern])).values()];
    const changes = [
      { 'source': [EVENT_SOURCE], 'detail-type': [RESTORE_DETAIL_TYPE], 'detail': { stackId: [Aws.STACK_ID] } },
      ...secretChanges,
    ];
    // EventBridge rejects an `$or` with fewer than two elements.
    const pattern = changes.length > 1 ? { $or: changes } : changes[0];
    // If the names are too long for a pattern, match every secret: the handler filters by secret anyway.
    return deployedLength(Stack.of(this), pattern) <= LONGEST_EVENT_PATTERN ? pattern : { $or: [changes[0], ANY_SECRET_CHANGE] };
  }

  /** Permissions that the function has as long as it exists. Each credential adds its own policy. */
  private permissions(
    logGroup: logs.ILogGroup, { deadLetterQueue, environmentEncryption, tracing, vpc }: SourceCredentialsProviderProps,
  ): iam.PolicyStatement[] {
    const statements = [
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
      // These actions do not support resource-level permissions. They are granted here, and not with each credential,
      // so that a credential can still be deleted after its own policy.
      new iam.PolicyStatement({
        actions: ['codebuild:ListSourceCredentials', 'codebuild:DeleteSourceCredentials'],
        resources: ['*'],
      }),
      // Both keys have several values, one for each event of the request. ForAllValues holds for a request without any.
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
      new iam.PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
        conditions: {
          'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE, 'events:detail-type': RESTORE_DETAIL_TYPE },
          'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
        },
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

/** An inline policy. It is not attached to a role that is imported as immutable. */
interface InlinePolicy {
  readonly document: iam.PolicyDocument;
  readonly isAttached: boolean;
}


/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function allowEventBridgeToSend(queue: sqs.IQueue, { attrArn }: events.CfnRule): void {
  const principals = [new iam.ServicePrincipal('events.amazonaws.com')];
  queue.addToResourcePolicy(new iam.PolicyStatement({
    principals, actions: ['sqs:SendMessage'], resources: [queue.queueArn], conditions: { ArnEquals: { 'aws:SourceArn': attrArn } },
  }));
  // Not limited to this rule: the rule refers to the queue, and the queue to the key, so that would be a cycle.
  queue.encryptionMasterKey?.addToResourcePolicy(new iam.PolicyStatement({
    principals, actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: ['*'], conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  }));
}

/** Public contract: logical ids in users' templates contain it. */
const SINGLETON_ID = 'CodeBuildSourceCredentialsProvider';

/** Older releases of aws-cdk-lib have no constant for it. */
const NODEJS_24 = new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS);

/** EventBridge accepts whole minutes, hours or days, and distinguishes `rate(1 minute)` from `rate(2 minutes)`. */
function scheduleExpression(interval: Duration): string | undefined {
  return interval.toSeconds() === 0 ? undefined : events.Schedule.rate(interval).expressionString;
}

/** The provider of each stack. Raise the version when internal methods or properties on the wire change. */
const providerOf = new SharedState<SourceCredentialsProvider>('provider', 1);

/** A provider of an incompatible release cannot handle the resources of this one. */
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
