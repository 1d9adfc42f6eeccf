import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { CloudFormation } from '.';
import { Aws } from '../aws';
import { synth } from './fixtures/app';
import { useCloudFormation } from './fixtures/engine';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let aws: Aws;
let cloudFormation: CloudFormation;

useCloudFormation((engine, simulated) => { [cloudFormation, aws] = [engine, simulated]; });

async function deploy(props: Partial<cloudwatch.CfnAlarmProps> = {}) {
  const deployment = await cloudFormation.deploy(synth((stack: Stack) => void new cloudwatch.CfnAlarm(stack, 'Alarm', {
    namespace: 'Own',
    metricName: 'Days',
    dimensions: [{ name: 'Type', value: 'A' }],
    statistic: 'Maximum',
    period: 86_400,
    comparisonOperator: 'LessThanThreshold',
    threshold: 10,
    evaluationPeriods: 1,
    ...props,
  })), 'Test');
  expect(deployment.status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
}

const alarm = () => cloudFormation.alarm('Test', '');
const states = () => alarm().history.map(({ to }) => to);
const publish = (value: number) => void aws.region('111111111111', 'us-east-1').metrics.points.push({
  namespace: 'Own', metricName: 'Days', dimensions: { Type: 'A' }, timestamp: aws.clock.now(), value,
});

test('starts with INSUFFICIENT_DATA, and then follows the points', async () => {
  await deploy();
  expect(alarm().state).toBe('INSUFFICIENT_DATA');
  publish(20);
  expect(alarm().state).toBe('OK');
  await aws.clock.sleep(DAY);
  publish(9);
  expect(alarm().state).toBe('ALARM');
  expect(states()).toEqual(['OK', 'ALARM']);
});

test('evaluates the statistic of the points in its period', async () => {
  await deploy();
  publish(9);
  expect(alarm().state).toBe('ALARM');
  await aws.clock.sleep(MINUTE);
  publish(80);
  expect(alarm().state).toBe('OK');
});

test.each([
  ['Average', 5], ['Sum', 10], ['Minimum', 2], ['Maximum', 8], ['SampleCount', 2],
])('%s of two points', async (statistic, value) => {
  await deploy({ statistic, threshold: value, comparisonOperator: 'GreaterThanOrEqualToThreshold' });
  publish(2);
  publish(8);
  expect(alarm().state).toBe('ALARM');
  await deploy({ statistic, threshold: value, comparisonOperator: 'GreaterThanThreshold' });
  expect(alarm().state).toBe('OK');
});

test('uses the points of an earlier period if the last one has none', async () => {
  await deploy({ treatMissingData: 'breaching' });
  publish(20);
  await aws.clock.sleep(2 * DAY);
  expect([alarm().state, states()]).toEqual(['OK', ['OK']]);
});

test.each([
  ['breaching', 'ALARM'], ['notBreaching', 'OK'], ['missing', 'INSUFFICIENT_DATA'], [undefined, 'INSUFFICIENT_DATA'],
])('without any points, missing data that are %s lead to %s', async (treatMissingData, state) => {
  await deploy({ treatMissingData });
  publish(20);
  await aws.clock.sleep(4 * DAY);
  expect(alarm().state).toBe(state);
});

test.each([[5, 'ALARM'], [20, 'OK']])('keeps its state if missing data are ignored (%d)', async (value, state) => {
  await deploy({ treatMissingData: 'ignore' });
  expect(alarm().state).toBe('INSUFFICIENT_DATA');
  publish(value);
  await aws.clock.sleep(30 * DAY);
  expect([alarm().state, states()]).toEqual([state, [state]]);
});

test('ignores points of another metric', async () => {
  await deploy({ metricName: 'Other' });
  publish(5);
  expect(alarm().state).toBe('INSUFFICIENT_DATA');
});

test('refuses more than one period', async () => {
  const deployment = await cloudFormation.deploy(synth((stack: Stack) => void new cloudwatch.CfnAlarm(stack, 'Alarm', {
    namespace: 'Own', metricName: 'Days', statistic: 'Sum', period: 60, comparisonOperator: 'LessThanThreshold', threshold: 1, evaluationPeriods: 2,
  })), 'Test').catch((error: Error) => error.message);
  expect(JSON.stringify(deployment)).toContain('one metric and one period only');
});
