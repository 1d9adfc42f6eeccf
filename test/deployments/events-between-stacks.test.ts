import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account } from './account';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/* One stack asks another one to restore its credential: no other stack is invoked, and nothing waits for the event. */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
});

afterEach(async () => account.close());

const STACKS = ['One', 'Two', 'Three', 'Four'];

/** Each stack has its own secret, which contains its name. */
async function deploy(stackName: string) {
  if (!account.region.secrets.find(({ name }) => name === stackName)) account.region.secrets.create({ name: stackName, value: stackName });
  return account.deploy((stack: Stack) => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', stackName)) });
  }, { stackName });
}

const held = () => account.region.sourceCredentials.held('GITHUB')?.token;
const invocations = (stackName: string) => account.cloudFormation.function(stackName).deliveries.length;

test('a deployment invokes no other stack\'s function', async () => {
  for (const stack of STACKS) await deploy(stack);
  expect(STACKS.map(invocations)).toEqual([1, 1, 1, 1]);
  expect(account.requests('PutEvents')).toEqual([]);
});

test('only the stack whose credential becomes active again is invoked', async () => {
  for (const stack of STACKS) await deploy(stack);
  await account.destroy('Four');

  expect(held()).toBe('Three');
  expect(['One', 'Two', 'Three'].map(invocations)).toEqual([1, 1, 2]);
});

test('a removed stack that is not the active owner does not change CodeBuild', async () => {
  for (const stack of STACKS) await deploy(stack);
  account.aws.requests.length = 0;
  await account.destroy('Two');

  expect(held()).toBe('Four');
  expect(account.requests('DeleteSourceCredentials')).toEqual([]);
  // The active owner's stack is invoked once as a precaution, and imports its own credential again.
  expect(['One', 'Three', 'Four'].map(invocations)).toEqual([1, 1, 2]);
});

test('an event with the id of another stack matches no rule, and has no effect if it is sent to the function directly', async () => {
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

test('a similar event from another source matches no rule', async () => {
  await deploy('One');
  const { stackId } = account.cloudFormation.stack('One');
  account.region.events.put({ source: 'somebody', detailType: 'Source Credential Restore Requested', resources: [], detail: { stackId, serverType: 'GITHUB' } });
  account.region.events.put({ source: 'cdk-codebuild-source-credentials', detailType: 'Something', resources: [], detail: { stackId, serverType: 'GITHUB' } });
  await account.cloudFormation.idle();
  expect(invocations('One')).toBe(1);
});

test('a removal sends one event, even with a hundred owners', async () => {
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
