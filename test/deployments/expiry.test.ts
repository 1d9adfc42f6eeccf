import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, STACK } from './account';
import { GitHubCredential, SourceCredentials, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

/* Expiring tokens: log lines, metric points, and alarms. */

const DAY = 24 * 60 * 60_000;
const TOKEN = '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';

let account: Account;

beforeEach(async () => {
  account = await Account.open();
  account.region.secrets.create({ name: 'ci/github', value: expiringIn(20) });
});

afterEach(async () => account.close());

/** Creates a secret with a token that expires in this many days and some hours. */
const expiringIn = (days: number) => JSON.stringify({ token: TOKEN, ends: new Date(account.aws.clock.now() + (days + 0.5) * DAY).toISOString() });

const withAlarms = (stack: Stack) => {
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/github');
  const sourceCredentials = new SourceCredentials(stack, 'GitHub', {
    credential: GitHubCredential.personalAccessToken(secret, { jsonField: 'token', expiryField: 'ends' }),
  });
  sourceCredentials.alarmBeforeExpiry('Expiry', { days: 14 });
  sourceCredentials.alarmOnRefreshFailure('Refresh');
};

const alarm = (name: 'Expiry' | 'Refresh', stackName = STACK) => account.cloudFormation.alarm(stackName, name);
const points = (metricName: string) => account.region.metrics.points.filter((point) => point.metricName === metricName).map(({ value }) => value);
const warnings = () => account.cloudFormation.function(STACK).logs.filter((line) => line.includes('"level":"warn"')).map((line) => JSON.parse(line).message);

async function daysPass(days: number, { dailyChecks = true } = {}): Promise<void> {
  for (let day = 0; day < days; day++) {
    await account.aws.clock.sleep(DAY);
    if (dailyChecks) await account.cloudFormation.schedulesComeDue();
  }
}

async function rotate(value: string): Promise<void> {
  account.region.secrets.put('ci/github', value);
  await account.cloudFormation.idle();
}

test('the daily check continues after a token expired, and the alarm stays on until there is a new one', async () => {
  await account.deploy(withAlarms);
  expect([points('DaysToExpiry'), alarm('Expiry').state]).toEqual([[20], 'OK']);

  await daysPass(6);
  expect([points('DaysToExpiry').at(-1), alarm('Expiry').state]).toEqual([14, 'OK']);
  await daysPass(1);
  expect([points('DaysToExpiry').at(-1), alarm('Expiry').state]).toEqual([13, 'ALARM']);
  await daysPass(13);
  expect([points('DaysToExpiry').at(-1), points('TokenValid').at(-1), alarm('Expiry').state]).toEqual([0, 1, 'ALARM']);
  await daysPass(1);
  expect([points('DaysToExpiry').at(-1), points('TokenValid').at(-1), alarm('Expiry').state]).toEqual([-1, 0, 'ALARM']);
  expect(warnings().at(-1)).toMatch(/^the token expired less than a day ago\. /);

  await rotate(expiringIn(90));
  expect([points('DaysToExpiry').at(-1), points('TokenValid').at(-1), alarm('Expiry').state]).toEqual([90, 1, 'OK']);
  expect(alarm('Expiry').history.map(({ to }) => to)).toEqual(['OK', 'ALARM', 'OK']);
  // No refresh has failed.
  expect([alarm('Refresh').state, account.cloudFormation.function(STACK).failures]).toEqual(['OK', []]);
});

test('a token that expires in six days causes a warning in the deployment, and an alarm', async () => {
  account.region.secrets.put('ci/github', expiringIn(6));
  const deployment = await account.deploy(withAlarms);

  expect(deployment.status).toBe('CREATE_COMPLETE');
  expect(warnings()).toEqual(['the token expires in 6 days. Create a new one and store it in the secret, with its date']);
  expect(alarm('Expiry').state).toBe('ALARM');
});

test('missing data raises the alarm after several days, but not after two', async () => {
  await account.deploy(withAlarms);
  await daysPass(2, { dailyChecks: false });
  expect(alarm('Expiry').state).toBe('OK');
  await daysPass(2, { dailyChecks: false });
  expect(alarm('Expiry').state).toBe('ALARM');
  await account.cloudFormation.schedulesComeDue();
  expect(alarm('Expiry').state).toBe('OK');
});

test('a new token without a new date causes a warning', async () => {
  await account.deploy(withAlarms);
  await rotate(JSON.stringify({ token: TOKEN }));
  expect(account.region.sourceCredentials.held('GITHUB')?.token).toBe(TOKEN);
  expect(warnings().at(-1)).toMatch(/^the expiry date of the token is unknown: the field contains no date\. /);

  await daysPass(4);
  expect([points('TokenValid').at(-1), alarm('Expiry').state, alarm('Refresh').state]).toEqual([1, 'ALARM', 'OK']);
});

test('a new value that cannot be imported raises the alarm until a valid one is imported', async () => {
  await account.deploy(withAlarms);
  await daysPass(1);
  await rotate('no document');
  expect(alarm('Refresh').state).toBe('ALARM');
  await daysPass(3);
  expect(alarm('Refresh').state).toBe('ALARM');

  // The new value arrives in the same minute as the last failure.
  await rotate(expiringIn(90));
  expect([alarm('Refresh').state, alarm('Refresh').history.map(({ to }) => to)]).toEqual(['OK', ['OK', 'ALARM', 'OK']]);
});

test('the token of a stack that is not the active owner is checked too', async () => {
  account.region.secrets.put('ci/github', expiringIn(15));
  await account.deploy(withAlarms, { stackName: 'First' });
  account.region.secrets.create({ name: 'other', value: TOKEN });
  await account.deploy((stack) => void new SourceCredentials(stack, 'Other', {
    credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'other')),
  }), { stackName: 'Second' });
  await daysPass(1);
  expect(alarm('Expiry', 'First').state).toBe('OK');
  await daysPass(1);
  expect(alarm('Expiry', 'First').state).toBe('ALARM');
});

test('the points also reach CloudWatch in Lambda\'s JSON log format', async () => {
  await account.deploy((stack) => {
    withAlarms(stack);
    const { node } = SourceCredentialsProvider.getOrCreate(stack);
    (node.findChild('Function').node.defaultChild as lambda.CfnFunction).addPropertyOverride('LoggingConfig.LogFormat', 'JSON');
  });
  expect([points('DaysToExpiry'), alarm('Expiry').state]).toEqual([[20], 'OK']);

  const lines = account.cloudFormation.function(STACK).logs.map((line) => JSON.parse(line));
  expect(lines.filter((line) => '_aws' in line)).toHaveLength(1);
  expect(lines.every((line) => '_aws' in line || ('timestamp' in line && typeof line.message === 'string'))).toBe(true);
});

test('two stacks have separate metrics', async () => {
  await account.deploy(withAlarms, { stackName: 'First' });
  await account.deploy(withAlarms, { stackName: 'Second' });
  expect(new Set(account.region.metrics.points.map(({ dimensions }) => dimensions.StackName))).toEqual(new Set(['First', 'Second']));
  expect(account.region.metrics.points.every(({ namespace, dimensions }) => namespace === 'CodeBuildSourceCredentials' && dimensions.ServerType === 'GITHUB')).toBe(true);
});
