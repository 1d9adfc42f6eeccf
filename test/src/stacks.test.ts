import { App, NestedStack, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import { PAIRS } from '../pairs';
import {
  BitbucketCredential, Connection, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, GitLabSelfManagedCredential, SourceCredentials,
  SourceCredentialsProvider,
} from 'cdk-codebuild-source-credentials';

/*
 * Every kind of stack, without feature flags and with all recommended ones. Since aws-cdk-lib
 * 2.262.0, the recommended flags turn findings of CloudFormation Validate into errors at synthesis.
 */

const ENV = { account: '111111111111', region: 'eu-west-1' };
const CONNECTION_ARN = 'arn:aws:codeconnections:eu-west-1:111111111111:connection/0b8fbb68-6a6d-4d2a-9a6a-3f0f4ba54c41';
const BOUNDARY_ARN = 'arn:aws:iam::111111111111:policy/boundary';

/** Logical ids in users' snapshots: each credential and its policy. */
const POLICY_OF: Readonly<Record<string, string>> = {
  BitbucketBITBUCKETBE06FE72: 'BitbucketBITBUCKETPolicy20EEA14A',
  EnterpriseGITHUBENTERPRISEB3F0BE8D: 'EnterpriseGITHUBENTERPRISEPolicyE0D508BF',
  GitHubGITHUBDC668D5C: 'GitHubGITHUBPolicy3F58E857',
  GitLabGITLAB8FEAFB6F: 'GitLabGITLABPolicy22E80E36',
  SelfManagedGITLABSELFMANAGEDFA18C431: 'SelfManagedGITLABSELFMANAGEDPolicy04D0BB3E',
};
const ROLE = 'CodeBuildSourceCredentialsProviderRole2C1B9599';
const FUNCTION = 'CodeBuildSourceCredentialsProviderFunction674449AB';
const RULE = 'CodeBuildSourceCredentialsProviderRule393F696C';
const LOG_GROUP = 'CodeBuildSourceCredentialsProviderLogGroupFAAB1458';

const FLAGS = [
  { flags: 'no feature flags', context: {} },
  // The last flag is for construct libraries: it also turns warnings into errors.
  { flags: 'all recommended feature flags', context: { ...CURRENTLY_RECOMMENDED_FLAGS, '@aws-cdk/core:strictCfnValidateErrors': true } },
];

/** The ways to create the stack with the credentials in an app. */
const WAYS: Readonly<Record<string, (app: App) => Stack>> = {
  'knows neither account nor region': (app) => withCredentials(new Stack(app, 'Stack')),
  'knows its account and region': (app) => withCredentials(new Stack(app, 'Stack', { env: ENV })),
  'is in a stage': (app) => withCredentials(new Stack(new Stage(app, 'Production', { env: ENV }), 'Stack')),
  'is nested': (app) => withCredentials(new NestedStack(new Stack(app, 'Parent'), 'Nested')),
  'reads the secret of another stack': (app) => {
    const owner = new Stack(app, 'Owner', { env: ENV });
    const secret = new secretsmanager.Secret(owner, 'Secret', { encryptionKey: new kms.Key(owner, 'Key') });
    return withCredentials(new Stack(app, 'Stack', { env: ENV }), secret);
  },
  'has a permissions boundary': (app) => {
    const stack = withCredentials(new Stack(app, 'Stack'));
    iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', BOUNDARY_ARN));
    return stack;
  },
  'has tags': (app) => {
    const stack = withCredentials(new Stack(app, 'Stack'));
    Tags.of(app).add('team', 'platform');
    return stack;
  },
  'has its function in a VPC': (app) => {
    const stack = new Stack(app, 'Stack');
    new SourceCredentialsProvider(stack, 'CodeBuildSourceCredentialsProvider', { vpc: new ec2.Vpc(stack, 'Vpc') });
    return withCredentials(stack);
  },
};

/** Adds a credential of each server type. Together they have every auth type. */
function withCredentials(stack: Stack, secret?: secretsmanager.ISecret): Stack {
  const from = secret ?? secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token');
  const connection = Connection.fromConnectionArn(stack, 'Connection', CONNECTION_ARN);
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(from, { jsonField: 'token' }) });
  new SourceCredentials(stack, 'Enterprise', { credential: GitHubEnterpriseCredential.secretsManager(from) });
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.basicAuth(from) });
  new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection) });
  new SourceCredentials(stack, 'SelfManaged', { credential: GitLabSelfManagedCredential.connection(connection) });
  return stack;
}

describe.each(FLAGS)('with $flags', ({ context }) => {
  function build(way: string) {
    const stack = WAYS[way](new App({ context }));
    return { stack, template: Template.fromStack(stack) };
  }

  test.each(Object.keys(WAYS))('a stack that %s has the same names and dependencies', (way) => {
    const { template } = build(way);

    const credentials = template.findResources('Custom::CodeBuildSourceCredentials');
    expect(Object.keys(credentials).sort()).toEqual(Object.keys(POLICY_OF));
    for (const [id, { DependsOn, Properties }] of Object.entries(credentials)) {
      // The resource depends only on its own policy and on the event rule.
      expect(DependsOn.filter((other: string) => Object.values(POLICY_OF).includes(other))).toEqual([POLICY_OF[id]]);
      expect(DependsOn).toContain(RULE);
      expect(Properties.ServiceToken).toEqual({ 'Fn::GetAtt': [FUNCTION, 'Arn'] });
    }
    // Each credential has one policy, attached to the one role. There is no default policy.
    const policies = template.findResources('AWS::IAM::Policy');
    expect(Object.keys(policies).sort()).toEqual(Object.values(POLICY_OF));
    for (const { Properties } of Object.values(policies)) expect(Properties.Roles).toEqual([{ Ref: ROLE }]);
    expect(Object.keys(template.findResources('AWS::Logs::LogGroup'))).toEqual([LOG_GROUP]);
    template.templateMatches({ Resources: { [FUNCTION]: { Properties: { Role: { 'Fn::GetAtt': [ROLE, 'Arn'] } } } } });
  });

  test.each(PAIRS)('a stack with only $serverType with $authType', ({ credential }) => {
    const stack = new Stack(new App({ context }), 'Stack');
    const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token');
    new SourceCredentials(stack, 'Credentials', { credential: credential({ secret, connection: Connection.fromConnectionArn(stack, 'Connection', CONNECTION_ARN) }) });

    Template.fromStack(stack).resourceCountIs('Custom::CodeBuildSourceCredentials', 1);
  });

  test('the role has the permissions boundary', () => {
    const { template } = build('has a permissions boundary');

    template.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: BOUNDARY_ARN });
  });

  test('all taggable resources are tagged, and the handler gets no tags', () => {
    const { template } = build('has tags');

    for (const type of ['AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup']) {
      template.allResourcesProperties(type, { Tags: [{ Key: 'team', Value: 'platform' }] });
    }
    expect(JSON.stringify(template.findResources('Custom::CodeBuildSourceCredentials'))).not.toContain('platform');
  });

  test('a secret and key of another stack are imported from it, without a reference in the other direction', () => {
    const { stack, template } = build('reads the secret of another stack');
    const [owner] = stack.dependencies;

    expect(owner.dependencies).toEqual([]);
    const { GitHubGITHUBDC668D5C: gitHub } = template.findResources('Custom::CodeBuildSourceCredentials');
    const { GitHubGITHUBPolicy3F58E857: policy } = template.findResources('AWS::IAM::Policy');
    const [read, decrypt] = policy.Properties.PolicyDocument.Statement.slice(2);
    expect([read.Action, decrypt.Action]).toEqual(['secretsmanager:GetSecretValue', 'kms:Decrypt']);
    expect(gitHub.Properties.SecretId).toEqual(read.Resource);
    // The reference is an import, or since aws-cdk-lib 2.254.0 with its recommended flags, a lookup of the output.
    expect(JSON.stringify(read.Resource)).toMatch(/ImportValue.*Owner:ExportsOutputRefSecret|GetStackOutput.*PublishOutputRefSecret/);
    expect(JSON.stringify(decrypt.Resource)).toMatch(/ImportValue.*Owner:ExportsOutputFnGetAttKey|GetStackOutput.*PublishOutputFnGetAttKey/);
    // The key policy in the other stack contains no role of the function's stack.
    expect(JSON.stringify(Template.fromStack(owner).toJSON())).not.toContain('CodeBuildSourceCredentials');
  });

  test('the parent of a nested stack gets none of its resources', () => {
    const { stack } = build('is nested');

    const resources = Object.values<{ Type: string }>(Template.fromStack(stack.nestedStackParent!).toJSON().Resources);
    expect(resources.map(({ Type }) => Type)).toEqual(['AWS::CloudFormation::Stack']);
  });
});

describe('a nested stack has the environment of its parent', () => {
  function nest() {
    const app = new App();
    const parent = new Stack(app, 'Parent');
    const gitHub = (scope: Stack) => new SourceCredentials(scope, 'GitHub', {
      credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(scope, 'Token', 'ci/github')),
    });
    gitHub(new NestedStack(parent, 'Nested'));
    return { app, parent, gitHub };
  }

  test('and is limited to one credential of each server type', () => {
    const { app, parent, gitHub } = nest();
    gitHub(parent);

    expect(() => app.synth()).toThrow("'Parent/Nested/GitHub' and 'Parent/GitHub' both import a GITHUB credential in stack 'Parent', where CodeBuild stores only one");
  });

  test('and a native source credential in it is detected', () => {
    const { app, parent } = nest();
    new codebuild.CfnSourceCredential(parent, 'Native', { serverType: 'GITHUB', authType: 'CODECONNECTIONS', token: CONNECTION_ARN });

    expect(() => app.synth()).toThrow("'Parent/Native' is a native AWS::CodeBuild::SourceCredential for GITHUB too");
  });
});
