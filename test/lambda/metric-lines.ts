/** A line from which CloudWatch extracts metrics. */
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

/** Collects the metric lines, and prints other output as usual. Collections can be nested. */
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

/** Extracts the server type and the values from a line. */
export function pointsOf({ _aws, StackName: _, ...members }: MetricLine) {
  return members;
}
