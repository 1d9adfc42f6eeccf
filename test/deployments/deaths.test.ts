import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, exchanges } from './account';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/* The function is terminated at any step: Lambda retries the event, and the result is the same. */

/** Gives a test its own account. */
const inAccount = (use: (account: Account, skip: number) => Promise<void>) => async (skip = 0) => {
  const account = await Account.open();
  for (const name of ['a', 'b']) account.region.secrets.create({ name, value: name });
  try {
    await use(account, skip);
  } finally {
    await account.close();
  }
};

const gitHub = (secretName: string) => (stack: Stack) => {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', secretName)) });
};

const held = ({ region }: Account) => region.sourceCredentials.held('GITHUB')?.token;

/** Up to the number of calls that test/lambda/resources/source-credentials.test.ts lists, and one more for the answer. */
const upTo = (calls: number) => Array.from({ length: calls + 1 }, (_, index) => index);

// Termination before a call is the same as termination after the previous one.
const kind = 'dieAfterApply';

describe('the function is terminated during', () => {
  test.concurrent.each(upTo(9))('a Create, with %i calls before the last one', inAccount(async (account, skip) => {
    account.aws.faults.add({ operation: '*', kind, skip });
    const created = await account.deploy(gitHub('a'));

    expect(account.aws.faults.pending).toEqual([]);
    expect([created.status, exchanges(created)]).toEqual(['CREATE_COMPLETE', ['Create SUCCESS']]);
    expect([held(account), account.owners()]).toEqual(['a', ['Infrastructure/GitHub']]);
    expect(account.records().owners()[0]).not.toHaveProperty('unfinished');
  }));

  test.concurrent.each(upTo(10))('an Update, with %i calls before the last one', inAccount(async (account, skip) => {
    await account.deploy(gitHub('a'));
    account.aws.faults.add({ operation: '*', kind, skip });
    const updated = await account.deploy(gitHub('b'));

    expect(account.aws.faults.pending).toEqual([]);
    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Update SUCCESS']]);
    expect([held(account), account.owners()]).toEqual(['b', ['Infrastructure/GitHub']]);
    expect(account.records().owners()[0]).not.toHaveProperty('unfinished');
  }));

  test.concurrent.each(upTo(11))('a Delete, with %i calls before the last one', inAccount(async (account, skip) => {
    await account.deploy(gitHub('a'));
    account.aws.faults.add({ operation: '*', kind, skip });
    const deleted = await account.destroy();

    expect(account.aws.faults.pending).toEqual([]);
    expect([deleted.status, exchanges(deleted)]).toEqual(['DELETE_COMPLETE', ['Delete SUCCESS']]);
    expect([held(account), account.owners()]).toEqual([undefined, []]);
  }));

  test.concurrent.each(upTo(3))('a Delete that asks another stack to import, with %i calls before the last one', inAccount(async (account, skip) => {
    await account.deploy(gitHub('a'), { stackName: 'First' });
    await account.deploy(gitHub('b'), { stackName: 'Second' });
    account.aws.faults.add({ operation: '*', kind, skip });
    const deleted = await account.destroy('Second');

    expect([deleted.status, exchanges(deleted)]).toEqual(['DELETE_COMPLETE', ['Delete SUCCESS']]);
    expect([held(account), account.owners()]).toEqual(['a', ['First/GitHub']]);
  }));
});

test.concurrent('a Create that never answers is deleted with an id that CloudFormation generated', inAccount(async (account) => {
  // Three attempts are terminated after the import; CloudFormation times out.
  account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieAfterApply', times: 3 });
  const created = await account.deploy(gitHub('a'));

  const [, deletion] = created.events.filter(({ request }) => request);
  expect([created.status, exchanges(created)]).toEqual(['ROLLBACK_COMPLETE', ['Create unanswered', 'Delete SUCCESS']]);
  expect(deletion.request!.PhysicalResourceId).not.toContain('/');
  expect([held(account), account.owners()]).toEqual([undefined, []]);
}));

test.concurrent('a manually imported token stays if a Create is terminated before each import', inAccount(async (account) => {
  account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieBefore', times: 3 });
  const created = await account.deploy(gitHub('a'));

  expect(created.status).toBe('ROLLBACK_COMPLETE');
  expect([held(account), account.owners()]).toEqual(['by hand', []]);
}));
