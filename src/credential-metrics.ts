import { Aws, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, MetricDimensions, ServerTypeName } from './contract';

const DAY = Duration.days(1);

/**
 * The default statistic and period of each metric. If a day has two values, the greater number of days to expiry is
 * from the newer token; of two states of a token the worse one counts.
 */
export const METRIC_DEFAULTS = {
  DaysToExpiry: { statistic: cloudwatch.Stats.MAXIMUM, period: DAY },
  TokenValid: { statistic: cloudwatch.Stats.MINIMUM, period: DAY },
  TokenChecked: { statistic: cloudwatch.Stats.MINIMUM, period: DAY },
  Drift: { statistic: cloudwatch.Stats.SUM, period: DAY },
  Restores: { statistic: cloudwatch.Stats.SUM, period: DAY },
  RefreshFailures: { statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5) },
} satisfies { readonly [metricName: string]: cloudwatch.MetricOptions };

/** Creates a metric of the credential of this server type in the scope's stack. */
export function credentialMetric(
  scope: Construct, serverType: ServerTypeName, metricName: string, props?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  const dimensionsMap = { StackName: stackName(scope), ServerType: serverType } satisfies MetricDimensions;
  return new cloudwatch.Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, ...props }).attachTo(scope);
}

/** Creates a dashboard row with all metrics of a credential. */
export function credentialRow(serverType: ServerTypeName, metric: (metricName: keyof typeof METRIC_DEFAULTS) => cloudwatch.Metric): cloudwatch.Row {
  const graph = (title: string, names: Array<keyof typeof METRIC_DEFAULTS>, leftYAxis: cloudwatch.YAxisProps) =>
    new cloudwatch.GraphWidget({ title: `${serverType} ${title}`, left: names.map(metric), leftYAxis: { showUnits: false, ...leftYAxis }, width: 8 });
  return new cloudwatch.Row(
    graph('days to expiry', ['DaysToExpiry'], {}),
    graph('token', ['TokenValid', 'TokenChecked'], { min: 0, max: 1 }),
    graph('credential', ['Drift', 'Restores', 'RefreshFailures'], { min: 0 }),
  );
}

/** The name under which the stack is deployed. It can differ from the name at synthesis. */
function stackName(scope: Construct): string {
  const own = Stack.of(scope);
  return Lazy.uncachedString({ produce: (context) => Stack.of(context.scope) === own ? Aws.STACK_NAME : own.stackName });
}
