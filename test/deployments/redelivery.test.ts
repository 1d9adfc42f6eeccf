import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, exchanges, STACK } from './account';
import { FaultKind } from '../aws';
import { Deployment } from '../lifecycle';
import { BitbucketCredential, GitHubCredential, SourceCredentials, SourceCredentialsProps } from 'cdk-codebuild-source-credentials';

/*
 * Events that are delivered twice or late, and a function that dies at any step: Lambda tries again,
 * and the end is the same.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open({ timeScale: 60 });
  for (const name of ['a', 'b']) account.region.secrets.create({ name, value: name });
  account.region.secrets.create({ name: 'empty', value: '' });
});

afterEach(async () => account.close());

/** A stack whose function stays when the GitHub credential goes. */
const withBitbucket = (contents: (stack: Stack) => void = () => undefined) => (stack: Stack) => {
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'B', 'b')) });
  contents(stack);
};

const gitHub = (secretName: string, id = 'GitHub', props: Partial<SourceCredentialsProps> = {}) => (stack: Stack) => {
  new SourceCredentials(stack, id, { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', secretName)), ...props });
};

const held = () => account.region.sourceCredentials.held('GITHUB')?.token;

function requestIds({ events }: Deployment, requestType: string): string[] {
  return events.filter(({ request }) => request?.RequestType === requestType).map(({ request }) => request!.RequestId);
}

/** Sends an event again, and gives back whether the function succeeded. */
async function redeliver(requestId: string) {
  const { outcome } = await account.cloudFormation.function(STACK).redeliver(requestId);
  await account.cloudFormation.idle();
  return outcome;
}

describe('delivered twice', () => {
  test('a Create, also with shouldOverwrite: false, which it would find broken by itself', async () => {
    const created = await account.deploy(withBitbucket(gitHub('a', 'GitHub', { shouldOverwrite: false })));
    for (const requestId of requestIds(created, 'Create')) expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBe('a');
    expect(account.claim('GITHUB').owners).toHaveLength(1);
  });

  test('a Delete', async () => {
    await account.deploy(withBitbucket(gitHub('a')));
    const [requestId] = requestIds(await account.deploy(withBitbucket()), 'Delete');
    expect(await redeliver(requestId)).toBe('succeeded');
    expect(held()).toBeUndefined();
  });
});

describe('delivered late', () => {
  test('a Create whose resource has gone does not bring it back', async () => {
    const created = await account.deploy(withBitbucket(gitHub('a')));
    await account.deploy(withBitbucket());
    for (const requestId of requestIds(created, 'Create')) expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBeUndefined();
    expect(account.claim('GITHUB').owners).toEqual([]);
  });

  test('an Update that another one has overtaken', async () => {
    await account.deploy(withBitbucket(gitHub('a')));
    const [requestId] = requestIds(await account.deploy(withBitbucket(gitHub('b'))), 'Update');
    await account.deploy(withBitbucket(gitHub('a')));
    expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBe('a');
  });

  test('a Delete of a renamed resource leaves its successor', async () => {
    await account.deploy(withBitbucket(gitHub('a', 'Before')));
    const [requestId] = requestIds(await account.deploy(withBitbucket(gitHub('a', 'After'))), 'Delete');
    expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBe('a');
  });

  test('a Create that failed stays failed', async () => {
    await account.deploy(withBitbucket());
    account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 5 });
    const [requestId] = requestIds(await account.deploy(withBitbucket(gitHub('a'))), 'Create');
    await redeliver(requestId);

    expect(held()).toBeUndefined();
    expect(account.claim('GITHUB').owners).toEqual([]);
  });
});

describe('delivered again after its Delete', () => {
  test('a Create that had failed on its checks, which it would pass now', async () => {
    await account.deploy(withBitbucket());
    account.aws.faults.add({ operation: 'GetSecretValue', kind: 'serverError', times: 5 });
    const created = await account.deploy(withBitbucket(gitHub('b')));
    expect(exchanges(created)).toEqual(['Create FAILED', 'Delete SUCCESS']);
    // The role may read the secret, and import for GitHub, again.
    await account.deploy(withBitbucket(gitHub('b', 'Another')));
    await redeliver(requestIds(created, 'Create')[0]);

    expect(account.claim('GITHUB').owners).toHaveLength(1);
  });
});

describe.each<FaultKind>(['dieBefore', 'dieAfterApply'])('the function dies: %s', (kind) => {
  // Every call of a Create, as test/lambda/source-credentials.test.ts lists them.
  const CALLS = ['GetSecretValue', 'ListSourceCredentials', 'GetParameter', 'PutParameter', 'ImportSourceCredentials', 'PutAnswer'];

  test.each([...CALLS.map((operation) => [operation, 0] as const), ['GetSecretValue', 1] as const, ['PutParameter', 1] as const])('%s of a Create (after %i)', async (operation, skip) => {
    account.aws.faults.add({ operation, kind, skip });
    const created = await account.deploy(gitHub('a'));

    expect(account.aws.faults.pending).toEqual([]);
    expect([created.status, exchanges(created)]).toEqual(['CREATE_COMPLETE', ['Create SUCCESS']]);
    expect(held()).toBe('a');
    expect(account.claim('GITHUB').owners).toHaveLength(1);
    expect(account.claim('GITHUB').pending).toBeUndefined();
  });

  test.each(['GetParameter', 'PutParameter', 'ListSourceCredentials', 'DeleteSourceCredentials', 'PutAnswer'])('%s of a Delete', async (operation) => {
    await account.deploy(gitHub('a'));
    account.aws.faults.add({ operation, kind });
    const deleted = await account.destroy();

    expect([deleted.status, exchanges(deleted)]).toEqual(['DELETE_COMPLETE', ['Delete SUCCESS']]);
    expect(held()).toBeUndefined();
    expect(account.claim('GITHUB').owners).toEqual([]);
  });
});

test('a Create that never answers is deleted with an id that CloudFormation made up', async () => {
  // Three attempts die after the import; CloudFormation gives up waiting.
  account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieAfterApply', times: 3 });
  const created = await account.deploy(gitHub('a'));

  const [, deletion] = created.events.filter(({ request }) => request);
  expect([created.status, exchanges(created)]).toEqual(['ROLLBACK_COMPLETE', ['Create unanswered', 'Delete SUCCESS']]);
  expect(deletion.request!.PhysicalResourceId).not.toContain('GITHUB/');
  expect(held()).toBeUndefined();
});

test('a hand-made token survives a Create that dies over and over before it imports', async () => {
  account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieBefore', times: 3 });
  const created = await account.deploy(gitHub('a'));

  expect(created.status).toBe('ROLLBACK_COMPLETE');
  expect(held()).toBe('by hand');
});
