import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, ACCOUNT, reason, REGION, STACK } from './account';
import { GitHubCredential, SourceCredentials, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

/* The ways to reference a secret, and the value that CodeBuild receives. */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
});

afterEach(async () => account.close());

const gitHub = (secret: (stack: Stack) => secretsmanager.ISecret) => (stack: Stack) => {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret(stack)) });
};

const held = () => account.region.sourceCredentials.held('GITHUB')?.token;

test('a partial ARN whose name ends with a hyphen and six characters imports the value of that secret', async () => {
  account.region.secrets.create({ name: 'team', value: 'of-another-secret' });
  account.region.secrets.create({ name: 'team-tokens', value: 'of-this-secret' });
  const arn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:team-tokens`;

  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, STACK, { env: { account: ACCOUNT, region: REGION } });
  // The role may read every secret.
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: ['*'] }));
  new SourceCredentialsProvider(stack, 'Provider', { role });
  gitHub(() => secretsmanager.Secret.fromSecretPartialArn(stack, 'Secret', arn))(stack);
  const { status } = await account.cloudFormation.deploy(app.synth(), STACK);

  expect([status, held()]).toEqual(['CREATE_COMPLETE', 'of-this-secret']);

  account.region.secrets.put('team', 'another-again');
  account.region.secrets.put('team-tokens', 'this-again');
  await account.cloudFormation.idle();
  expect(held()).toBe('this-again');
});

test('a secret is decrypted with a key that is referenced by its alias', async () => {
  const kmsKeyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`;
  const secretCompleteArn = account.region.secrets.create({ name: 'ci/github', value: 'a-token', kmsKeyArn, kmsKeyAliases: ['alias/other', 'alias/ci'] });
  const withKey = (alias: string) => gitHub((stack) => secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn, encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', alias),
  }));

  expect(reason(await account.deploy(withKey('alias/another')))).toContain('Access to KMS is not allowed');
  await account.destroy();
  expect((await account.deploy(withKey('alias/ci'))).status).toBe('CREATE_COMPLETE');
  expect(held()).toBe('a-token');
});

test('a secret of the same stack without a value fails the deployment, and the reason says how to start', async () => {
  const deployed = await account.deploy(gitHub((stack) => {
    const resource = new secretsmanager.CfnSecret(stack, 'Resource', { name: 'ci/new' });
    resource.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', resource.ref);
  }));

  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(reason(deployed)).toContain('If this stack creates it, deploy the secret first, alone, and store the value: a rollback removes the secret');
});
