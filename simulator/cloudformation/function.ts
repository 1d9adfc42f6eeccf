import { randomUUID } from 'node:crypto';
import type { Aws, Caller } from '../aws';
import { codeFolder } from './code';
import { AsynchronousInvocation, Delivery, EventQueue, QueuedEvent, Repeats } from './event-queue';
import { ExecutionEnvironment } from './execution-environment';
import { Iam } from './iam';
import { Resource } from './resource';
import type { Clock } from '../time/clock';

/** A deployed AWS::Lambda::Function, run from the built code in the cloud assembly. */
export class LambdaFunction {
  /** Every line written to stdout or stderr. */
  readonly logs: string[] = [];
  private readonly queue: EventQueue;
  private environments: ExecutionEnvironment[] = [];
  private taskRoot: string;
  private readonly logStreamName = `${new Date().toISOString().slice(0, 10).replace(/-/g, '/')}/[$LATEST]${randomUUID().replace(/-/g, '')}`;

  constructor(
    private resource: Resource, private readonly aws: Aws, private readonly iam: Iam, private readonly clock: Clock, repeats: Repeats,
  ) {
    this.taskRoot = codeFolder(resource);
    this.queue = new EventQueue(clock, repeats, async (delivery) => this.run(delivery));
  }

  /** Sets new code or configuration. Running events finish with the old one. No process is reused. */
  update(resource: Resource): void {
    this.environments.forEach((environment) => environment.retire());
    this.resource = resource;
    this.taskRoot = codeFolder(resource);
  }

  /** All deliveries to the function. The retries of an event belong to one delivery. */
  get deliveries(): Delivery[] {
    return this.queue.deliveries;
  }

  /** The deliveries that failed after all retries. */
  get failures(): Delivery[] {
    return this.deliveries.filter(({ outcome }) => outcome === 'failed');
  }

  get isBusy(): boolean {
    return this.queue.isBusy;
  }

  configure(asynchronous: AsynchronousInvocation): void {
    this.queue.asynchronous = asynchronous;
  }

  /** Invokes the function asynchronously. Resolves or rejects with the result of the last attempt. */
  async invoke(event: unknown): Promise<unknown> {
    return this.queue.add(event).result;
  }

  /** Invokes the function asynchronously. Returns the delivery after the last attempt. */
  async deliver(event: unknown): Promise<Delivery> {
    return settled(this.queue.add(event));
  }

  /**
   * Delivers an event again, as Lambda may do at any time. `id` is the event's RequestId or id, or Lambda's request id.
   */
  async redeliver(id: string): Promise<Delivery> {
    const previous = this.deliveries.find(({ awsRequestId, event }) => [event?.RequestId, event?.id, awsRequestId].includes(id));
    if (!previous) throw new Error(`${this.resource.logicalId} has received no event ${id}`);
    return settled(this.queue.repeat(previous));
  }

  /** Keeps matching events in the queue, like a throttled function. Returns a function that releases them. */
  hold(matches: (event: any) => boolean = () => true): () => void {
    return this.queue.hold(matches);
  }

  /** Resolves once nothing is queued or running. */
  async idle(): Promise<void> {
    await this.queue.idle();
  }

  /** Deletes the function. Starts and retries nothing more. Running events still finish (a guess). */
  delete(): void {
    this.queue.close();
    this.environments.forEach((environment) => environment.retire());
  }

  /** Terminates only the process that sent a request. An answer URL belongs to the process whose event contains it. */
  killCaller({ accessKeyId, answerUrl }: Caller): void {
    const isCaller = ({ environment, event }: ExecutionEnvironment) =>
      accessKeyId ? environment.AWS_ACCESS_KEY_ID === accessKeyId : answerUrl !== undefined && event?.ResponseURL === answerUrl;
    this.environments.filter(isCaller).forEach((environment) => environment.kill());
  }

  /** Terminates the processes immediately, as in a crash. */
  kill(): void {
    this.environments.forEach((environment) => environment.kill());
    this.environments = [];
  }

  private async run({ awsRequestId, event }: Delivery): Promise<unknown> {
    const { physicalId: functionName, attributes, properties } = this.resource;
    try {
      return await this.warmEnvironment().run(event, {
        awsRequestId,
        functionName,
        functionVersion: '$LATEST',
        invokedFunctionArn: attributes.Arn as string,
        memoryLimitInMB: String(properties.MemorySize ?? 128),
        logGroupName: this.logGroupName,
        logStreamName: this.logStreamName,
      }, Number(properties.Timeout ?? 3));
    } catch (error) {
      this.logs.push(`ERROR RequestId: ${awsRequestId} ${(error as Error).message}`);
      throw error;
    }
  }

  private warmEnvironment(): ExecutionEnvironment {
    this.environments = this.environments.filter(({ alive }) => alive);
    let environment = this.environments.find(({ busy, retired }) => !busy && !retired);
    if (!environment) {
      environment = new ExecutionEnvironment(this.environmentVariables(), this.clock, (line) => this.print(line));
      this.environments.push(environment);
    }
    return environment;
  }

  private print(line: string): void {
    this.logs.push(line);
    const { account, region } = this.resource.stack;
    this.aws.region(account, region).metrics.readLine(line);
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
      AWS_LAMBDA_LOG_FORMAT: properties.LoggingConfig?.LogFormat ?? 'Text',
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

async function settled({ delivery, result }: QueuedEvent): Promise<Delivery> {
  await result.catch(() => undefined);
  return delivery;
}
