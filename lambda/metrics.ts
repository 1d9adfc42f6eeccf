import { METRIC_NAMESPACE, MetricDimensions, MetricName, ServerTypeName, STACK_ID_VARIABLE } from '../src/contract';

/** Values of metrics; one that is not known has no point. */
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;

/**
 * Writes one line from which CloudWatch Logs makes metrics: that takes no permission and no endpoint. Numbers only:
 * nothing here may hold anything of a secret.
 *
 * Not through the console, which Lambda's JSON log format wraps into a line of its own, from which no metric is made.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function publishMetrics(serverType: ServerTypeName, values: MetricValues): void {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  if (known.length === 0) return;
  const dimensions: MetricDimensions = { StackName: process.env[STACK_ID_VARIABLE]!.split('/')[1], ServerType: serverType };
  const directive = {
    Namespace: METRIC_NAMESPACE,
    Dimensions: [Object.keys(dimensions)],
    Metrics: known.map(([Name]) => ({ Name })),
  };
  const document = { _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] }, ...dimensions, ...Object.fromEntries(known) };
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
