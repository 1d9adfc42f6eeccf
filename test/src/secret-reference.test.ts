import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { BitbucketCredential, GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const COMPLETE = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:ci/token-AbCdEf';
const KEY = 'arn:aws:kms:eu-west-1:111111111111:key/1234';

/** Returns the handler's id of the secret, and the permissions for it. */
function refer(secret: (stack: Stack) => secretsmanager.ISecret, stack = new Stack(new App(), 'Stack', { env: ENV })) {
  new SourceCredentials(stack, 'Credentials', { credential: GitHubCredential.personalAccessToken(secret(stack)) });
  const template = Template.fromStack(stack);
  const [resource] = Object.values(template.findResources('Custom::CodeBuildSourceCredentials'));
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  return { secretId: resource.Properties.SecretId, statements: policies[0].Properties.PolicyDocument.Statement.slice(2), policies, template };
}

const read = (resource: unknown) => ({ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: resource });

const decrypt = (key: unknown, region: unknown, secretArn: unknown) => ({
  Effect: 'Allow',
  Action: 'kms:Decrypt',
  Resource: key,
  Condition: {
    StringEquals: { 'kms:ViaService': region },
    StringLike: { 'kms:EncryptionContext:SecretARN': [secretArn] },
  },
});

test('a secret of the same stack is referenced by its complete ARN', () => {
  const { secretId, statements } = refer((stack) => new secretsmanager.Secret(stack, 'Secret'));

  expect(secretId).toEqual({ Ref: 'SecretA720EF05' });
  expect(statements).toEqual([read({ Ref: 'SecretA720EF05' })]);
});

test('a secret that is imported by name is referenced by its name', () => {
  const { secretId, statements } = refer((stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/my-token'));

  expect(secretId).toBe('ci/my-token');
  expect(JSON.stringify(statements)).toContain(':secretsmanager:eu-west-1:111111111111:secret:ci/my-token-??????');
});

test('a stack without account and region refers to a secret by its name', () => {
  const { secretId } = refer((stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token'), new Stack());

  expect(secretId).toBe('ci/token');
});

test('a secret that is imported by its complete ARN is referenced by that', () => {
  const { secretId, statements } = refer((stack) => secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', COMPLETE));

  expect(secretId).toBe(COMPLETE);
  expect(statements).toEqual([read(COMPLETE)]);
});

test('a secret of another account and region is referenced by its partial ARN', () => {
  const partial = 'arn:aws:secretsmanager:us-west-2:222222222222:secret:ci/token';
  const { secretId, statements } = refer((stack) => secretsmanager.Secret.fromSecretPartialArn(stack, 'Secret', partial));

  expect(secretId).toBe(partial);
  expect(statements).toEqual([read(`${partial}-??????`)]);
});

test('the role may use an imported key for this secret only', () => {
  const { statements } = refer((stack) => secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn: COMPLETE,
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY),
  }));

  expect(statements).toEqual([read(COMPLETE), decrypt(KEY, 'secretsmanager.eu-west-1.amazonaws.com', COMPLETE)]);
});

test('the role may use the key of a secret in another region through Secrets Manager of that region', () => {
  const partial = 'arn:aws:secretsmanager:us-west-2:222222222222:secret:ci/token';
  const key = 'arn:aws:kms:us-west-2:222222222222:key/1234';
  const { statements } = refer((stack) => secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
    secretPartialArn: partial,
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', key),
  }));

  expect(statements[1]).toEqual(decrypt(key, 'secretsmanager.us-west-2.amazonaws.com', `${partial}-??????`));
});

test('the role may use a key of the same stack', () => {
  const { statements } = refer((stack) => new secretsmanager.Secret(stack, 'Secret', { encryptionKey: new kms.Key(stack, 'Key') }));

  expect(statements[1]).toEqual(decrypt({ 'Fn::GetAtt': ['Key961B73FD', 'Arn'] }, 'secretsmanager.eu-west-1.amazonaws.com', { Ref: 'SecretA720EF05' }));
});

test('a secret can belong to a stack of the app in another account', () => {
  const app = new App();
  const owner = new Stack(app, 'Owner', { env: { ...ENV, account: '222222222222' } });
  const { secretId, statements } = refer(
    () => new secretsmanager.Secret(owner, 'Secret', { secretName: 'ci/token' }),
    new Stack(app, 'Stack', { env: ENV }),
  );

  const partial = ['arn:', { Ref: 'AWS::Partition' }, ':secretsmanager:eu-west-1:222222222222:secret:ci/token'];
  expect(secretId).toEqual({ 'Fn::Join': ['', partial] });
  expect(statements).toEqual([read({ 'Fn::Join': ['', [...partial.slice(0, 2), `${partial[2]}-??????`]] })]);
});

test('the role has no default policy', () => {
  const { policies } = refer((stack) => new secretsmanager.Secret(stack, 'Secret', { encryptionKey: new kms.Key(stack, 'Key') }));

  expect(policies).toHaveLength(1);
});

test('an access token in place of a name is refused without repeating it', () => {
  const secret = (stack: Stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ghp_0123456789');

  expect(() => refer(secret)).toThrow("the secret at 'Stack/Secret' is named like an access token, which would end up in the template");
  expect(() => refer(secret)).not.toThrow('ghp_0123456789');
});

test.each<{ given: string; secret: (stack: Stack) => unknown }>([
  { given: "the Stack 'Stack'", secret: (stack) => stack },
  { given: 'a string that looks like an access token', secret: () => 'ghp_0123456789' },
  { given: 'undefined', secret: () => undefined },
])('$given in place of a secret is refused', ({ given, secret }) => {
  for (const factory of [GitHubCredential.personalAccessToken, GitHubCredential.secretsManager, BitbucketCredential.basicAuth]) {
    const stack = new Stack(new App(), 'Stack', { env: ENV });

    expect(() => factory(secret(stack) as secretsmanager.ISecret)).toThrow(`secret must be a secret of Secrets Manager; got ${given}. Pass a construct`);
  }
});

test('CodeBuild only reads secrets of its own account and region', () => {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', COMPLETE.replace('eu-west-1', 'us-west-2'));

  expect(() => new SourceCredentials(stack, 'Credentials', { credential: GitHubCredential.secretsManager(secret) }))
    .toThrow("the secret at 'Stack/Secret' is in account 111111111111, region us-west-2, but CodeBuild only reads secrets of its own account and region. Use personalAccessToken(secret) instead");
});
