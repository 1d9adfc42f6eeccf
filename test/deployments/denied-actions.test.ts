import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, ACCOUNT, reason, REGION } from './account';
import { BitbucketCredential, Connection, GitHubCredential, GitLabCredential, ProviderType, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * What an organization, a boundary or the policy of an endpoint denies: the message names the action and what it is
 * on, and the stack can be deployed and deleted afterwards.
 */

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`;

let account: Account;
let secretCompleteArn: string;

beforeEach(async () => {
  account = await Account.open();
  secretCompleteArn = account.region.secrets.create({ name: 'ci/github', value: 'token', kmsKeyArn: KEY });
});

afterEach(async () => account.close());

/** A token with a key, a connection that is created, and the credential of it; nobody may do these actions. */
const contents = (password: string, ...denied: string[]) => (stack: Stack) => {
  const secret = secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) });
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret) });
  if (!account.region.secrets.find(({ name }) => name === password)) {
    account.region.secrets.create({ name: password, value: JSON.stringify({ username: 'ci@example.com', password }) });
  }
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.basicAuth(secretsmanager.Secret.fromSecretNameV2(stack, 'Account', password)) });
  const connection = new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
  new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection) });

  const boundary = new iam.ManagedPolicy(stack, 'Boundary', {
    statements: [
      new iam.PolicyStatement({ actions: ['*'], resources: ['*'] }),
      ...denied.map((action) => new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: [action], resources: ['*'] })),
    ],
  });
  iam.PermissionsBoundary.of(stack).apply(boundary);
};

/** Each with what it is on. */
const ACTIONS: Array<[string, string]> = [
  ['codebuild:ImportSourceCredentials', '(GITHUB|BITBUCKET|GITLAB)'],
  ['codebuild:ListSourceCredentials', REGION],
  ['ssm:GetParametersByPath', '/codebuild-source-credentials/'],
  ['ssm:PutParameter', '/codebuild-source-credentials/'],
  ['secretsmanager:GetSecretValue', '(ci/github|first)'],
  ['kms:Decrypt', 'ci/github'],
  ['codeconnections:ListConnections', 'GitLab'],
  ['codeconnections:CreateConnection', "'gitlab'"],
  ['codeconnections:TagResource', "'gitlab'"],
  ['codeconnections:GetConnection', 'connection/'],
];

test.each(ACTIONS)('%s denied to a first deployment', async (action, resource) => {
  const created = await account.deploy(contents('first', action));
  expect(reason(created)).toMatch(new RegExp(`${action}|${action.split(':')[1]}`));
  expect(reason(created)).toMatch(new RegExp(resource));
  expect(created.status).toBe('ROLLBACK_COMPLETE');

  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect((await account.deploy(contents('first'))).status).toBe('CREATE_COMPLETE');
  expect(account.region.sourceCredentials.list()).toHaveLength(3);
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
});

test.each([...ACTIONS, ['codebuild:DeleteSourceCredentials', 'token/'], ['ssm:DeleteParameter', '/codebuild-source-credentials/']])('%s denied to a stack that is there', async (action) => {
  await account.deploy(contents('first'));
  const updated = await account.deploy(contents('second', action));
  expect(updated.status).toMatch(/^UPDATE_(COMPLETE|ROLLBACK_COMPLETE)$/);

  expect((await account.deploy(contents('third'))).status).toBe('UPDATE_COMPLETE');
  expect(account.region.sourceCredentials.held('BITBUCKET')!.token).toBe('third');
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.region.sourceCredentials.list()).toEqual([]);
});
