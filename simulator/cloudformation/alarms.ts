import type { Aws } from '../aws';
import { Resource } from './resource';
import { TemplateError } from './template';
import type { MetricPoint } from '../aws/metrics';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** A change of state. On AWS it would trigger the alarm's actions. */
export interface AlarmTransition {
  readonly to: AlarmState;
  /** In milliseconds. */
  readonly at: number;
}

/** How often an alarm is evaluated. That this also applies to long periods is a guess. */
const EVALUATION_MS = 60_000;

/** How many earlier periods count if the last one has no points. CloudWatch documents no number: a guess. */
const EARLIER_PERIODS = 2;

/**
 * An AWS::CloudWatch::Alarm on one metric and one period.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export class Alarm {
  private readonly transitions: AlarmTransition[] = [];
  private current: AlarmState = 'INSUFFICIENT_DATA';
  private evaluatedAt: number;
  private readonly periodMs: number;

  constructor(private readonly resource: Resource, private readonly aws: Aws) {
    const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, Metrics, Period } = resource.properties;
    if (Number(EvaluationPeriods) !== 1 || Number(DatapointsToAlarm) !== 1 || Metrics !== undefined) {
      throw new TemplateError(`${resource.logicalId}: unsupported AWS::CloudWatch::Alarm: one metric and one period only`);
    }
    this.periodMs = Number(Period) * 1_000;
    this.evaluatedAt = aws.clock.now();
  }

  /** The current state. */
  get state(): AlarmState {
    this.catchUp();
    return this.current;
  }

  /** All changes of state so far. */
  get history(): readonly AlarmTransition[] {
    this.catchUp();
    return this.transitions;
  }

  /** Runs all evaluations that were due since the last call. */
  private catchUp(): void {
    const now = this.aws.clock.now();
    const points = this.points();
    for (; this.evaluatedAt + EVALUATION_MS <= now; this.evaluatedAt += EVALUATION_MS) this.evaluate(this.evaluatedAt + EVALUATION_MS, points);
    // New points count immediately, without waiting for the next minute.
    this.evaluate(now, points);
  }

  private evaluate(at: number, points: readonly MetricPoint[]): void {
    const values = Array.from({ length: 1 + EARLIER_PERIODS }, (_, periods) => this.valueAt(at - periods * this.periodMs, points));
    const newest = values.find((value) => value !== undefined);
    const state = newest === undefined ? this.stateWithoutData() : this.isBreaching(newest) ? 'ALARM' : 'OK';
    if (state === this.current) return;
    this.current = state;
    this.transitions.push({ to: state, at });
  }

  /** Returns all points of the metric. */
  private points(): MetricPoint[] {
    const { Dimensions = [], MetricName, Namespace } = this.resource.properties;
    const { account, region } = this.resource.stack;
    const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]));
    return this.aws.region(account, region).metrics.pointsOf({ namespace: Namespace, metricName: MetricName, dimensions });
  }

  /** Returns the statistic of the period that ends at this time. */
  private valueAt(end: number, points: readonly MetricPoint[]): number | undefined {
    const values = points.filter(({ timestamp }) => timestamp > end - this.periodMs && timestamp <= end).map(({ value }) => value);
    return values.length === 0 ? undefined : STATISTICS[this.resource.properties.Statistic](values);
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
  private stateWithoutData(): AlarmState {
    switch (this.resource.properties.TreatMissingData) {
      case 'breaching': return 'ALARM';
      case 'notBreaching': return 'OK';
      case 'ignore': return this.current;
      default: return 'INSUFFICIENT_DATA';
    }
  }

  private isBreaching(value: number): boolean {
    const { ComparisonOperator, Threshold } = this.resource.properties;
    return OPERATORS[ComparisonOperator](value, Number(Threshold));
  }
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

const STATISTICS: Readonly<Record<string, (values: number[]) => number>> = {
  Average: (values) => sum(values) / values.length,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  SampleCount: (values) => values.length,
  Sum: sum,
};

const OPERATORS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

/** The alarms of all stacks. */
export class Alarms {
  private readonly byArn = new Map<string, Alarm>();

  constructor(private readonly aws: Aws) {}

  get(arn: string): Alarm | undefined {
    return this.byArn.get(arn);
  }

  /** Adds or replaces an alarm. A changed alarm starts without history (a guess). */
  put(resource: Resource): void {
    this.byArn.set(resource.attributes.Arn as string, new Alarm(resource, this.aws));
  }

  delete({ attributes }: Resource): void {
    this.byArn.delete(attributes.Arn as string);
  }
}
