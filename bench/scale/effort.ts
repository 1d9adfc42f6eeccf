import { Aws, EventBridgeEvent, LambdaFunction, RecordedRequest } from '../../simulator';

/** The activity of the functions of some stacks. */
export interface Effort {
  /** Number of starts of each stack's function. */
  readonly starts: ReadonlyMap<string, number>;
  /** Number of requests of each stack's function to AWS, without further pages of lists and throttled requests. */
  readonly requests: ReadonlyMap<string, number>;
  readonly furtherPages: number;
  readonly throttled: number;
  /** Number of restore requests from one stack to another. */
  readonly events: number;
}

/** Counts the requests of functions by their access keys, and their events. */
export class Meter {
  private readonly stackOfKey = new Map<string, string>();
  private readonly functions = new Map<LambdaFunction, string>();
  private events: EventBridgeEvent[] = [];

  constructor(private readonly aws: Aws) {
    aws.onEvent((event) => {
      if (event['detail-type'] === 'Source Credential Restore Requested') this.events.push(event);
    });
    // A request contains only its access key, not the principal.
    const issue = aws.credentialsFor.bind(aws);
    aws.credentialsFor = (principal) => {
      const credentials = issue(principal);
      this.stackOfKey.set(credentials.accessKeyId, /\/([^/-]+)-[^/]+$/.exec(principal.arn)![1]);
      return credentials;
    };
  }

  /** Counts the function's starts from now on, even after its stack is deleted. */
  watch(stackName: string, lambda: LambdaFunction): void {
    this.functions.set(lambda, stackName);
  }

  async during(work: () => Promise<void>): Promise<Effort> {
    const before = { requests: this.aws.requests.length, events: this.events.length, starts: this.starts() };
    await work();
    const made = this.aws.requests.slice(before.requests);
    const furtherPages = made.filter(isFurtherPage);
    const throttled = made.filter(isThrottled);
    return {
      starts: new Map([...this.starts()].map(([name, count]) => [name, count - (before.starts.get(name) ?? 0)])),
      requests: this.byStack(made.filter((request) => !isFurtherPage(request) && !isThrottled(request))),
      furtherPages: furtherPages.length,
      throttled: throttled.length,
      events: this.events.length - before.events,
    };
  }

  private starts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [{ deliveries }, name] of this.functions) {
      counts.set(name, (counts.get(name) ?? 0) + deliveries.reduce((total, { attempts }) => total + attempts, 0));
    }
    return counts;
  }

  private byStack(requests: readonly RecordedRequest[]): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { accessKeyId } of requests) {
      const name = this.stackOfKey.get(accessKeyId!)!;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }
}

export function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function isFurtherPage({ body }: RecordedRequest): boolean {
  return body?.NextToken !== undefined;
}

function isThrottled({ errorType }: RecordedRequest): boolean {
  return errorType === 'ThrottlingException';
}
