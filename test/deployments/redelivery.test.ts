import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, exchanges, STACK } from './account';
import { Deployment } from '../../simulator';
import { BitbucketCredential, GitHubCredential, SourceCredentials, SourceCredentialsProps } from 'cdk-codebuild-source-credentials';

/* Lambda delivers an event twice or late: the result is the same. */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
  for (const name of ['a', 'b']) account.region.secrets.create({ name, value: name });
  account.region.secrets.create({ name: 'empty', value: '' });
});

afterEach(async () => account.close());

/** Declares a stack whose function remains when the GitHub credential is removed. */
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

/** Sends an event again. Returns whether the function succeeded. */
async function redeliver(requestId: string) {
  const { outcome } = await account.cloudFormation.function(STACK).redeliver(requestId);
  await account.cloudFormation.idle();
  return outcome;
}

describe('delivered twice', () => {
  test('a Create succeeds again, even with shouldOverwrite: false, although its credential exists by then', async () => {
    const created = await account.deploy(withBitbucket(gitHub('a', 'GitHub', { shouldOverwrite: false })));
    for (const requestId of requestIds(created, 'Create')) expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBe('a');
    expect(account.owners()).toHaveLength(1);
  });

  test('a Delete succeeds again', async () => {
    await account.deploy(withBitbucket(gitHub('a')));
    const [requestId] = requestIds(await account.deploy(withBitbucket()), 'Delete');
    expect(await redeliver(requestId)).toBe('succeeded');
    expect(held()).toBeUndefined();
  });
});

describe('delivered late', () => {
  test('a Create whose resource was removed does not restore it', async () => {
    const created = await account.deploy(withBitbucket(gitHub('a')));
    await account.deploy(withBitbucket());
    for (const requestId of requestIds(created, 'Create')) expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBeUndefined();
    expect(account.owners()).toEqual([]);
  });

  test('an Update that a later one has superseded does not restore its credential', async () => {
    await account.deploy(withBitbucket(gitHub('a')));
    const [requestId] = requestIds(await account.deploy(withBitbucket(gitHub('b'))), 'Update');
    await account.deploy(withBitbucket(gitHub('a')));
    expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBe('a');
  });

  test('the Delete of a renamed resource keeps the credential of its successor', async () => {
    await account.deploy(withBitbucket(gitHub('a', 'Before')));
    const [requestId] = requestIds(await account.deploy(withBitbucket(gitHub('a', 'After'))), 'Delete');
    expect(await redeliver(requestId)).toBe('succeeded');

    expect(held()).toBe('a');
  });

  test('a Create that failed fails again', async () => {
    await account.deploy(withBitbucket());
    account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 5 });
    const [requestId] = requestIds(await account.deploy(withBitbucket(gitHub('a'))), 'Create');
    await redeliver(requestId);

    expect(held()).toBeUndefined();
    expect(account.owners()).toEqual([]);
  });
});

describe('delivered again after its Delete', () => {
  test('a Create that failed at its import leaves nothing, although the import would succeed now', async () => {
    await account.deploy(withBitbucket());
    account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 5 });
    const created = await account.deploy(withBitbucket(gitHub('b')));
    expect(exchanges(created)).toEqual(['Create FAILED', 'Delete SUCCESS']);
    // The role may read the secret and import for GitHub again.
    await account.deploy(withBitbucket(gitHub('b', 'Another')));
    await redeliver(requestIds(created, 'Create')[0]);

    expect(account.owners()).toEqual(['Infrastructure/Another']);
  });

  // The Delete of this Create makes no call, so that it cannot fail. Therefore it writes no `removed` record.
  test('a Create that failed before it wrote anything becomes an owner, until its record is deleted', async () => {
    await account.deploy(withBitbucket());
    account.aws.faults.add({ operation: 'GetSecretValue', kind: 'serverError', times: 5 });
    const created = await account.deploy(withBitbucket(gitHub('b')));
    await account.deploy(withBitbucket(gitHub('b', 'Another')));
    await redeliver(requestIds(created, 'Create')[0]);
    expect(account.owners()).toEqual(['Infrastructure/GitHub', 'Infrastructure/Another']);

    account.records().delete(account.records().owners()[0].name);
    await account.deploy(withBitbucket());
    expect(held()).toBeUndefined();
  });
});
