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

/** Collects the lines that would go to CloudWatch; what else is printed goes its way. */
export function collectMetricLines() {
  const lines: MetricLine[] = [];
  const write = process.stdout.write.bind(process.stdout) as typeof process.stdout.write;
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation(((text: string, ...rest: []) => {
    if (!String(text).startsWith('{"_aws"')) return write(text, ...rest);
    lines.push(JSON.parse(text));
    return true;
  }) as typeof process.stdout.write);
  return { lines, restore: () => spy.mockRestore() };
}

/** What a line says: the server type, and the values. */
export function pointsOf({ _aws, StackName: _, ...members }: MetricLine) {
  return members;
}
