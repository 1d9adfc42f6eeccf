import { App, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { PAIRS } from '../pairs';
import { BitbucketCredential, Connection, GitHubCredential, SourceCredentials, SourceCredentialsProvider, TokenCheck } from 'cdk-codebuild-source-credentials';

function gitHub(stack: Stack): SourceCredentials {
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/github');
  return new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret, { jsonField: 'token', expiryField: 'ends' }) });
}

const newStack = (id = 'Stack') => new Stack(new App(), id);

describe('metrics', () => {
  test.each([
    ['DaysToExpiry', 'Maximum', 86400, (one: SourceCredentials, props?: cloudwatch.MetricOptions) => one.metricDaysToExpiry(props)],
    ['TokenValid', 'Minimum', 86400, (one: SourceCredentials, props?: cloudwatch.MetricOptions) => one.metricTokenValid(props)],
    ['TokenChecked', 'Minimum', 86400, (one: SourceCredentials, props?: cloudwatch.MetricOptions) => one.metricTokenChecked(props)],
    ['Drift', 'Sum', 86400, (one: SourceCredentials, props?: cloudwatch.MetricOptions) => one.metricDrift(props)],
    ['Restores', 'Sum', 86400, (one: SourceCredentials, props?: cloudwatch.MetricOptions) => one.metricRestores(props)],
    ['RefreshFailures', 'Sum', 300, (one: SourceCredentials, props?: cloudwatch.MetricOptions) => one.metricRefreshFailures(props)],
  ] as const)('%s', (metricName, statistic, seconds, metric) => {
    const stack = newStack();
    const seen = metric(gitHub(stack));
    expect({ ...seen, period: seen.period.toSeconds(), dimensions: stack.resolve(seen.dimensions) }).toMatchObject({
      namespace: 'CodeBuildSourceCredentials',
      metricName,
      statistic,
      period: seconds,
      dimensions: { StackName: { Ref: 'AWS::StackName' }, ServerType: 'GITHUB' },
    });
  });

  test('use the statistic and period that the user passes', () => {
    const metric = gitHub(newStack()).metricDaysToExpiry({ statistic: 'Average', period: Duration.hours(1), label: 'left' });
    expect(metric).toMatchObject({ metricName: 'DaysToExpiry', statistic: 'Average', period: Duration.hours(1), label: 'left' });
  });

  test('have CloudWatch\'s default statistic if only their names are given', () => {
    expect(gitHub(newStack()).metric('Drift')).toMatchObject({ metricName: 'Drift', statistic: 'Average', period: Duration.minutes(5) });
  });

  test.each(PAIRS)('exist for $serverType with $authType', ({ serverType, credential }) => {
    const stack = newStack();
    const one = new SourceCredentials(stack, 'One', {
      credential: credential({
        secret: secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token'),
        connection: Connection.fromConnectionArn(stack, 'Connection', 'arn:aws:codeconnections:us-east-1:111111111111:connection/aaaa'),
      }),
    });
    expect(one.metricRefreshFailures().dimensions).toMatchObject({ ServerType: serverType });
  });

  test('have the stack name of the credential, also in other stacks', () => {
    const app = new App();
    const stack = new Stack(app, 'Infrastructure');
    const other = new Stack(app, 'Alarms');
    const metric = gitHub(stack).metricDrift();
    new cloudwatch.Alarm(other, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
    new cloudwatch.Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });

    const dimension = (Value: unknown) => ({ Dimensions: [{ Name: 'ServerType', Value: 'GITHUB' }, { Name: 'StackName', Value }] });
    Template.fromStack(other).hasResourceProperties('AWS::CloudWatch::Alarm', dimension('Infrastructure'));
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', dimension({ Ref: 'AWS::StackName' }));
  });

  test('of a nested stack have the name that CloudFormation gives it', () => {
    const parent = newStack('Parent');
    const nested = new NestedStack(parent, 'Nested');
    const metric = gitHub(nested).metricDrift();
    new cloudwatch.Alarm(nested, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
    new cloudwatch.Alarm(parent, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });

    const name = (template: Template) => Object.values(template.findResources('AWS::CloudWatch::Alarm'))[0].Properties.Dimensions[1].Value;
    expect(name(Template.fromStack(nested))).toEqual({ Ref: 'AWS::StackName' });
    expect(JSON.stringify(name(Template.fromStack(parent)))).toContain('NestedNestedStack');
  });
});

describe('alarmBeforeExpiry', () => {
  test('uses the newest token, and treats missing data as breaching', () => {
    const stack = newStack();
    gitHub(stack).alarmBeforeExpiry('Expiry', { days: 14 });
    const template = Template.fromStack(stack);
    template.hasResource('AWS::CloudWatch::Alarm', {
      Properties: {
        Namespace: 'CodeBuildSourceCredentials',
        MetricName: 'DaysToExpiry',
        Statistic: 'Maximum',
        Period: 86400,
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 14,
        EvaluationPeriods: 1,
        TreatMissingData: 'breaching',
        AlarmDescription: Match.stringLikeRegexp('^The GITHUB token that CodeBuild uses expires in less than 14 days'),
      },
      // The alarm ignores the time before the first data point.
      DependsOn: [Object.keys(template.findResources('Custom::CodeBuildSourceCredentials'))[0]],
    });
  });

  test('ignores missing data if only GitHub provides the date', () => {
    const stack = newStack();
    const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/github');
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret), tokenCheck: TokenCheck.warn() })
      .alarmBeforeExpiry('Expiry', { days: 14 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'DaysToExpiry', TreatMissingData: 'ignore' });
  });

  test('accepts actions', () => {
    const stack = newStack();
    gitHub(stack).alarmBeforeExpiry('Expiry', { days: 14 }).addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:111111111111:ops' }) });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: ['arn:aws:sns:us-east-1:111111111111:ops'] });
  });

  test('can be created several times', () => {
    const stack = newStack();
    const one = gitHub(stack);
    one.alarmBeforeExpiry('Early', { days: 30 });
    one.alarmBeforeExpiry('Late', { days: 3.5 });
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 2);
  });

  test.each([0, -1, NaN, '14'])('refuses %p days', (days) => {
    expect(() => gitHub(newStack()).alarmBeforeExpiry('Expiry', { days: days as number })).toThrow(/^SourceCredentials 'Stack\/GitHub': alarmBeforeExpiry: days must be a number of days above 0; got .*\. Pass one such as 14$/);
  });

  test('is refused for a credential without a known expiry date', () => {
    const stack = newStack();
    const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/bitbucket');
    const one = new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.basicAuth(secret), tokenCheck: TokenCheck.warn() });
    expect(() => one.alarmBeforeExpiry('Expiry', { days: 14 })).toThrow("SourceCredentials 'Stack/Bitbucket': alarmBeforeExpiry needs the date on which the token expires. This BITBUCKET credential of type BASIC_AUTH has none. Set expiryField of personalAccessToken or basicAuth, or tokenCheck for GitHub");
  });

  test.each([
    ['0 seconds', Duration.seconds(0)], ['2 days', Duration.days(2)],
  ])('is refused with a reconcileInterval of %s', (text, reconcileInterval) => {
    const stack = newStack();
    new SourceCredentialsProvider(stack, 'Provider', { reconcileInterval });
    expect(() => gitHub(stack).alarmBeforeExpiry('Expiry', { days: 14 })).toThrow(`SourceCredentials 'Stack/GitHub': alarmBeforeExpiry needs a check at least once a day; got a reconcileInterval of ${text}. Leave out the reconcileInterval of the provider at 'Stack/Provider', or pass at most Duration.days(1)`);
  });
});

test('alarmOnRefreshFailure stays on until a refresh succeeds', () => {
  const stack = newStack();
  gitHub(stack).alarmOnRefreshFailure('Refresh');
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'RefreshFailures',
    Statistic: 'Minimum',
    Period: 60,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 1,
    EvaluationPeriods: 1,
    TreatMissingData: 'ignore',
  });
});

test('dashboardRow shows all metrics, and is as wide as a dashboard', () => {
  const stack = newStack();
  const one = gitHub(stack);
  const row = one.dashboardRow();
  new cloudwatch.Dashboard(stack, 'Dashboard').addWidgets(row);
  expect([row.width, row.height]).toEqual([24, 6]);

  const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard.Properties.DashboardBody);
  for (const name of ['DaysToExpiry', 'TokenValid', 'TokenChecked', 'Drift', 'Restores', 'RefreshFailures']) expect(body).toContain(name);
  expect(body).toContain('"Ref":"AWS::StackName"');
});
