import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CloudAssembly, CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import type { Aws } from '../aws';
import { Alarm } from './alarms';
import { CustomResources } from './custom-resource';
import { Repeats } from './event-queue';
import { DroppedEvent } from './event-rules';
import { LambdaFunction } from './function';
import { Functions } from './functions';
import { Iam } from './iam';
import { NativeResources } from './native-resources';
import { ResourceFailure, StackLocation } from './resource';
import { Stack, StackEvent, StackStatus } from './stack';
import { isCustom, TemplateError } from './template';
import { Order } from './work';

export interface CloudFormationOptions {
  /** @default '111111111111' */
  readonly account?: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** Called with every event as it happens. */
  readonly onEvent?: (event: StackEvent) => void;
  /**
   * How long a new policy statement takes to become effective, by the functions' clock.
   *
   * @default 0
   */
  readonly propagationMs?: number;
  /**
   * Whether to handle a stack's resources in parallel, as CloudFormation does, or one after the other in the worst
   * order: resources that do not depend on a custom resource come after it. Only `parallel` cancels running requests
   * of custom resources.
   *
   * @default 'sequential'
   */
  readonly order?: Order;
  /**
   * Which events Lambda delivers to a function twice: the second time immediately, or after the last attempt of the
   * first. A CloudFormation event has a `RequestType`; an EventBridge event is the input of the rule's target.
   *
   * @default - none
   */
  readonly repeats?: Repeats;
}

export interface DeployOptions {
  /** Logical ids of resources to make fail. */
  readonly failing?: string[];
  /**
   * How long these resources take to fail, by the functions' clock.
   *
   * @default 0
   */
  readonly failAfterMs?: number;
  readonly parameters?: Record<string, string>;
}

/** The result and the events of an operation on a stack. */
export interface Deployment {
  readonly stackName: string;
  readonly status: StackStatus;
  readonly events: StackEvent[];
}

export interface StackDescription {
  readonly stackName: string;
  readonly stackId: string;
  readonly status: StackStatus;
  readonly resources: Record<string, ResourceDescription>;
  readonly outputs: Record<string, unknown>;
}

export interface ResourceDescription {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly attributes: Record<string, unknown>;
}

/**
 * Deploys synthesized templates like CloudFormation, and runs their functions in processes. Comments name where a
 * behavior is documented or was observed. A behavior without a source is marked as a guess.
 */
export class CloudFormation {
  private readonly stacks = new Map<string, Stack>();
  private readonly functions: Functions;
  private readonly customResources: CustomResources;
  private readonly nativeResources: NativeResources;
  private events: StackEvent[] = [];
  /** The stacks with a running operation. A stack has one at a time. */
  private readonly busy = new Set<Stack>();

  constructor(private readonly aws: Aws, private readonly options: CloudFormationOptions = {}) {
    const { clock } = aws;
    const iam = new Iam(clock, options.propagationMs);
    this.functions = new Functions(aws, iam, clock, options.repeats);
    this.customResources = new CustomResources(aws, this.functions, clock);
    this.nativeResources = new NativeResources(aws, iam, this.functions);
  }

  /** Creates the stack, or updates it to the template of this assembly. */
  async deploy(assembly: CloudAssembly, stackName: string, options: DeployOptions = {}): Promise<Deployment> {
    const { failAfterMs = 0, failing = [], parameters = {} } = options;
    const artifact = assembly.getStackByName(stackName);
    const existing = this.stacks.get(stackName);
    // A stack whose creation was rolled back cannot be updated. Like CDK's CLI, delete it first.
    if (existing?.status === 'ROLLBACK_COMPLETE' || existing?.status === 'ROLLBACK_FAILED') await this.destroy(stackName);
    const stack = this.stacks.get(stackName) ?? this.newStack(artifact);
    if (stack.status?.endsWith('_FAILED')) throw new Error(`stack ${stackName} is in the state ${stack.status} and cannot be updated`);
    const template = JSON.parse(readFileSync(artifact.templateFullPath, 'utf8'));
    return this.record(stack, async () => stack.deploy({ template, parameters, assets: assembly.directory }, {
      logicalIds: failing,
      fail: async () => {
        await this.aws.clock.sleep(failAfterMs);
        throw new ResourceFailure('made to fail');
      },
    }));
  }

  /** Retries the failed part of an update's rollback. */
  async continueUpdateRollback(stackName: string): Promise<Deployment> {
    const stack = this.existing(stackName);
    return this.record(stack, async () => stack.continueUpdateRollback());
  }

  async destroy(stackName: string): Promise<Deployment> {
    const stack = this.existing(stackName);
    const deployment = await this.record(stack, async () => stack.delete());
    if (stack.status === 'DELETE_COMPLETE') this.stacks.delete(stackName);
    return deployment;
  }

  stack(stackName: string): StackDescription {
    const { location, outputs, resources, status } = this.existing(stackName);
    const describe = ({ logicalId, type, physicalId, attributes }: ResourceDescription) => ({ logicalId, type, physicalId, attributes });
    return {
      stackName,
      stackId: location.stackId,
      status: status!,
      resources: Object.fromEntries([...resources].map(([logicalId, resource]) => [logicalId, describe(resource)])),
      outputs,
    };
  }

  /** Returns a function of a stack. */
  function(stackName: string, logicalId?: string): LambdaFunction {
    return this.functions.get(this.arnOf(stackName, 'AWS::Lambda::Function', (id) => logicalId === undefined || id === logicalId))!;
  }

  /** Returns an alarm of a stack by the end of its path, without slashes, as in its logical id before the hash. */
  alarm(stackName: string, path: string): Alarm {
    return this.nativeResources.alarms.get(this.arnOf(stackName, 'AWS::CloudWatch::Alarm', (id) => id.slice(0, -8).endsWith(path)))!;
  }

  /** Resolves once no function has a queued or running event, or a retry. */
  async idle(): Promise<void> {
    await this.functions.idle();
  }

  /** Triggers every scheduled rule once. Waits until all resulting events are handled. */
  async schedulesComeDue(): Promise<void> {
    this.nativeResources.schedulesComeDue();
    await this.idle();
  }

  /** Events that matched a rule but reached no function. */
  get droppedEvents(): DroppedEvent[] {
    return this.nativeResources.droppedEvents;
  }

  /** Terminates all processes, and stops all deliveries. */
  close(): void {
    this.nativeResources.close();
    this.functions.close();
  }

  private newStack({ environment, stackName }: CloudFormationStackArtifact): Stack {
    const region = environment.region === 'unknown-region' ? this.options.region ?? 'us-east-1' : environment.region;
    const account = environment.account === 'unknown-account' ? this.options.account ?? '111111111111' : environment.account;
    const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
    const stackId = `arn:${partition}:cloudformation:${region}:${account}:stack/${stackName}/${randomUUID()}`;
    const stack = new Stack({ stackName, stackId, partition, region, account }, {
      order: this.options.order ?? 'sequential',
      provider: (type) => isCustom(type) ? this.customResources : this.nativeResources,
      importValue: (name) => this.importValue(name, { region, account }),
      onEvent: (event) => {
        this.events.push(event);
        this.options.onEvent?.(event);
      },
    });
    this.stacks.set(stackName, stack);
    return stack;
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html */
  private importValue(name: string, { account, region }: Pick<StackLocation, 'account' | 'region'>): unknown {
    const exporter = [...this.stacks.values()].find(({ exports, location }) =>
      location.account === account && location.region === region && name in exports);
    if (!exporter) throw new TemplateError(`No export named ${name} found.`);
    return exporter.exports[name];
  }

  /** Returns the ARN of the only matching resource of the stack. */
  private arnOf(stackName: string, type: string, matches: (logicalId: string) => boolean): string {
    const all = Object.values(this.stack(stackName).resources).filter((resource) => resource.type === type);
    const found = all.filter(({ logicalId }) => matches(logicalId));
    if (found.length !== 1) throw new Error(`stack ${stackName} has ${found.length} matching resources of type ${type}, among ${all.map((one) => one.logicalId).join(', ')}`);
    return found[0].attributes.Arn as string;
  }

  private existing(stackName: string): Stack {
    const stack = this.stacks.get(stackName);
    if (!stack) throw new Error(`Stack with id ${stackName} does not exist`);
    return stack;
  }

  private async record(stack: Stack, operation: () => Promise<void>): Promise<Deployment> {
    const { stackName } = stack.location;
    if (this.busy.has(stack)) throw new Error(`Stack:${stack.location.stackId} is in an IN_PROGRESS state and can not be updated.`);
    const from = this.events.length;
    this.busy.add(stack);
    try {
      await operation();
    } finally {
      this.busy.delete(stack);
    }
    return { stackName, status: stack.status!, events: this.events.slice(from).filter((event) => event.stackName === stackName) };
  }
}
