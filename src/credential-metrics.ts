import { Aws, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, MetricDimensions, ServerTypeName } from './contract';

const DAY = Duration.days(1);

/**
 * How each metric is seen unless the user says otherwise. Of two values on one day, the greater number of days is that
 * of the newer token; of a token's state the worse counts.
 */
export const METRIC_DEFAULTS = {
  DaysToExpiry: { statistic: cloudwatch.Stats.MAXIMUM, period: DAY },
  TokenValid: { statistic: cloudwatch.Stats.MINIMUM, period: DAY },
  TokenChecked: { statistic: cloudwatch.Stats.MINIMUM, period: DAY },
  Drift: { statistic: cloudwatch.Stats.SUM, period: DAY },
  Restores: { statistic: cloudwatch.Stats.SUM, period: DAY },
  RefreshFailures: { statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5) },
} satisfies { readonly [metricName: string]: cloudwatch.MetricOptions };

/** A metric of the credential of this server type that the scope's stack gives CodeBuild. */
export function credentialMetric(
  scope: Construct, serverType: ServerTypeName, metricName: string, props?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  const dimensionsMap = { StackName: stackName(scope), ServerType: serverType } satisfies MetricDimensions;
  return new cloudwatch.Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, ...props }).attachTo(scope);
}

/** A row of a dashboard. */
export function credentialRow(serverType: ServerTypeName, metric: (metricName: keyof typeof METRIC_DEFAULTS) => cloudwatch.Metric): cloudwatch.Row {
  const graph = (title: string, names: Array<keyof typeof METRIC_DEFAULTS>, leftYAxis: cloudwatch.YAxisProps) =>
    new cloudwatch.GraphWidget({ title: `${serverType} ${title}`, left: names.map(metric), leftYAxis: { showUnits: false, ...leftYAxis }, width: 8 });
  return new cloudwatch.Row(
    graph('days to expiry', ['DaysToExpiry'], {}),
    graph('token', ['TokenValid', 'TokenChecked'], { min: 0, max: 1 }),
    graph('credential', ['Drift', 'Restores', 'RefreshFailures'], { min: 0 }),
  );
}

/** The name under which the stack is deployed, which need not be the one that it has at synthesis. */
function stackName(scope: Construct): string {
  const own = Stack.of(scope);
  return Lazy.uncachedString({ produce: (context) => Stack.of(context.scope) === own ? Aws.STACK_NAME : own.stackName });
}
