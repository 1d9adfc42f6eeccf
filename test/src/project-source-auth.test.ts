import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Connection, GitLabSource, ProjectSourceAuth, ProviderType } from 'cdk-codebuild-source-credentials';

const ARN = 'arn:aws:codeconnections:us-east-1:111111111111:connection/x';

let stack: Stack;

beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'us-east-1' } });
});

const gitHub = () => codebuild.Source.gitHub({ owner: 'owner', repo: 'repo', webhook: true });

function project(source?: codebuild.ISource, props: codebuild.ProjectProps = {}): codebuild.Project {
  return new codebuild.Project(stack, 'Project', {
    source, buildSpec: codebuild.BuildSpec.fromObject({ version: '0.2' }), ...props,
  });
}

/** Returns the project in the template, and the policies that it depends on. */
function synthesized() {
  const template = Template.fromStack(stack);
  const [resource] = Object.values(template.findResources('AWS::CodeBuild::Project'));
  const waitsFor = [resource.DependsOn].flat().map((id) => template.toJSON().Resources[id]);
  return { source: resource.Properties.Source, waitsFor };
}

const policyWith = (...statements: object[]) => ({
  Type: 'AWS::IAM::Policy',
  Properties: expect.objectContaining({ PolicyDocument: { Version: '2012-10-17', Statement: statements } }),
});

test('with a connection, it is the project\'s auth, and the role may use it before the project is created', () => {
  ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, 'Connection', ARN)).applyTo(project(gitHub()));

  const { source, waitsFor } = synthesized();
  expect(source).toMatchObject({ Type: 'GITHUB', Location: 'https://github.com/owner/repo.git', Auth: { Type: 'CODECONNECTIONS', Resource: ARN } });
  expect(waitsFor).toEqual([policyWith({
    Effect: 'Allow',
    Action: ['codeconnections:UseConnection', 'codeconnections:GetConnection', 'codeconnections:GetConnectionToken'],
    Resource: ARN,
  })]);
});

test('with a connection of the same stack, the role may use both prefixes', () => {
  const connection = new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB });
  ProjectSourceAuth.connection(connection).applyTo(project(GitLabSource.gitLab({ httpsCloneUrl: 'https://gitlab.com/group/project.git' })));

  const { source, waitsFor } = synthesized();
  expect(source).toMatchObject({ Type: 'GITLAB', Auth: { Type: 'CODECONNECTIONS', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Connection/), 'ConnectionArn'] } } });
  expect(waitsFor[0].Properties.PolicyDocument.Statement[0].Action).toEqual([
    'codeconnections:UseConnection', 'codeconnections:GetConnection', 'codeconnections:GetConnectionToken',
    'codestar-connections:UseConnection', 'codestar-connections:GetConnection', 'codestar-connections:GetConnectionToken',
  ]);
});

test('with a secret, the role may read it, and decrypt it with its key', () => {
  const secret = secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/token-AbCdEf',
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1234'),
  });
  ProjectSourceAuth.secretsManager(secret).applyTo(project(gitHub()));

  const { source, waitsFor } = synthesized();
  expect(source.Auth).toEqual({ Type: 'SECRETS_MANAGER', Resource: secret.secretArn });
  expect(waitsFor).toEqual([policyWith(
    { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret.secretArn },
    expect.objectContaining({ Action: 'kms:Decrypt' }),
  )]);
});

test('a secret of another region is refused', () => {
  const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:ci/token-AbCdEf');
  expect(() => ProjectSourceAuth.secretsManager(secret).applyTo(project(gitHub())))
    .toThrow("the secret at 'Stack/Secret' is in account 111111111111, region eu-west-1, but CodeBuild only reads secrets of its own account and region. Pass a secret in the project's account and region");
});

test('an imported project is refused', () => {
  const imported = codebuild.Project.fromProjectName(stack, 'Imported', 'project') as codebuild.Project;
  expect(() => ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, 'Connection', ARN)).applyTo(imported))
    .toThrow("project 'Stack/Imported' is imported. Its source can only be changed by the app that creates it");
});

test('a source that is not a repository of a source provider is refused', () => {
  const source = codebuild.Source.s3({ bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'bucket'), path: 'source.zip' });
  expect(() => ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, 'Connection', ARN)).applyTo(project(source)))
    .toThrow("the source of project 'Stack/Project' is of type S3, which does not sign in to a source provider");
});

test('a project without a source keeps the auth for later sources', () => {
  ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, 'Connection', ARN)).applyTo(project());
  expect(synthesized().source).toMatchObject({ Type: 'NO_SOURCE', Auth: { Type: 'CODECONNECTIONS' } });
});

test('the policy is also attached to a role that the app creates', () => {
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
  ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, 'Connection', ARN)).applyTo(project(gitHub(), { role }));
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [Match.objectLike({ Resource: ARN })] }, Roles: [stack.resolve(role.roleName)].map((Ref) => Ref),
  });
});

describe('secondary sources', () => {
  const secondary = (source: codebuild.ISource, later?: codebuild.ISource) => {
    const made = project(gitHub(), { secondarySources: [source] });
    ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, 'Connection', ARN)).applyTo(made);
    if (later) made.addSecondarySource(later);
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CodeBuild::Project'));
    return Properties.SecondarySources.map(({ Type, SourceIdentifier, Auth }: any) => [Type, SourceIdentifier, Auth]);
  };

  test('of the same provider have the same auth as the primary source, even if they are added later', () => {
    const other = (identifier: string) => codebuild.Source.gitHub({ owner: 'owner', repo: 'other', identifier });
    const auth = { Type: 'CODECONNECTIONS', Resource: ARN };
    expect(secondary(other('before'), other('after'))).toEqual([['GITHUB', 'before', auth], ['GITHUB', 'after', auth]]);
  });

  test('of another provider use the credential of the account', () => {
    const other = codebuild.Source.bitBucket({ owner: 'owner', repo: 'other', identifier: 'other' });
    expect(secondary(other)).toEqual([['BITBUCKET', 'other', undefined]]);
  });

  test('are not in the template of a project that has none', () => {
    ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, 'Connection', ARN)).applyTo(project(gitHub()));
    expect(Template.fromStack(stack).findResources('AWS::CodeBuild::Project', { Properties: { SecondarySources: Match.anyValue() } })).toEqual({});
  });
});

describe('an existing auth is refused', () => {
  const MESSAGE = "project 'Stack/Project' already has an auth. Apply one ProjectSourceAuth to it, or remove the other auth";
  const apply = (made: codebuild.Project, id = 'Connection') => ProjectSourceAuth.connection(Connection.fromConnectionArn(stack, id, ARN)).applyTo(made);

  test('if ProjectSourceAuth is applied twice', () => {
    const made = project(gitHub());
    apply(made);
    expect(() => apply(made, 'Second')).toThrow(MESSAGE);
  });

  test('if the source sets it', () => {
    const source = gitHub();
    const withAuth: codebuild.ISource = {
      type: source.type,
      badgeSupported: false,
      bind: (...args) => {
        const config = source.bind(...args);
        return { ...config, sourceProperty: { ...config.sourceProperty, auth: { type: 'OAUTH' } } };
      },
    };
    expect(() => apply(project(withAuth))).toThrow(MESSAGE);
  });

  test('if a property override sets it', () => {
    const made = project(gitHub());
    (made.node.defaultChild as codebuild.CfnProject).addPropertyOverride('Source.Auth', { Type: 'OAUTH' });
    expect(() => apply(made)).toThrow(MESSAGE);
  });
});
