import * as path from 'node:path';
import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE, recordsPath, RESTORE_DETAIL_TYPE, SERVER_TYPES_VARIABLE, ServerTypeName, STACK_ID_VARIABLE, TIMEOUT_VARIABLE } from './contract';
import { SharedState } from './shared-state';
import { arrayOf, at, constructHaving, duration, having, isConstruct, number, optional, requireOptions, requireScope, wholeMinutes } from './validation';
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
   * Queue for events that failed three times, such as a new value of a secret that could not be imported.
   *
   * @default - they are counted in the function's metric `Errors` and dropped
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Run the function in this VPC. It must reach Secrets Manager, CodeBuild, Systems
   * Manager, EventBridge, CodeConnections (for connections) and S3 (where CloudFormation takes answers),
   * through a NAT gateway or endpoints.
   *
   * @default - not in a VPC
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
   */
  readonly runtime?: lambda.Runtime;

  /**
   * The function's memory, in MiB.
   *
   * @default 256
   */
  readonly memorySize?: number;

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
 * Throws when the stack has one already, or for a runtime, timeout or interval that the function cannot work with.
 */
export class SourceCredentialsProvider extends Construct implements iam.IGrantable, ec2.IConnectable {
  /**
   * The provider of the stack in which `scope` is, created when there is none.
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
  private readonly invokeConfig: lambda.CfnEventInvokeConfig;
  private readonly rule: events.CfnRule;

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
    const timeout = props.timeout ?? Duration.minutes(5);
    this._reconcileInterval = props.reconcileInterval ?? Duration.days(1);

    const logGroup = props.logGroup ?? new logs.LogGroup(this, 'LogGroup', {
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const permissions = this.permissions(logGroup, props);

    // In the role itself where that is possible: permissions that are there as long as the role.
    this.role = props.role ?? new iam.Role(this, 'Role', {
      description: 'Gives CodeBuild its source credentials',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { SourceCredentials: new iam.PolicyDocument({ statements: permissions }) },
    });
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
    });
    this.invokeConfig = new lambda.CfnEventInvokeConfig(this, 'EventInvokeConfig', {
      functionName: this.handler.functionName,
      qualifier: '$LATEST',
      // No request is worth carrying out once CloudFormation has given it up.
      maximumEventAgeInSeconds: maximumEventAge(timeout),
    });
    if (props.deadLetterQueue) {
      // Not the function's own property, which would add to the role's default policy.
      (this.handler.node.defaultChild as lambda.CfnFunction).deadLetterConfig = { targetArn: props.deadLetterQueue.queueArn };
    }
    if (props.role) {
      const policy = new iam.Policy(this, 'Policy', { statements: permissions });
      props.role.attachInlinePolicy(policy);
      // What depends on the function, also for its deletion, depends on its permissions.
      this.handler.node.addDependency(policy);
    }
    if (props.vpc) {
      // Deleting a credential needs the way out of the VPC as much as importing it.
      this.handler.node.addDependency(props.vpc.selectSubnets(props.vpcSubnets).internetConnectivityEstablished);
      dependOnEndpoints(this.handler, props.vpc);
    }

    this.rule = this.watchChanges(this._reconcileInterval);

    this.serviceToken = this.handler.functionArn;
    this.serviceTimeout = serviceTimeout(timeout.toSeconds());
  }

  /**
   * The security groups of the function. Throws when the provider has no VPC.
   */
  public get connections(): ec2.Connections {
    return this.handler.connections;
  }

  /**
   * A metric of the function.
   *
   * @param metricName the name of the metric
   * @param props how it is seen
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metric(metricName, props);
  }

  /**
   * How often an attempt at an event failed. A request of CloudFormation does not count: its failure is
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
   * Gives the function the time for a wait in one invocation. Gives back how long CloudFormation is to
   * wait for its answer.
   *
   * @internal
   */
  public _allowWait(timeout: Duration): Duration {
    const seconds = timeout.toSeconds() + ROUND_A_WAIT_SECONDS;
    if (seconds > this.handler.timeout!.toSeconds()) this.raiseTimeout(Duration.seconds(seconds));
    return serviceTimeout(seconds);
  }

  /** A plain value, also for whoever reads it from the function: aspects, and libraries that monitor functions. */
  private raiseTimeout(timeout: Duration): void {
    (this.handler as { timeout?: Duration }).timeout = timeout;
    (this.handler.node.defaultChild as lambda.CfnFunction).timeout = timeout.toSeconds();
    this.invokeConfig.maximumEventAgeInSeconds = maximumEventAge(timeout);
  }

  /** The one rule of the stack: events for this stack, and a schedule beside them. */
  private watchChanges(reconcileInterval: Duration): events.CfnRule {
    const rule = new events.CfnRule(this, 'Rule', {
      description: 'Keeps the source credentials that this stack gives CodeBuild current',
      eventPattern: this.changes(),
      scheduleExpression: scheduleExpression(reconcileInterval),
      targets: [{ id: 'Function', arn: this.handler.functionArn }],
    });
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
    return changes.length > 1 ? { $or: changes } : changes[0];
  }

  /** What the function may do for as long as it exists; each credential adds its own policy. */
  private permissions(logGroup: logs.ILogGroup, { deadLetterQueue, vpc }: SourceCredentialsProviderProps): iam.PolicyStatement[] {
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
      if (key) statements.push(new iam.PolicyStatement({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [key.keyArn] }));
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

/** Public contract: logical ids in users' snapshots come from it. */
const SINGLETON_ID = 'CodeBuildSourceCredentialsProvider';

/** By its name, so that older releases of aws-cdk-lib, which lack the constant, will do. */
const NODEJS_24 = new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS);

/** What a wait needs beside its own time: to begin, for the last look, and to answer. */
const ROUND_A_WAIT_SECONDS = 60;

/**
 * A function that dies is tried again after one and after two more minutes; one that stays silent
 * must not hold the stack for CloudFormation's hour.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
function serviceTimeout(functionTimeoutSeconds: number): Duration {
  return Duration.seconds(3 * functionTimeoutSeconds + 240);
}

/** Two more attempts, with their pauses. */
function maximumEventAge(functionTimeout: Duration): number {
  return 2 * functionTimeout.toSeconds() + 210;
}

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
  timeout: optional(duration(30, 900, 'Leave it out for 5 minutes')),
  reconcileInterval: optional(wholeMinutes('Leave it out for one day')),
};

function requireNodejs22(where: string, runtime: lambda.Runtime): void {
  const version = Number(/^nodejs(\d+)\.x$/.exec(runtime.name)?.[1] ?? 0);
  if (version < 22) {
    throw new Error(`${where}: runtime must be Node.js 22 or newer; got '${runtime.name}'. Leave it out for nodejs24.x`);
  }
}
