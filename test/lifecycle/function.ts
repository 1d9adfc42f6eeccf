import { randomUUID } from 'crypto';
import type { Aws } from '../aws';
import { Clock } from './clock';
import { codeFolder } from './code';
import { ExecutionEnvironment, FunctionError } from './execution-environment';
import { Iam } from './iam';
import { Resource } from './resource';

/** What Lambda waits before it tries an asynchronous event again. */
const RETRY_DELAYS = [60_000, 120_000];

export interface AsynchronousInvocation {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
}

/** A deployed AWS::Lambda::Function, run from the built code in the cloud assembly. */
export class LambdaFunction {
  /** Every line written to stdout or stderr. */
  readonly logs: string[] = [];
  asynchronous: AsynchronousInvocation = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 6 * 3600 };
  private environments: ExecutionEnvironment[] = [];
  private taskRoot: string;
  private readonly logStreamName = `${new Date().toISOString().slice(0, 10).replace(/-/g, '/')}/[$LATEST]${randomUUID().replace(/-/g, '')}`;

  constructor(private resource: Resource, private readonly aws: Aws, private readonly iam: Iam, private readonly clock: Clock) {
    this.taskRoot = codeFolder(resource);
  }

  /** New code or configuration: the environments that are warm are thrown away. */
  update(resource: Resource): void {
    this.kill();
    this.resource = resource;
    this.taskRoot = codeFolder(resource);
  }

  /**
   * Delivers an event as a service does that does not wait for the result; settles with the last attempt's, once
   * there is nothing more to try.
   *
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   */
  async invoke(event: unknown): Promise<unknown> {
    const awsRequestId = randomUUID();
    const queuedAt = this.clock.now();
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(event, awsRequestId);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        this.logs.push(`ERROR RequestId: ${awsRequestId} ${error.message}`);
        const age = (this.clock.now() + RETRY_DELAYS[attempt] - queuedAt) / 1000;
        if (attempt >= this.asynchronous.maximumRetryAttempts || age > this.asynchronous.maximumEventAgeSeconds) throw error;
        await this.clock.sleep(RETRY_DELAYS[attempt]);
      }
    }
  }

  /** The processes die where they stand, as in a crash. */
  kill(): void {
    this.environments.forEach((environment) => environment.kill());
    this.environments = [];
  }

  private async attempt(event: unknown, awsRequestId: string): Promise<unknown> {
    const { physicalId: functionName, attributes, properties } = this.resource;
    this.environments = this.environments.filter(({ alive }) => alive);
    let environment = this.environments.find(({ busy }) => !busy);
    if (!environment) {
      environment = new ExecutionEnvironment(this.environmentVariables(), this.clock, (line) => this.logs.push(line));
      this.environments.push(environment);
    }
    return environment.run(event, {
      awsRequestId,
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: attributes.Arn as string,
      memoryLimitInMB: String(properties.MemorySize ?? 128),
      logGroupName: this.logGroupName,
      logStreamName: this.logStreamName,
    }, Number(properties.Timeout ?? 3));
  }

  private get logGroupName(): string {
    return this.resource.properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${this.resource.physicalId}`;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
  private environmentVariables(): Record<string, string> {
    const { physicalId, properties, stack } = this.resource;
    const role = this.iam.principal(stack.account, properties.Role);
    const { accessKeyId, secretAccessKey, sessionToken } = this.aws.credentialsFor(role);
    return {
      ...properties.Environment?.Variables,
      _HANDLER: properties.Handler,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_DEFAULT_REGION: stack.region,
      AWS_ENDPOINT_URL: this.aws.endpoint,
      AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime}`,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize ?? 128),
      AWS_LAMBDA_FUNCTION_NAME: physicalId,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: this.logGroupName,
      AWS_LAMBDA_LOG_STREAM_NAME: this.logStreamName,
      AWS_REGION: stack.region,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      LAMBDA_TASK_ROOT: this.taskRoot,
      LANG: 'en_US.UTF-8',
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
      TZ: ':UTC',
    };
  }
}

/** The functions of all stacks, by ARN. */
export class Functions {
  private readonly byArn = new Map<string, LambdaFunction>();

  constructor(private readonly aws: Aws, private readonly iam: Iam, private readonly clock: Clock) {}

  get(arn: string): LambdaFunction | undefined {
    return this.byArn.get(arn);
  }

  put(resource: Resource): void {
    const arn = resource.attributes.Arn as string;
    const existing = this.byArn.get(arn);
    if (existing) existing.update(resource);
    else this.byArn.set(arn, new LambdaFunction(resource, this.aws, this.iam, this.clock));
  }

  delete(resource: Resource): void {
    this.byArn.get(resource.attributes.Arn as string)?.kill();
    this.byArn.delete(resource.attributes.Arn as string);
  }

  /** AWS::Lambda::EventInvokeConfig. */
  configure({ properties }: Resource): void {
    for (const [arn, lambda] of this.byArn) {
      if (arn !== properties.FunctionName && !arn.endsWith(`:function:${properties.FunctionName}`)) continue;
      lambda.asynchronous = {
        maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? 2),
        maximumEventAgeSeconds: Number(properties.MaximumEventAgeInSeconds ?? 6 * 3600),
      };
    }
  }

  kill(): void {
    this.byArn.forEach((lambda) => lambda.kill());
  }
}
