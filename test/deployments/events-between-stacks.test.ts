import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account } from './account';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/* One stack asks another one for its credential: no other stack is told, and nobody waits for the event. */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
});

afterEach(async () => account.close());

const STACKS = ['One', 'Two', 'Three', 'Four'];

/** Each stack has a secret of its own, with its own name in it. */
async function deploy(stackName: string) {
  if (!account.region.secrets.find(({ name }) => name === stackName)) account.region.secrets.create({ name: stackName, value: stackName });
  return account.deploy((stack: Stack) => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', stackName)) });
  }, { stackName });
}

const held = () => account.region.sourceCredentials.held('GITHUB')?.token;
const invocations = (stackName: string) => account.cloudFormation.function(stackName).deliveries.length;

test('a deployment wakes no other stack', async () => {
  for (const stack of STACKS) await deploy(stack);
  expect(STACKS.map(invocations)).toEqual([1, 1, 1, 1]);
  expect(account.requests('PutEvents')).toEqual([]);
});

test('the stack whose credential is active again is told, and no other one', async () => {
  for (const stack of STACKS) await deploy(stack);
  await account.destroy('Four');

  expect(held()).toBe('Three');
  expect(['One', 'Two', 'Three'].map(invocations)).toEqual([1, 1, 2]);
});

test('a stack that goes and is not the active one leaves CodeBuild as it is', async () => {
  for (const stack of STACKS) await deploy(stack);
  account.aws.requests.length = 0;
  await account.destroy('Two');

  expect(held()).toBe('Four');
  expect(account.requests('DeleteSourceCredentials')).toEqual([]);
  // Told once, in case that something went wrong before: it imports its own credential again.
  expect(['One', 'Three', 'Four'].map(invocations)).toEqual([1, 1, 2]);
});

test('an event with the id of another stack reaches no function, and is not carried out where somebody sends it', async () => {
  await deploy('One');
  await deploy('Two');
  account.region.sourceCredentials.deleteByHand('GITHUB');
  const detail = { stackId: account.cloudFormation.stack('One').stackId.replace('One', 'Gone'), serverType: 'GITHUB' };
  account.region.events.put({ source: 'cdk-codebuild-source-credentials', detailType: 'Source Credential Restore Requested', resources: [], detail });
  await account.cloudFormation.idle();
  expect(['One', 'Two'].map(invocations)).toEqual([1, 1]);

  await account.cloudFormation.function('Two').deliver({ 'detail-type': 'Source Credential Restore Requested', detail });
  expect(held()).toBeUndefined();
});

test('an event of somebody else that only looks like one reaches no function', async () => {
  await deploy('One');
  const { stackId } = account.cloudFormation.stack('One');
  account.region.events.put({ source: 'somebody', detailType: 'Source Credential Restore Requested', resources: [], detail: { stackId, serverType: 'GITHUB' } });
  account.region.events.put({ source: 'cdk-codebuild-source-credentials', detailType: 'Something', resources: [], detail: { stackId, serverType: 'GITHUB' } });
  await account.cloudFormation.idle();
  expect(invocations('One')).toBe(1);
});

test('a hundred owners cost no more events than one', async () => {
  await deploy('One');
  const [{ name: _name, ...record }] = account.records().owners();
  for (let index = 0; index < 100; index++) {
    account.records().put(`owners/${index}/${index}`, { ...record, stackId: record.stackId.replace('One', `Stack${index}`), deployedAt: index });
  }
  await deploy('Two');
  account.aws.requests.length = 0;
  const deleted = await account.destroy('Two');

  expect([deleted.status, held()]).toEqual(['DELETE_COMPLETE', 'One']);
  expect(account.requests('PutEvents')).toHaveLength(1);
});
