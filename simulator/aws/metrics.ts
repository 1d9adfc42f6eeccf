import { isDeepStrictEqual } from 'node:util';

/** One value of a metric. */
export interface MetricPoint {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** In milliseconds. */
  readonly timestamp: number;
  readonly value: number;
}

/** Identifies a metric by all of its dimensions. */
export type MetricId = Pick<MetricPoint, 'namespace' | 'metricName' | 'dimensions'>;

/** The metrics of an account and region. Metrics are extracted from logs immediately. */
export class Metrics {
  readonly points: MetricPoint[] = [];

  /** Extracts the metrics from a line of a function's log, if it has any. */
  readLine(line: string): void {
    this.points.push(...embeddedPoints(line));
  }

  pointsOf({ namespace, metricName, dimensions }: MetricId): MetricPoint[] {
    return this.points.filter((point) => point.namespace === namespace && point.metricName === metricName
      && isDeepStrictEqual(point.dimensions, dimensions));
  }
}

/**
 * Returns the data points in a line. Lambda may put a prefix before the document. A document that does not follow the
 * specification has no points.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedPoints(line: string): MetricPoint[] {
  const document = parse(line.slice(Math.max(0, line.indexOf('{'))));
  const { Timestamp: timestamp, CloudWatchMetrics: directives } = document?._aws ?? {};
  if (!document || typeof timestamp !== 'number' || !Array.isArray(directives)) return [];
  return directives.flatMap(({ Namespace: namespace, Dimensions: sets, Metrics: metrics }) => {
    if (typeof namespace !== 'string' || namespace.startsWith('AWS/') || !Array.isArray(sets) || !Array.isArray(metrics)) return [];
    return sets.flatMap((names: string[]) => metrics.flatMap(({ Name: metricName }) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, document[name]]));
      const isComplete = names.length <= MAX_DIMENSIONS && Object.values(dimensions).every((value) => typeof value === 'string' && value !== '');
      const value = document[metricName];
      return isComplete && typeof value === 'number' ? [{ namespace, metricName, dimensions, timestamp, value }] : [];
    }));
  });
}

const MAX_DIMENSIONS = 30;

function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
