/** A line from which CloudWatch makes metrics. */
export interface MetricLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: ReadonlyArray<{
      readonly Namespace: string;
      readonly Dimensions: readonly string[][];
      readonly Metrics: ReadonlyArray<{ readonly Name: string }>;
    }>;
  };
  readonly [member: string]: unknown;
}

/** Collects the lines that would go to CloudWatch; what else is printed goes its way. One collection may be within another. */
export function collectMetricLines() {
  const lines: MetricLine[] = [];
  const { write } = process.stdout;
  process.stdout.write = ((text: string, ...rest: []) => {
    if (!String(text).startsWith('{"_aws"')) return write.call(process.stdout, text, ...rest);
    lines.push(JSON.parse(text));
    return true;
  }) as typeof write;
  return { lines, restore: () => { process.stdout.write = write; } };
}

/** What a line says: the server type, and the values. */
export function pointsOf({ _aws, StackName: _, ...members }: MetricLine) {
  return members;
}
