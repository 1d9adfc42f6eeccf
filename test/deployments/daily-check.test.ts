import { readFileSync } from 'node:fs';
import { Duration, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, STACK } from './account';
import { BitbucketCredential, GitHubCredential, SourceCredentials, SourceCredentialsProps, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

/* The daily check: each stack's function repairs what no event reported. */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
  for (const name of ['a', 'b']) account.region.secrets.create({ name, value: name });
});

afterEach(async () => account.close());

const gitHub = (secretName: string, props: Partial<SourceCredentialsProps> = {}) => (stack: Stack) => {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', secretName)), ...props });
};

const held = () => account.region.sourceCredentials.held('GITHUB')?.token;
const runDailyCheck = async () => account.cloudFormation.schedulesComeDue();

/** Returns the operations that an action calls. */
async function callsOf(action: () => Promise<unknown>): Promise<(string | undefined)[]> {
  const before = account.aws.requests.length;
  await action();
  return account.aws.requests.slice(before).map(({ operation }) => operation);
}

test('restores a credential that a person deleted', async () => {
  await account.deploy(gitHub('a'));
  account.region.sourceCredentials.deleteByHand('GITHUB');
  await runDailyCheck();
  expect(held()).toBe('a');
});

test('runs immediately with the command from the operations guide', async () => {
  const guide = readFileSync('docs/operations.md', 'utf8');
  const [, payload] = /aws lambda invoke .*\n +--payload '(.*)'/.exec(guide)!;
  await account.deploy(gitHub('a'));
  account.region.sourceCredentials.deleteByHand('GITHUB');
  await account.cloudFormation.function(STACK).invoke(JSON.parse(payload));
  expect(held()).toBe('a');
});

test('restores a credential that a native resource replaced and then deleted', async () => {
  await account.deploy(gitHub('a'));
  const native = (stack: Stack) => void new codebuild.CfnSourceCredential(stack, 'Native', { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'native' });
  account.region.sourceCredentials.deleteByHand('GITHUB');
  await account.deploy(native, { stackName: 'Native' });
  await account.destroy('Native');
  expect(held()).toBeUndefined();

  await runDailyCheck();
  expect(held()).toBe('a');
});

test('imports a new value whose event was lost', async () => {
  await account.deploy(gitHub('a'));
  account.region.events.lose();
  account.region.secrets.put('a', 'new');
  await account.cloudFormation.idle();
  expect(held()).toBe('a');

  await runDailyCheck();
  expect(held()).toBe('new');
});

test('restores the credential of a stack whose event was lost when a later stack was destroyed', async () => {
  await account.deploy(gitHub('a'), { stackName: 'First' });
  await account.deploy(gitHub('b'), { stackName: 'Second' });
  account.region.events.lose();
  await account.destroy('Second');
  expect([held(), account.owners()]).toEqual(['b', ['First/GitHub']]);

  await runDailyCheck();
  expect(held()).toBe('a');
});

test('does not import a new value with refreshOnSecretChange false', async () => {
  await account.deploy(gitHub('a', { refreshOnSecretChange: false }));
  account.region.secrets.put('a', 'new');
  expect(await callsOf(runDailyCheck)).toEqual(['GetParametersByPath', 'ListSourceCredentials', 'GetParametersByPath']);
  expect(held()).toBe('a');
});

test('imports a token once even if it is unchanged', async () => {
  await account.deploy(gitHub('a'));
  expect(await callsOf(runDailyCheck)).toEqual([
    'GetParametersByPath', 'ListSourceCredentials', 'GetSecretValue', 'ImportSourceCredentials', 'GetParametersByPath', 'GetSecretValue', 'GetParametersByPath',
  ]);
});

test('makes two list requests for a stack that is not the active owner', async () => {
  await account.deploy(gitHub('a'), { stackName: 'First' });
  await account.deploy(gitHub('b', { refreshOnSecretChange: false }), { stackName: 'Second' });
  const calls = await callsOf(runDailyCheck);
  expect(calls.filter((operation) => operation === 'ImportSourceCredentials')).toEqual([]);
  expect(calls.sort()).toEqual([...Array(4).fill('GetParametersByPath'), 'ListSourceCredentials']);
  expect(held()).toBe('b');
});

test('lists only the server types of its stack', async () => {
  await account.deploy(gitHub('a'), { stackName: 'First' });
  await account.deploy((stack) => {
    new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'b')) });
  }, { stackName: 'Second' });
  account.aws.requests.length = 0;
  await runDailyCheck();

  const keys = new Map<string, Set<string>>();
  for (const { accessKeyId, body, operation } of account.aws.requests) {
    if (operation === 'GetParametersByPath') keys.set(accessKeyId!, (keys.get(accessKeyId!) ?? new Set()).add(body.Path));
  }
  expect([...keys.values()].map((paths) => [...paths]).sort()).toEqual([['/codebuild-source-credentials/BITBUCKET'], ['/codebuild-source-credentials/GITHUB']]);
});

test('deletes the records of a removed stack after an hour', async () => {
  await account.deploy(gitHub('a'), { stackName: 'First' });
  await account.deploy(gitHub('b'), { stackName: 'Second' });
  await account.destroy('Second');
  await runDailyCheck();
  const [removal] = account.records().list('removed/');
  expect(removal).toBeDefined();

  account.records().change(removal.name, { sentAt: removal.sentAt - 2 * 60 * 60_000 });
  await runDailyCheck();
  expect(account.records().list('removed/')).toEqual([]);
  expect(account.owners()).toEqual(['First/GitHub']);
});

test('restores the previous credential after a person deletes an orphaned owner\'s record', async () => {
  await account.deploy(gitHub('a'), { stackName: 'First' });
  await account.deploy(gitHub('b'), { stackName: 'Dead' });
  // Stack Dead is assumed to have been deleted without invoking its function.
  account.records().delete(account.records().owners().at(-1)!.name);
  expect(account.owners()).toEqual(['First/GitHub']);

  await account.cloudFormation.function('First').invoke({ 'detail-type': 'Scheduled Event', 'detail': {} });
  expect(held()).toBe('a');
});

test('counts as an error if it fails for one server type, but still restores the other', async () => {
  await account.deploy((stack) => {
    gitHub('a')(stack);
    new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'B', 'b')) });
  });
  account.region.secrets.scheduleDeletion('b');
  account.region.sourceCredentials.deleteByHand('GITHUB');
  await runDailyCheck();

  expect(held()).toBe('a');
  expect(account.cloudFormation.function(STACK).failures).toMatchObject([{ attempts: 3, error: expect.stringContaining('BITBUCKET: secret b in us-east-1 cannot be read') }]);
});

test('is off with a reconcileInterval of zero', async () => {
  await account.deploy((stack) => {
    new SourceCredentialsProvider(stack, 'Provider', { reconcileInterval: Duration.seconds(0) });
    gitHub('a')(stack);
  });
  account.region.sourceCredentials.deleteByHand('GITHUB');
  expect(await callsOf(runDailyCheck)).toEqual([]);

  // New values are still imported.
  account.region.secrets.put('a', 'new');
  await account.cloudFormation.idle();
  expect(held()).toBe('new');
});

test('can run more often, and imports new values of a secret in another region, whose events don\'t arrive', async () => {
  const arn = account.aws.region(account.region.account, 'eu-west-1').secrets.create({ name: 'elsewhere', value: 'old' });
  await account.deploy((stack) => {
    new SourceCredentialsProvider(stack, 'Provider', { reconcileInterval: Duration.hours(1) });
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretCompleteArn(stack, 'Token', arn)) });
  });
  account.aws.region(account.region.account, 'eu-west-1').secrets.put('elsewhere', 'new');
  await account.cloudFormation.idle();
  expect(held()).toBe('old');

  await runDailyCheck();
  expect(held()).toBe('new');
});
