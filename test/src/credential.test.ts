import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { PAIRS } from '../pairs';
import * as library from 'cdk-codebuild-source-credentials';

const { AuthType, BitbucketCredential, Connection, GitHubCredential, ServerType, SourceCredentials } = library;

const CONNECTION_ARN = 'arn:aws:codeconnections:us-east-1:111111111111:connection/aaaa';

function synthesize(credential: (stack: Stack) => library.Credential) {
  const stack = new Stack(new App(), 'Stack');
  const sourceCredentials = new SourceCredentials(stack, 'Credentials', { credential: credential(stack) });
  const template = Template.fromStack(stack);
  const [resource] = Object.values(template.findResources('Custom::CodeBuildSourceCredentials'));
  return { sourceCredentials, template, properties: resource.Properties };
}

test.each(PAIRS)('$serverType with $authType', ({ serverType, authType, credential }) => {
  const { sourceCredentials, template, properties } = synthesize((stack) => credential({
    secret: secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token'),
    connection: Connection.fromConnectionArn(stack, 'Connection', CONNECTION_ARN),
  }));

  expect([sourceCredentials.serverType, sourceCredentials.authType]).toEqual([serverType, authType]);
  const { ServiceToken: _, ...rest } = properties;
  expect(rest).toEqual({
    ServiceTimeout: '1140',
    ServerType: serverType,
    AuthType: authType,
    ShouldOverwrite: 'true',
    RemovalPolicy: 'destroy',
    ...(authType === AuthType.CODECONNECTIONS ? { ConnectionArn: CONNECTION_ARN } : { SecretId: 'ci/token' }),
    ...(authType === AuthType.BASIC_AUTH && { UsernameField: 'username', PasswordField: 'password' }),
    ...((authType === AuthType.BASIC_AUTH || authType === AuthType.PERSONAL_ACCESS_TOKEN) && { RefreshOnSecretChange: 'true' }),
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [{
        Effect: 'Allow',
        Action: 'codebuild:ImportSourceCredentials',
        Resource: '*',
        Condition: { StringEquals: { 'codebuild:serverType': serverType, 'codebuild:authType': authType } },
      }, {}, {}],
    },
  });
});

test('no factory exists for any other pair', () => {
  const factories = Object.entries(library)
    .filter(([name, value]) => name.endsWith('Credential') && typeof value === 'function' && name !== 'Credential')
    .flatMap(([name, value]) => Object.getOwnPropertyNames(value)
      .filter((member) => !['length', 'name', 'prototype'].includes(member) && !member.startsWith('__jsii') && typeof Reflect.get(value, member) === 'function')
      .map((member) => `${name}.${member}`));

  expect(factories.sort()).toEqual([
    'BitbucketCredential.basicAuth', 'BitbucketCredential.connection', 'BitbucketCredential.personalAccessToken', 'BitbucketCredential.secretsManager',
    'GitHubCredential.connection', 'GitHubCredential.personalAccessToken', 'GitHubCredential.secretsManager',
    'GitHubEnterpriseCredential.connection', 'GitHubEnterpriseCredential.personalAccessToken', 'GitHubEnterpriseCredential.secretsManager',
    'GitLabCredential.connection', 'GitLabSelfManagedCredential.connection',
  ]);
  expect(Object.values(ServerType)).toHaveLength(5);
});

test('a credential can use fields of a JSON document', () => {
  const secret = (stack: Stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token');

  expect(synthesize((stack) => GitHubCredential.personalAccessToken(secret(stack), { jsonField: 'pat' })).properties).toMatchObject({ JsonField: 'pat' });
  expect(synthesize((stack) => BitbucketCredential.basicAuth(secret(stack), { usernameField: 'mail', passwordField: 'key' })).properties)
    .toMatchObject({ UsernameField: 'mail', PasswordField: 'key' });
  expect(synthesize((stack) => GitHubCredential.personalAccessToken(secret(stack), { jsonField: 'pat', expiryField: 'ends' })).properties).toMatchObject({ ExpiryField: 'ends' });
  expect(synthesize((stack) => BitbucketCredential.basicAuth(secret(stack), { expiryField: 'ends' })).properties).toMatchObject({ ExpiryField: 'ends' });
});

test.each([
  ['jsonField', (secret: secretsmanager.ISecret) => GitHubCredential.personalAccessToken(secret, { jsonField: '' })],
  ['usernameField', (secret: secretsmanager.ISecret) => BitbucketCredential.basicAuth(secret, { usernameField: '' })],
  ['passwordField', (secret: secretsmanager.ISecret) => BitbucketCredential.basicAuth(secret, { passwordField: '' })],
  ['expiryField', (secret: secretsmanager.ISecret) => BitbucketCredential.basicAuth(secret, { expiryField: '' })],
])('an empty %s is refused', (option, create) => {
  const secret = secretsmanager.Secret.fromSecretNameV2(new Stack(), 'Secret', 'ci/token');

  expect(() => create(secret)).toThrow(`${option} must be the name of a field of the secret's JSON document; got the string ''. Leave it out for the default`);
});
