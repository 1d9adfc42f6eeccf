import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

/** Reads the logs of the stacks' functions. */
export class FunctionLog {
  /** Every line read so far. */
  readonly lines: string[] = [];
  private readonly logs = new CloudWatchLogsClient({});
  private readonly seen = new Set<string>();

  /** Returns the lines that the log group has received since the last call. */
  async newLines(logGroupName: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const { events = [] } of paginateFilterLogEvents({ client: this.logs }, { logGroupName })) {
      // Lines are identified by their text because ministack returns no event ids.
      for (const { logStreamName, message } of events) {
        const line = `${logStreamName} ${message}`;
        if (this.seen.has(line)) continue;
        this.seen.add(line);
        lines.push(message!);
      }
    }
    this.lines.push(...lines);
    return lines;
  }
}

/** Extracts the answer from a line of the handler's log: for example `Update SUCCESS`, and the logical id. */
export function answerIn(line: string): { readonly answer: string; readonly logicalId: string } | undefined {
  const [json] = /\{.*\}/.exec(line) ?? [];
  if (json === undefined) return undefined;
  try {
    const { message, logicalResourceId } = JSON.parse(json);
    return /^(Create|Update|Delete) (SUCCESS|FAILED)$/.test(message) ? { answer: message, logicalId: logicalResourceId } : undefined;
  } catch {
    return undefined;
  }
}
