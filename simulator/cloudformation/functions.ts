import type { Aws } from '../aws';
import { Repeats } from './event-queue';
import { LambdaFunction } from './function';
import { Iam } from './iam';
import { Resource } from './resource';
import type { Clock } from '../time/clock';

/** The functions of all stacks. */
export class Functions {
  private readonly byArn = new Map<string, LambdaFunction>();
  /** All functions, including deleted ones. */
  private readonly all: LambdaFunction[] = [];
  private readonly unsubscribe: () => void;

  constructor(
    private readonly aws: Aws, private readonly iam: Iam, private readonly clock: Clock, private readonly repeats: Repeats = () => undefined,
  ) {
    this.unsubscribe = aws.onDeath((caller) => this.all.forEach((lambda) => lambda.killCaller(caller)));
  }

  get(arn: string): LambdaFunction | undefined {
    return this.byArn.get(arn);
  }

  put(resource: Resource): void {
    const arn = resource.attributes.Arn as string;
    const existing = this.byArn.get(arn);
    if (existing) return existing.update(resource);
    const lambda = new LambdaFunction(resource, this.aws, this.iam, this.clock, this.repeats);
    this.byArn.set(arn, lambda);
    this.all.push(lambda);
  }

  delete(resource: Resource): void {
    this.byArn.get(resource.attributes.Arn as string)?.delete();
    this.byArn.delete(resource.attributes.Arn as string);
  }

  /** Applies an AWS::Lambda::EventInvokeConfig. */
  configure({ properties }: Resource): void {
    for (const [arn, lambda] of this.byArn) {
      if (arn !== properties.FunctionName && !arn.endsWith(`:function:${properties.FunctionName}`)) continue;
      lambda.configure({
        maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? 2),
        maximumEventAgeSeconds: Number(properties.MaximumEventAgeInSeconds ?? 6 * 3600),
      });
    }
  }

  /** Resolves once all functions are idle. A function may send events to another one. */
  async idle(): Promise<void> {
    while (this.all.some((lambda) => lambda.isBusy)) await Promise.all(this.all.map((lambda) => lambda.idle()));
  }

  close(): void {
    this.unsubscribe();
    for (const lambda of this.all) {
      lambda.delete();
      lambda.kill();
    }
  }
}
