import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, FAILING, STACK, thatFails } from './account';
import { BitbucketCredential, Credential, GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * The migration from the native resource, as docs/migration.md describes it: three deployments, each of which may be rolled
 * back. CodeBuild always has a credential.
 */

let account: Account;
/** The stack events at which CodeBuild held no credential. */
let gaps: string[];

beforeEach(async () => {
  gaps = [];
  account = await Account.open({
    onEvent: ({ logicalId, status }) => {
      if (account.region.sourceCredentials.list().length === 0) gaps.push(`${logicalId} ${status}`);
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

describe.each(NATIVE)('a migration from %s', (_, native, credential) => {
  const before = (stack: Stack) => void native(stack);
  const retained = (stack: Stack) => native(stack).applyRemovalPolicy(RemovalPolicy.RETAIN);
  const ours = (removalPolicy?: RemovalPolicy) => (stack: Stack) =>
    void new SourceCredentials(stack, 'Credentials', { credential: credential(stack), removalPolicy });

  test('keeps the credential in each of the three deployments', async () => {
    await account.deploy(before);
    gaps = [];

    const deployments = [
      await account.deploy(retained),
      await account.deploy(ours(RemovalPolicy.RETAIN)),
      await account.deploy(ours()),
    ];

    expect(deployments.map(({ status }) => status)).toEqual(['UPDATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_COMPLETE']);
    expect(deployments[1].events.map(({ status }) => status)).toContain('DELETE_SKIPPED');
    expect(gaps).toEqual([]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ token: 'a-token' }]);
    expect(warnings()).toContain('overwrote a credential that no stack owns: CodeBuild never reveals a token, so it cannot be restored');

    await account.destroy();
    expect(account.region.sourceCredentials.list()).toEqual([]);
  });

  test('keeps the credential if each deployment is rolled back once and repeated', async () => {
    await account.deploy(before);
    gaps = [];

    const steps = [retained, ours(RemovalPolicy.RETAIN), ours()];
    const statuses: string[] = [];
    for (const step of steps) {
      const failed = await account.deploy(thatFails(step), FAILING);
      statuses.push(failed.status, (await account.deploy(step)).status);
    }

    expect(statuses).toEqual(steps.flatMap(() => ['UPDATE_ROLLBACK_COMPLETE', 'UPDATE_COMPLETE']));
    expect(gaps).toEqual([]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ token: 'a-token' }]);

    await account.destroy();
    expect(account.region.sourceCredentials.list()).toEqual([]);
  });

  test('loses the credential in a rollback if the new resource has no RETAIN', async () => {
    await account.deploy(before);
    await account.deploy(retained);

    const { status } = await account.deploy(thatFails(ours()), FAILING);

    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(account.region.sourceCredentials.list()).toEqual([]);
  });
});

test('a rollback leaves a token that comes from another secret in CodeBuild', async () => {
  const [, native] = NATIVE[0];
  account.region.secrets.create({ name: 'ci/other', value: 'another-token' });
  await account.deploy((stack) => native(stack).applyRemovalPolicy(RemovalPolicy.RETAIN));
  gaps = [];

  await account.deploy(thatFails((stack) => new SourceCredentials(stack, 'Credentials', {
    credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Other', 'ci/other')),
    removalPolicy: RemovalPolicy.RETAIN,
  })), FAILING);

  expect(gaps).toEqual([]);
  expect(account.region.sourceCredentials.held('GITHUB')?.token).toBe('another-token');
});

describe('a native resource in another stack', () => {
  const native = (stack: Stack) => NATIVE[0][1](stack);
  const ours = (stack: Stack) => void new SourceCredentials(stack, 'Credentials', { credential: NATIVE[0][2](stack) });

  beforeEach(async () => {
    await account.deploy((stack) => void native(stack), { stackName: 'Old' });
    await account.deploy(ours);
    gaps = [];
  });

  test('deletes the credential when it is removed, and the next daily check restores it', async () => {
    await account.destroy('Old');
    expect(account.region.sourceCredentials.list()).toEqual([]);

    await account.cloudFormation.schedulesComeDue();
    expect(account.region.sourceCredentials.list()).toMatchObject([{ token: 'a-token' }]);
  });

  test('is removed without a gap after it got RETAIN', async () => {
    await account.deploy((stack) => native(stack).applyRemovalPolicy(RemovalPolicy.RETAIN), { stackName: 'Old' });
    await account.destroy('Old');

    expect(gaps).toEqual([]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ token: 'a-token' }]);
  });
});

/** Returns the function's warnings. */
function warnings(): string[] {
  return account.cloudFormation.function(STACK).logs.filter((line) => line.startsWith('{"level":"warn"')).map((line) => JSON.parse(line).message);
}
