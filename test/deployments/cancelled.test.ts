import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Account, exchanges } from './account';
import { BitbucketCredential, GitHubCredential, GitHubEnterpriseCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * CloudFormation handles resources in parallel. If one fails, it cancels the others without
 * waiting for them: the Delete, or the Update of the rollback, arrives while the first request is still running.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open({ order: 'parallel' });
  for (const name of ['a', 'other']) account.region.secrets.create({ name, value: name });
});

afterEach(async () => account.close());

/**
 * Declares a second credential, and a resource that fails while this credential is being created. The permission to read
 * the secret is the first credential's, so it lasts as long as the stack.
 */
const contents = (
  secretName: string, id: string, withTopic = false, gitHub: typeof GitHubCredential | typeof GitHubEnterpriseCredential = GitHubCredential,
) => (stack: Stack) => {
  const secret = (name: string, scope: Construct = stack) => secretsmanager.Secret.fromSecretNameV2(scope, `Secret-${name}`, name);
  const other = new SourceCredentials(stack, 'Other', { credential: BitbucketCredential.personalAccessToken(secret('other')) });
  new SourceCredentials(stack, id, { credential: gitHub.personalAccessToken(secret(secretName, other)) });
  if (withTopic) (new sns.Topic(stack, 'Topic').node.defaultChild as sns.CfnTopic).overrideLogicalId('Topic');
};

const FAILING = { failing: ['Topic'], failAfterMs: 4_000 };

/** Delays the next request until well after the resource failed. */
function slowDown(): void {
  account.aws.faults.add({ operation: 'GetSecretValue', kind: 'delay', delayMs: 20_000 });
}

test('a cancelled Create does not restore its credential after its Delete', async () => {
  await account.deploy(contents('a', 'Before'));
  slowDown();
  const deployment = await account.deploy(contents('a', 'After', true), FAILING);

  expect(deployment.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(deployment.events.filter(({ request }) => request?.RequestType === 'Delete').map(({ request }) => request!.PhysicalResourceId))
    .not.toContainEqual(expect.stringContaining('GITHUB/'));
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('a');
  expect(account.owners()).toEqual(['Infrastructure/Before']);

  // The next deployment may reuse the same logical id immediately.
  expect(exchanges(await account.deploy(contents('other', 'After')))).toEqual(['Create SUCCESS', 'Delete SUCCESS']);
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('other');
});

test('a cancelled Update does not take effect after its rollback', async () => {
  await account.deploy(contents('a', 'Credentials'));
  slowDown();
  const deployment = await account.deploy(contents('other', 'Credentials', true), FAILING);

  expect(deployment.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('a');
});

test('a cancelled change of server type leaves nothing for the new server type', async () => {
  await account.deploy(contents('a', 'Credentials'));
  // The Create has already imported its credential, but cannot answer.
  account.aws.faults.add({ operation: 'PutAnswer', kind: 'delay', delayMs: 20_000 });
  const deployment = await account.deploy(contents('a', 'Credentials', true, GitHubEnterpriseCredential), FAILING);

  expect(deployment.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(account.region.sourceCredentials.list().map(({ serverType }) => serverType).sort()).toEqual(['BITBUCKET', 'GITHUB']);
});
