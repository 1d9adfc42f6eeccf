import { METRIC_NAMESPACE, MetricDimensions, MetricName, ServerTypeName, STACK_ID_VARIABLE } from '../src/contract';

/** Values of metrics. An undefined value is not published. */
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;

/**
 * Writes one line in the embedded metric format, from which CloudWatch Logs extracts metrics without a permission or an
 * endpoint. The values are numbers, so the line cannot contain a secret.
 *
 * Does not use `console.log`: Lambda's JSON log format would wrap the line, and CloudWatch would extract no metrics.
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
