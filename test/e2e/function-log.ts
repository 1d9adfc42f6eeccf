import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

/** What the functions of the stacks have logged. */
export class FunctionLog {
  /** Every line that was looked at. */
  readonly lines: string[] = [];
  private readonly logs = new CloudWatchLogsClient({});
  private readonly seen = new Set<string>();

  /** The lines of the log group since the last time. */
  async newLines(logGroupName: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const { events = [] } of paginateFilterLogEvents({ client: this.logs }, { logGroupName })) {
      // Not by their ids: ministack gives none.
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

/** The answer that a line of the handler tells of, such as `Update SUCCESS` and the logical id. */
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
