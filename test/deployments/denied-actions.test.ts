import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, ACCOUNT, FAILING, reason, REGION, thatFails } from './account';
import { BitbucketCredential, Connection, GitHubCredential, GitLabCredential, ProviderType, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * Actions that an organization, a permissions boundary or an endpoint policy denies. The error names the action and its
 * resource, and the stack can be deployed and deleted afterwards.
 */

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`;

let account: Account;
let secretCompleteArn: string;

beforeEach(async () => {
  account = await Account.open();
  secretCompleteArn = account.region.secrets.create({ name: 'ci/github', value: 'token', kmsKeyArn: KEY });
});

afterEach(async () => account.close());

/** Declares a token with a key, a new connection and its credential, and denies these actions. */
const contents = (password: string, ...denied: string[]) => (stack: Stack) => {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretWithKey(stack)) });
  if (!account.region.secrets.find(({ name }) => name === password)) {
    account.region.secrets.create({ name: password, value: JSON.stringify({ username: 'ci@example.com', password }) });
  }
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.basicAuth(secretsmanager.Secret.fromSecretNameV2(stack, 'Account', password)) });
  const connection = new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
  new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection) });

  deny(stack, denied);
};

const secretWithKey = (stack: Stack) =>
  secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) });

function deny(stack: Stack, actions: readonly string[]): void {
  const boundary = new iam.ManagedPolicy(stack, 'Boundary', {
    statements: [
      new iam.PolicyStatement({ actions: ['*'], resources: ['*'] }),
      ...actions.map((action) => new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: [action], resources: ['*'] })),
    ],
  });
  iam.PermissionsBoundary.of(stack).apply(boundary);
}

/** The denied actions, each with a pattern of the resource in its message. */
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

test.each(ACTIONS)('%s is denied in the first deployment', async (action, resource) => {
  const created = await account.deploy(contents('first', action));
  expect(reason(created)).toMatch(new RegExp(`${action}|${action.split(':')[1]}`));
  expect(reason(created)).toMatch(new RegExp(resource));
  expect(created.status).toBe('ROLLBACK_COMPLETE');

  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect((await account.deploy(contents('first'))).status).toBe('CREATE_COMPLETE');
  expect(account.region.sourceCredentials.list()).toHaveLength(3);
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
});

test.each([...ACTIONS, ['codebuild:DeleteSourceCredentials', 'token/'], ['ssm:DeleteParameter', '/codebuild-source-credentials/']])('%s is denied for an existing stack', async (action) => {
  await account.deploy(contents('first'));
  const updated = await account.deploy(contents('second', action));
  expect(updated.status).toMatch(/^UPDATE_(COMPLETE|ROLLBACK_COMPLETE)$/);

  expect((await account.deploy(contents('third'))).status).toBe('UPDATE_COMPLETE');
  expect(account.region.sourceCredentials.held('BITBUCKET')!.token).toBe('third');
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.region.sourceCredentials.list()).toEqual([]);
});

test.each([
  ['codebuild', 'DeleteSourceCredentials', 'token/'],
  ['ssm', 'DeleteParameter', '/codebuild-source-credentials/'],
  ['codeconnections', 'DeleteConnection', 'connection/'],
])('a rollback without %s:%s fails, and the stack can be deleted once it is allowed', async (service, operation, resource) => {
  const everything = thatFails((stack) => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretWithKey(stack)) });
    new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab', removalPolicy: RemovalPolicy.DESTROY });
  });
  account.aws.faults.add({ service, operation, kind: 'accessDenied', times: 100 });
  const created = await account.deploy(everything, FAILING);
  expect(created.status).toBe('ROLLBACK_FAILED');
  const failure = created.events.find(({ status }) => status === 'DELETE_FAILED')!;
  expect(failure.reason).toContain('AccessDenied');
  expect(failure.reason).toContain(resource);

  account.aws.faults.clear();
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect([account.region.sourceCredentials.list(), account.region.connections.list()]).toEqual([[], []]);
  expect((await account.deploy(everything)).status).toBe('CREATE_COMPLETE');
});

describe('the first deployment of one resource', () => {
  const NAME = 'gitlab';
  const byArn = (stack: Stack) => {
    const [{ arn }] = account.region.connections.list().filter(({ name }) => name === 'existing');
    return Connection.fromConnectionArn(stack, 'ByArn', arn);
  };
  const created = (removalPolicy: RemovalPolicy) => (stack: Stack) => {
    new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: NAME, removalPolicy });
  };
  const adopted = (removalPolicy: RemovalPolicy) => (stack: Stack) => {
    new Connection(stack, 'Connection', { providerType: ProviderType.BITBUCKET, connectionName: 'existing', removalPolicy });
  };

  const RECORDS = ['ssm:GetParametersByPath', 'ssm:PutParameter'];
  const CREDENTIAL = [...RECORDS, 'codebuild:ListSourceCredentials', 'codebuild:ImportSourceCredentials'];
  const CONNECTION = [...RECORDS, 'codeconnections:ListConnections', 'codeconnections:GetConnection'];
  const CREATION = [...CONNECTION, 'codeconnections:CreateConnection', 'codeconnections:TagResource'];
  const { DESTROY, RETAIN } = RemovalPolicy;

  const RESOURCES: Array<[string, (stack: Stack) => void, string[]]> = [
    ['a token', (stack) => {
      new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretWithKey(stack)) });
    }, [...CREDENTIAL, 'secretsmanager:GetSecretValue', 'kms:Decrypt']],
    ['a secret that CodeBuild reads', (stack) => {
      new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.secretsManager(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'of-codebuild')) });
    }, CREDENTIAL],
    ['a credential of a connection', (stack) => {
      new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.connection(byArn(stack)) });
    }, [...CREDENTIAL, 'codeconnections:GetConnection']],
    ['a connection to create and keep', created(RETAIN), CREATION],
    ['a connection to create and delete', created(DESTROY), CREATION],
    ['a connection to adopt and keep', adopted(RETAIN), CONNECTION],
    ['a connection to adopt, with DESTROY', adopted(DESTROY), CONNECTION],
    ['a wait', (stack) => { byArn(stack).waitUntilAvailable(Duration.minutes(1)); }, ['codeconnections:GetConnection']],
  ];
  const CASES = RESOURCES.flatMap(([what, resource, actions]) => actions.map((action) => [action, what, resource] as const));

  beforeEach(() => {
    account.region.connections.create({ name: 'existing', providerType: 'Bitbucket' });
    account.region.secrets.create({ name: 'of-codebuild', value: JSON.stringify({ ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: 'token' }) });
  });

  test.each(CASES)('fails if %s is denied for %s', async (action, _, resource) => {
    const failed = await account.deploy((stack) => { resource(stack); deny(stack, [action]); });
    expect([failed.status, reason(failed)]).toEqual(['ROLLBACK_COMPLETE', expect.stringContaining('AccessDenied')]);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');

    expect((await account.deploy(resource)).status).toBe('CREATE_COMPLETE');
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.region.sourceCredentials.list()).toEqual([]);
    expect(account.region.connections.list().map(({ name }) => name)).toContain('existing');
  });

  test.each([
    ['PutParameter', 'a connection to adopt and keep'],
    ['CreateConnection', 'a connection to create and delete'],
    ['PutParameter', 'a token'],
  ])('changes nothing if %s is denied for %s, and the Delete makes no call', async (operation, what) => {
    const [, resource, actions] = RESOURCES.find(([name]) => name === what)!;
    const failed = await account.deploy((stack) => {
      resource(stack);
      deny(stack, actions.filter((action) => action.endsWith(`:${operation}`)));
    });
    const deletion = failed.events.find(({ request }) => request?.RequestType === 'Delete')!;
    expect([deletion.request!.PhysicalResourceId, deletion.answer!.Status]).toEqual([expect.stringMatching(/^untouched\//), 'SUCCESS']);
  });
});
