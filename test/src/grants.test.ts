import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Connection, GitHubCredential, IConnection, ProviderType, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * When CodeBuild creates a project with a webhook, it checks that its role may use the connection or read the secret.
 * Therefore the project depends on a policy that does not refer to the project.
 */

const ARN = 'arn:aws:codeconnections:us-east-1:111111111111:connection/x';
const ENV = { account: '111111111111', region: 'us-east-1' };
const USE = ['codeconnections:UseConnection', 'codeconnections:GetConnection', 'codeconnections:GetConnectionToken'];

let app: App;
let stack: Stack;
let connection: IConnection;

beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack', { env: ENV });
  connection = Connection.fromConnectionArn(stack, 'Connection', ARN);
});

function project(props: codebuild.ProjectProps = {}, scope = stack, id = 'Project'): codebuild.Project {
  return new codebuild.Project(scope, id, { source: codebuild.Source.gitHub({ owner: 'owner', repo: 'repo', webhook: true }), ...props });
}

/** Returns the statements and roles of the policies that the project depends on, within its stack. */
function waitsFor(of = stack, id = 'Project') {
  const template = Template.fromStack(of);
  const [resource] = Object.entries(template.findResources('AWS::CodeBuild::Project')).filter(([logicalId]) => logicalId.startsWith(id)).map(([, value]) => value);
  return [resource.DependsOn ?? []].flat().map((policy) => template.toJSON().Resources[policy])
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .map(({ Properties }) => ({ actions: Properties.PolicyDocument.Statement.map(({ Action }: any) => Action), roles: Properties.Roles }));
}

const own = () => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });

test('a project depends on the policy that allows its role to use a connection', () => {
  connection.grantUse(project());
  expect(waitsFor()).toEqual([{ actions: [USE], roles: [{ Ref: expect.stringMatching(/^ProjectRole/) }] }]);
});

test('a project depends on the policy for a new connection, with both prefixes', () => {
  const created = new Connection(stack, 'Created', { providerType: ProviderType.GITHUB });
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.connection(created) });
  created.grantUse(project());
  expect(waitsFor()).toEqual([expect.objectContaining({ actions: [[...USE, ...USE.map((action) => action.replace('codeconnections', 'codestar-connections'))]] })]);
});

test('all projects of a role depend on the policy, created before or after the grant', () => {
  const role = own();
  project({ role }, stack, 'Before');
  connection.grantUse(role);
  project({ role }, stack, 'After');
  project({}, stack, 'Other');
  const roles = [{ Ref: expect.stringMatching(/^Role/) }];
  expect([waitsFor(stack, 'Before'), waitsFor(stack, 'After'), waitsFor(stack, 'Other')]).toEqual([[{ actions: [USE], roles }], [{ actions: [USE], roles }], []]);
});

test('a project with an imported role depends on the policy', () => {
  const role = iam.Role.fromRoleArn(stack, 'Imported', 'arn:aws:iam::111111111111:role/builds');
  connection.grantUse(project({ role }));
  expect(waitsFor()).toEqual([{ actions: [USE], roles: ['builds'] }]);
});

test('an immutable role is not changed', () => {
  const role = iam.Role.fromRoleArn(stack, 'Imported', 'arn:aws:iam::111111111111:role/builds', { mutable: false });
  connection.grantUse(project({ role }));
  expect(waitsFor()).toEqual([]);
});

test('a project of another stack depends on the policy, without a reference from its role\'s stack', () => {
  const other = new Stack(app, 'Other', { env: ENV });
  const created = new Connection(stack, 'Created', { providerType: ProviderType.GITHUB });
  created.grantUse(project({}, other));
  expect(waitsFor(other)).toHaveLength(1);
  expect(JSON.stringify(Template.fromStack(other).toJSON())).toContain('Fn::ImportValue');
});

test('a project whose role was imported in another stack depends on the policy', () => {
  const role = iam.Role.fromRoleArn(new Stack(app, 'Roles', { env: ENV }), 'Imported', 'arn:aws:iam::111111111111:role/builds');
  connection.grantUse(project({ role }));
  expect(waitsFor()).toEqual([{ actions: [USE], roles: ['builds'] }]);
});

test('a second grant changes nothing', () => {
  const made = project();
  connection.grantUse(made);
  connection.grantUse(made);
  expect(waitsFor()).toHaveLength(1);
  expect(waitsFor()[0].actions).toEqual([USE]);
});

test('other constructs can depend on a grant', () => {
  const role = own();
  const waiting = new iam.User(stack, 'User');
  connection.grantUse(role).applyBefore(waiting);
  const [{ DependsOn }] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::User'));
  expect(DependsOn).toEqual([expect.stringMatching(/^RoleUse/)]);
});

test('a user and a group can also be grantees', () => {
  connection.grantUse(new iam.User(stack, 'User'));
  connection.grantUse(new iam.Group(stack, 'Group'));
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 2);
});

test('a pipeline and its project depend on the permissions of their roles', () => {
  const created = new Connection(stack, 'Created', { providerType: ProviderType.GITHUB });
  const source = new codepipeline.Artifact();
  const build = new codebuild.PipelineProject(stack, 'Build');
  const pipeline = new codepipeline.Pipeline(stack, 'Pipeline', {
    stages: [
      {
        stageName: 'Source',
        actions: [new actions.CodeStarConnectionsSourceAction({
          actionName: 'Source', owner: 'owner', repo: 'repo', connectionArn: created.connectionArn, output: source, codeBuildCloneOutput: true,
        })],
      },
      { stageName: 'Build', actions: [new actions.CodeBuildAction({ actionName: 'Build', input: source, project: build })] },
    ],
  });
  created.grantUse(pipeline.role);
  created.grantUse(build);

  const template = Template.fromStack(stack);
  expect(waitsFor(stack, 'Build')).toHaveLength(1);
  const [{ DependsOn }] = Object.values(template.findResources('AWS::CodePipeline::Pipeline'));
  expect(DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^PipelineRoleUseStackCreated/)]));
});

describe('grantUse of source credentials', () => {
  const SECRET = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/token-AbCdEf';
  const secret = () => secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn: SECRET, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1234'),
  });

  test('allows the role to read and decrypt a secret that CodeBuild reads', () => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.secretsManager(secret()) }).grantUse(project());
    expect(waitsFor()).toEqual([{ actions: ['secretsmanager:GetSecretValue', 'kms:Decrypt'], roles: [{ Ref: expect.stringMatching(/^ProjectRole/) }] }]);
  });

  test('allows the role to use a connection', () => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.connection(connection) }).grantUse(project());
    expect(waitsFor()).toEqual([expect.objectContaining({ actions: [USE] })]);
  });

  test('adds no permission for an imported token', () => {
    const grant = new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret()) }).grantUse(project());
    expect([grant.success, waitsFor()]).toEqual([false, []]);
  });

  test('refuses a grantee without a principal', () => {
    const credentials = new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.connection(connection) });
    expect(() => credentials.grantUse('role' as any)).toThrow("SourceCredentials 'Stack/GitHub': grantee must be something with a principal; got a string");
  });
});
