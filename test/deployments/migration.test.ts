import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account } from './account';
import { BitbucketCredential, Credential, GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/* The README's way from the native resource: two deploys, and the credential is there all the time. */

let account: Account;
let gone: string[];

beforeEach(async () => {
  gone = [];
  account = await Account.open({
    timeScale: 20,
    onEvent: ({ logicalId, status }) => {
      if (account.region.sourceCredentials.list().length === 0) gone.push(`${logicalId} ${status}`);
    },
  });
  account.region.secrets.create({ name: 'ci/token', value: JSON.stringify({ token: 'a-token', username: 'ci@example.com', password: 'a-token' }) });
});

afterEach(async () => account.close());

const secret = (stack: Stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/token');

const NATIVE: [string, (stack: Stack) => CfnResource, (stack: Stack) => Credential][] = [
  [
    'AWS::CodeBuild::SourceCredential',
    (stack) => new codebuild.CfnSourceCredential(stack, 'Native', {
      serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: secret(stack).secretValueFromJson('token').unsafeUnwrap(),
    }),
    (stack) => GitHubCredential.personalAccessToken(secret(stack), { jsonField: 'token' }),
  ],
  [
    'GitHubSourceCredentials',
    (stack) => new codebuild.GitHubSourceCredentials(stack, 'Native', { accessToken: secret(stack).secretValueFromJson('token') })
      .node.findChild('Resource') as CfnResource,
    (stack) => GitHubCredential.personalAccessToken(secret(stack), { jsonField: 'token' }),
  ],
  [
    'BitBucketSourceCredentials',
    (stack) => {
      const document = secret(stack);
      return new codebuild.BitBucketSourceCredentials(stack, 'Native', {
        username: document.secretValueFromJson('username'), password: document.secretValueFromJson('password'),
      }).node.findChild('Resource') as CfnResource;
    },
    (stack) => BitbucketCredential.basicAuth(secret(stack)),
  ],
];

test.each(NATIVE)('from %s', async (_, native, credential) => {
  await account.deploy((stack) => native(stack));
  gone = [];

  const retained = await account.deploy((stack) => native(stack).applyRemovalPolicy(RemovalPolicy.RETAIN));
  const migrated = await account.deploy((stack) => new SourceCredentials(stack, 'Credentials', { credential: credential(stack) }));

  expect([retained.status, migrated.status]).toEqual(['UPDATE_COMPLETE', 'UPDATE_COMPLETE']);
  expect(gone).toEqual([]);
  expect(account.region.sourceCredentials.list()).toMatchObject([{ token: 'a-token' }]);
  expect(migrated.events.map(({ status }) => status)).toContain('DELETE_SKIPPED');

  await account.destroy();
  expect(account.region.sourceCredentials.list()).toEqual([]);
});
