import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, STACK } from './account';
import { BitbucketCredential, GitHubCredential, SourceCredentials, SourceCredentialsProps } from 'cdk-codebuild-source-credentials';

/* A rotated secret reaches CodeBuild automatically, through the synthesized rule and the built handler. */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
  for (const name of ['ci/a', 'ci/a-other', 'ci/b']) account.region.secrets.create({ name, value: 'old' });
});

afterEach(async () => account.close());

type Reference = (stack: Stack) => secretsmanager.ISecret;

const byName = (name: string): Reference => (stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', name);
const byCompleteArn = (name: string): Reference => (stack) => secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', account.region.secrets.get(name).arn);
const byPartialArn = (name: string): Reference => (stack) =>
  secretsmanager.Secret.fromSecretPartialArn(stack, 'Secret', account.region.secrets.get(name).arn.slice(0, -7));

const gitHub = (secret: Reference, props: Partial<SourceCredentialsProps> = {}) => (stack: Stack) => {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret(stack)), ...props });
};

/** Stores a new current version, and waits until all resulting events are handled. */
async function rotate(name: string, value: string): Promise<void> {
  account.region.secrets.put(name, value);
  await account.cloudFormation.idle();
}

const held = () => account.region.sourceCredentials.held('GITHUB')?.token;
const imports = () => account.requests('ImportSourceCredentials').length;
const theFunction = (stackName = STACK) => account.cloudFormation.function(stackName);

test.each([['name', byName], ['complete ARN', byCompleteArn], ['partial ARN', byPartialArn]] as const)('a new value of a secret that is referenced by its %s is imported', async (_, by) => {
  await account.deploy(gitHub(by('ci/a')));
  await rotate('ci/a', 'new');
  expect(held()).toBe('new');
});

test.each([
  ['name', byName], ['complete ARN', byCompleteArn], ['partial ARN', byPartialArn],
] as const)('a label other than AWSCURRENT does not invoke the function (secret referenced by its %s)', async (_, by) => {
  await account.deploy(gitHub(by('ci/a')));
  const before = theFunction().deliveries.length;
  const sendEvent = async (labelUpdated: string) => {
    const detail = { name: 'ci/a', labelUpdated, versionId: 'a-version' };
    const resources = [account.region.secrets.get('ci/a').arn];
    account.region.events.put({ source: 'aws.secretsmanager', detailType: 'Secret Label Updated', resources, detail });
    await account.cloudFormation.idle();
    return theFunction().deliveries.length - before;
  };

  expect([await sendEvent('AWSPENDING'), await sendEvent('my-label'), await sendEvent('AWSCURRENT')]).toEqual([0, 0, 1]);
});

test('a new user name and password are imported', async () => {
  account.region.secrets.put('ci/b', '{"username":"ci@example.com","password":"old"}');
  await account.deploy((stack) => new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.basicAuth(byName('ci/b')(stack)) }));
  await rotate('ci/b', '{"username":"new@example.com","password":"new"}');

  expect(account.region.sourceCredentials.held('BITBUCKET')).toMatchObject({ username: 'new@example.com', token: 'new' });
});

test('a new value of another secret with the same prefix changes nothing', async () => {
  await account.deploy(gitHub(byName('ci/a')));
  const before = theFunction().deliveries.length;
  await rotate('ci/a-other', 'new');

  expect([held(), theFunction().deliveries.length]).toEqual(['old', before]);
});

test('a new value with refreshOnSecretChange: false is not imported', async () => {
  await account.deploy(gitHub(byName('ci/a'), { refreshOnSecretChange: false }));
  await rotate('ci/a', 'new');
  expect(held()).toBe('old');
});

test('a new value is not imported while another stack is the active owner', async () => {
  await account.deploy(gitHub(byName('ci/a')), { stackName: 'First' });
  await account.deploy(gitHub(byName('ci/b')), { stackName: 'Second' });
  const before = imports();
  await rotate('ci/a', 'new');
  expect([held(), imports()]).toEqual(['old', before]);

  // The new value is imported when the other stack is removed.
  await account.destroy('Second');
  expect(held()).toBe('new');
});

test('an event that arrives twice, or after a newer one, imports the newest value', async () => {
  await account.deploy(gitHub(byName('ci/a')));
  await rotate('ci/a', 'newer');
  await rotate('ci/a', 'newest');
  for (const { event } of theFunction().deliveries.filter((delivery) => delivery.event['detail-type'] === 'Secret Label Updated')) {
    await theFunction().redeliver(event.id);
  }

  expect(held()).toBe('newest');
});

test.each(['', '{"token":"new"}'])('an invalid value (%p) keeps the previous credential and fails, three times', async (value) => {
  await account.deploy(gitHub(byName('ci/a')));
  await rotate('ci/a', value);

  expect(held()).toBe('old');
  expect(theFunction().failures).toMatchObject([{ attempts: 3, error: expect.stringContaining('secret ci/a in us-east-1') }]);

  await rotate('ci/a', 'good-again');
  expect(held()).toBe('good-again');
});

test('a new value is imported although CodeBuild throttles requests or fails temporarily', async () => {
  await account.deploy(gitHub(byName('ci/a')));
  account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'throttle', times: 2 });
  await rotate('ci/a', 'new');
  expect(held()).toBe('new');

  account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 7 });
  await rotate('ci/a', 'newer');
  expect(held()).toBe('newer');
});

test('a new value is not imported if the owner\'s record was deleted', async () => {
  await account.deploy(gitHub(byName('ci/a')));
  account.records().clear();
  await rotate('ci/a', 'new');
  expect([held(), theFunction().failures]).toEqual(['old', []]);
});

test('a secret of two server types is imported for one although the import for the other fails', async () => {
  account.region.secrets.put('ci/b', '{"github":"old","bitbucket":"old"}');
  await account.deploy((stack) => {
    const secret = byName('ci/b')(stack);
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret, { jsonField: 'github' }) });
    new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.personalAccessToken(secret, { jsonField: 'bitbucket' }) });
  });
  await rotate('ci/b', '{"github":"new"}');

  expect([held(), account.region.sourceCredentials.held('BITBUCKET')!.token]).toEqual(['new', 'old']);
  expect(theFunction().failures).toMatchObject([{ attempts: 3, error: expect.stringContaining("BITBUCKET: secret ci/b in us-east-1 has no field 'bitbucket'") }]);
});

test('a deployment without a change sends no event and makes no request', async () => {
  await account.deploy(gitHub(byName('ci/a')));
  const before = account.aws.requests.length;
  const deployment = await account.deploy(gitHub(byName('ci/a')));

  expect([deployment.events, account.aws.requests.length]).toEqual([[], before]);
});
