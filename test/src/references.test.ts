import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codeconnections from 'aws-cdk-lib/aws-codeconnections';
import * as codestarconnections from 'aws-cdk-lib/aws-codestarconnections';
import {
  BitbucketCredential, Connection, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, GitLabSelfManagedCredential,
  ProjectSourceAuth, ProviderType, SourceCredentials,
} from 'cdk-codebuild-source-credentials';

/* CDK's reference interfaces: other constructs accept and return connections through them. */

const ARN = 'arn:aws:codeconnections:us-east-1:111111111111:connection/0b8fbb68';

let stack: Stack;

beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'us-east-1' } });
});

const native = (providerType: string, id = 'Native') => new codeconnections.CfnConnection(stack, id, { connectionName: id, providerType });

const arnOf = (credential: ReturnType<typeof GitHubCredential.connection>) => {
  new SourceCredentials(stack, 'Credentials', { credential });
  const template = Template.fromStack(stack);
  const [{ Properties }] = Object.values(template.findResources('Custom::CodeBuildSourceCredentials'));
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap((policy) => policy.Properties.PolicyDocument.Statement);
  return [Properties.ConnectionArn, statements.find(({ Action }) => Action.includes('codeconnections:GetConnection'))];
};

test.each([
  ['GitHub', GitHubCredential], ['GitHubEnterpriseServer', GitHubEnterpriseCredential], ['Bitbucket', BitbucketCredential],
  ['GitLab', GitLabCredential], ['GitLabSelfManaged', GitLabSelfManagedCredential],
] as const)('a native connection to %s is a credential', (providerType, factory) => {
  const connection = native(providerType);
  const arn = stack.resolve(connection.connectionRef.connectionArn);
  expect(arnOf(factory.connection(connection))).toEqual([arn, {
    Effect: 'Allow',
    Action: ['codeconnections:GetConnection', 'codeconnections:PassConnection', 'codestar-connections:GetConnection', 'codestar-connections:PassConnection'],
    Resource: arn,
  }]);
});

test('a native connection of the former resource type is accepted', () => {
  const connection = new codestarconnections.CfnConnection(stack, 'Native', { connectionName: 'former', providerType: 'GitHub' });
  expect(arnOf(GitHubCredential.connection(connection))[0]).toEqual(stack.resolve(connection.connectionRef.connectionArn));
});

test('a native connection to another provider is refused, unless its provider is a parameter', () => {
  expect(() => GitHubCredential.connection(native('GitLab'))).toThrow("connection 'Stack/Native' is to GitLab, but a GITHUB credential needs one to GitHub");
  expect(() => GitHubCredential.connection(native(new CfnParameter(stack, 'Provider').valueAsString, 'Any'))).not.toThrow();
});

test('a project can use a native connection, and depends on the permission for it', () => {
  const project = new codebuild.Project(stack, 'Project', { source: codebuild.Source.gitHub({ owner: 'owner', repo: 'repo', webhook: true }) });
  const connection = native('GitHub');
  ProjectSourceAuth.connection(connection).applyTo(project);

  const template = Template.fromStack(stack);
  const [{ Properties, DependsOn }] = Object.values(template.findResources('AWS::CodeBuild::Project'));
  expect(Properties.Source.Auth.Resource).toEqual(stack.resolve(connection.connectionRef.connectionArn));
  const [policy] = DependsOn.map((id: string) => template.toJSON().Resources[id]);
  expect(policy.Properties.PolicyDocument.Statement[0].Action).toEqual(expect.arrayContaining(['codeconnections:GetConnectionToken', 'codestar-connections:GetConnectionToken']));
});

test('a wait can use the ARN of a native connection', () => {
  Connection.fromConnectionArn(stack, 'Connection', native('GitHub').attrConnectionArn).waitUntilAvailable(Duration.minutes(1));
  Template.fromStack(stack).hasResourceProperties('Custom::CodeConnectionsWait', { ConnectionArn: { 'Fn::GetAtt': ['Native', 'ConnectionArn'] } });
});

test('native constructs accept connections', () => {
  const imported = Connection.fromConnectionArn(stack, 'Imported', ARN);
  const created = new Connection(stack, 'Created', { providerType: ProviderType.GITLAB });
  const references: codeconnections.IConnectionRef[] = [imported, created];
  expect(references.map(({ connectionRef }) => connectionRef)).toEqual([{ connectionArn: ARN }, { connectionArn: created.connectionArn }]);
  // The oldest supported aws-cdk-lib does not have this.
  const { arnForConnection = (connection: codeconnections.IConnectionRef) => connection.connectionRef.connectionArn } =
    codeconnections.CfnConnection as unknown as { arnForConnection?(connection: codeconnections.IConnectionRef): string };
  expect(arnForConnection(imported)).toBe(ARN);
});
