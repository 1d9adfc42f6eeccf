import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { BitbucketCredential, Connection, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, SourceCredentials, SourceCredentialsProps, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

const ENV = { account: '111111111111', region: 'us-east-1' };
const COMPLETE = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/token-AbCdEf';
const ELSEWHERE = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:ci/token-AbCdEf';

const newStack = () => new Stack(new App(), 'Stack', { env: ENV });

function gitHub(stack: Stack, secret: secretsmanager.ISecret, props: Partial<SourceCredentialsProps> = {}) {
  return new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret), ...props });
}

/** Returns the event patterns of the stack's rule. */
function patterns(stack: Stack) {
  const [rule] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule', { Properties: { EventPattern: Match.anyValue() } }));
  const { EventPattern } = rule.Properties;
  if (!EventPattern.$or) return [EventPattern];
  // CloudFormation Validate and EventBridge refuse an `$or` with fewer elements.
  expect(EventPattern.$or.length).toBeGreaterThan(1);
  return EventPattern.$or;
}

const RESTORE = {
  'source': ['cdk-codebuild-source-credentials'],
  'detail-type': ['Source Credential Restore Requested'],
  'detail': { stackId: [{ Ref: 'AWS::StackId' }] },
};
const SECRETS = { 'source': ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] };

test('one rule receives the events for this stack and of each secret, by ARN or by name', () => {
  const stack = newStack();
  const byName = secretsmanager.Secret.fromSecretNameV2(stack, 'ByName', 'ci/name');
  gitHub(stack, byName);
  new SourceCredentials(stack, 'Enterprise', { credential: GitHubEnterpriseCredential.personalAccessToken(byName) });
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.basicAuth(secretsmanager.Secret.fromSecretCompleteArn(stack, 'ByArn', COMPLETE)) });

  expect(patterns(stack)).toEqual([
    RESTORE,
    { ...SECRETS, account: [ENV.account], region: [ENV.region], detail: { labelUpdated: ['AWSCURRENT'], name: ['ci/name'] } },
    { ...SECRETS, resources: [COMPLETE], detail: { labelUpdated: ['AWSCURRENT'] } },
  ]);
});

test('the rule may invoke the function', () => {
  const stack = newStack();
  gitHub(stack, secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token'));
  const template = Template.fromStack(stack);

  const [functionId] = Object.keys(template.findResources('AWS::Lambda::Function'));
  const [ruleId] = Object.keys(template.findResources('AWS::Events::Rule'));
  template.hasResourceProperties('AWS::Events::Rule', { Targets: [{ Arn: { 'Fn::GetAtt': [functionId, 'Arn'] } }] });
  template.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': [ruleId, 'Arn'] } });
});

test('the rule omits secrets that are not refreshed, or that CodeBuild reads itself', () => {
  const stack = newStack();
  gitHub(stack, secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token'), { refreshOnSecretChange: false });
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.secretsManager(secretsmanager.Secret.fromSecretNameV2(stack, 'Other', 'ci/other')) });

  expect(patterns(stack)).toEqual([RESTORE]);
  Template.fromStack(stack).hasResourceProperties('Custom::CodeBuildSourceCredentials', { ServerType: 'GITHUB', RefreshOnSecretChange: 'false' });
});

test('a secret of another account or region causes a warning with solutions', () => {
  const stack = newStack();
  const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', ELSEWHERE);
  gitHub(stack, secret);

  Annotations.fromStack(stack).hasWarning('/Stack/GitHub', Match.stringLikeRegexp("the secret at 'Stack/Secret' is in account 111111111111, region eu-west-1, whose events do not reach this stack's function\\..* once a day by default. Set the provider's reconcileInterval, forward the secret's events to this account's event bus, or set refreshOnSecretChange to false"));
});

test.each([
  ['an hour', Duration.hours(1), false],
  ['a day, which is the default', Duration.days(1), true],
  ['nothing: the check is off', Duration.seconds(0), true],
])('a secret of another account or region, with a check after %s', (_, reconcileInterval, isWarned) => {
  const stack = newStack();
  new SourceCredentialsProvider(stack, 'CodeBuildSourceCredentialsProvider', { reconcileInterval });
  gitHub(stack, secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', ELSEWHERE));

  const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  expect(warnings).toHaveLength(isWarned ? 1 : 0);
});

test('a secret of another account or region with refreshOnSecretChange false causes no warning', () => {
  const stack = newStack();
  gitHub(stack, secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', ELSEWHERE), { refreshOnSecretChange: false });

  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test.each([true, false])('refreshOnSecretChange: %p is refused for a credential that CodeBuild reads itself', (refreshOnSecretChange) => {
  const stack = newStack();
  const connection = Connection.fromConnectionArn(stack, 'Connection', 'arn:aws:codeconnections:us-east-1:111111111111:connection/x');

  expect(() => new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection), refreshOnSecretChange }))
    .toThrow("SourceCredentials 'Stack/GitLab': refreshOnSecretChange only applies to imported tokens and passwords; CodeBuild reads a CODECONNECTIONS credential itself at build time. Remove it");
});
