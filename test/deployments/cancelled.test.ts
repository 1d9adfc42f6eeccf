import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Account, exchanges } from './account';
import { BitbucketCredential, GitHubCredential, GitHubEnterpriseCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * CloudFormation works on resources side by side. When one fails it cancels the others without
 * waiting for them: the Delete, or the Update back, comes while the first request is still at work.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open({ order: 'parallel' });
  for (const name of ['a', 'other']) account.region.secrets.create({ name, value: name });
});

afterEach(async () => account.close());

/**
 * One credential beside another, whose secret may be read as long as the stack is there, and a resource
 * that fails while the first is worked on.
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

/** Keeps the next request at work until well after the resource has failed. */
function slowDown(): void {
  account.aws.faults.add({ operation: 'GetSecretValue', kind: 'delay', delayMs: 20_000 });
}

test('a Create that was cancelled does not come back after its Delete', async () => {
  await account.deploy(contents('a', 'Before'));
  slowDown();
  const deployment = await account.deploy(contents('a', 'After', true), FAILING);

  expect(deployment.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(deployment.events.filter(({ request }) => request?.RequestType === 'Delete').map(({ request }) => request!.PhysicalResourceId))
    .not.toContainEqual(expect.stringContaining('GITHUB/'));
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('a');
  expect(account.owners()).toEqual(['Infrastructure/Before']);

  // The next deploy may use the same logical id again, at once.
  expect(exchanges(await account.deploy(contents('other', 'After')))).toEqual(['Create SUCCESS', 'Delete SUCCESS']);
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('other');
});

test('an Update that was cancelled does not come back after its rollback', async () => {
  await account.deploy(contents('a', 'Credentials'));
  slowDown();
  const deployment = await account.deploy(contents('other', 'Credentials', true), FAILING);

  expect(deployment.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('a');
});

test('a change of server type that was cancelled leaves nothing under the other one', async () => {
  await account.deploy(contents('a', 'Credentials'));
  // It has imported already, and is kept from telling so.
  account.aws.faults.add({ operation: 'PutAnswer', kind: 'delay', delayMs: 20_000 });
  const deployment = await account.deploy(contents('a', 'Credentials', true, GitHubEnterpriseCredential), FAILING);

  expect(deployment.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(account.region.sourceCredentials.list().map(({ serverType }) => serverType).sort()).toEqual(['BITBUCKET', 'GITHUB']);
});
