import * as fs from 'node:fs';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Account, ACCOUNT, exchanges, reason, REGION, STACK } from './account';
import { BitbucketCredential, Connection, GitHubCredential, GitLabCredential, ProviderType, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * The policies as they are in force at the moment of each request: CloudFormation updates them
 * first and cleans up last.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open({ timeScale: 30 });
});

afterEach(async () => account.close());

function secret(stack: Stack, name: string): secretsmanager.ISecret {
  if (!account.region.secrets.find((candidate) => candidate.name === name)) {
    account.region.secrets.create({ name, value: JSON.stringify({ username: 'ci@example.com', password: name, token: name }) });
  }
  return secretsmanager.Secret.fromSecretNameV2(stack, name, name);
}

const gitHub = (name: string, id = 'GitHub') => (stack: Stack) => {
  new SourceCredentials(stack, id, { credential: GitHubCredential.personalAccessToken(secret(stack, name), { jsonField: 'token' }) });
};

const bitbucket = (name: string, id = 'Bitbucket') => (stack: Stack) => {
  new SourceCredentials(stack, id, { credential: BitbucketCredential.basicAuth(secret(stack, name)) });
};

const both = (...contents: ((stack: Stack) => void)[]) => (stack: Stack) => contents.forEach((content) => content(stack));

function denials(): unknown[] {
  return account.aws.requests.filter(({ errorType }) => errorType?.startsWith('AccessDenied'));
}

describe('suffice', () => {
  afterEach(() => expect(denials()).toEqual([]));

  test('to remove one of two credentials, whose policy goes with it', async () => {
    await account.deploy(both(gitHub('a'), bitbucket('b')));
    const updated = await account.deploy(gitHub('a'));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Delete SUCCESS']]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ serverType: 'GITHUB' }]);
  });

  test('to change the server type, whose former policy stays until the former credential is gone', async () => {
    await account.deploy(gitHub('a', 'Credentials'));
    const updated = await account.deploy(bitbucket('b', 'Credentials'));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Update SUCCESS', 'Delete SUCCESS']]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ serverType: 'BITBUCKET' }]);
  });

  test('to replace the secret, which the policy allows before the update', async () => {
    await account.deploy(gitHub('a'));
    expect((await account.deploy(gitHub('b'))).status).toBe('UPDATE_COMPLETE');
    expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('b');
  });

});

test('suffice to delete the stack, whose role goes last', async () => {
  await account.deploy(both(gitHub('a'), bitbucket('b')));
  const deleted = await account.destroy();

  expect([deleted.status, exchanges(deleted)]).toEqual(['DELETE_COMPLETE', ['Delete SUCCESS', 'Delete SUCCESS']]);
  expect(account.region.sourceCredentials.list()).toEqual([]);
});

test('that take 40 seconds to come into force are waited for', async () => {
  await account.close();
  account = await Account.open({ timeScale: 30, propagationMs: 40_000 });

  expect((await account.deploy(gitHub('a'))).status).toBe('CREATE_COMPLETE');
  expect((await account.deploy(gitHub('b'))).status).toBe('UPDATE_COMPLETE');
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('b');
  expect(denials().length).toBeGreaterThan(0);
});

/** The stack with every kind of source, one action less allowed. */
async function deployWithout(action: string) {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, STACK);
  gitHub('a')(stack);
  const keyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`;
  const secretCompleteArn = account.region.secrets.create({ name: 'encrypted', value: '{"username":"ci@example.com","password":"x"}', kmsKeyArn: keyArn });
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', keyArn);
  new SourceCredentials(stack, 'Bitbucket', {
    credential: BitbucketCredential.basicAuth(secretsmanager.Secret.fromSecretAttributes(stack, 'Encrypted', { secretCompleteArn, encryptionKey })),
  });
  const connectionArn = account.region.connections.create({ name: 'gitlab', providerType: 'GitLab' });
  new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(Connection.fromConnectionArn(stack, 'Connection', connectionArn)) });

  const assembly = app.synth();
  forbid(assembly, action);
  return account.cloudFormation.deploy(assembly, STACK);
}

function forbid(assembly: CloudAssembly, action: string): void {
  const file = assembly.getStackByName(STACK).templateFullPath;
  const template = JSON.parse(fs.readFileSync(file, 'utf8'));
  let isFound = false;
  for (const { Type, Properties } of Object.values<any>(template.Resources)) {
    const documents = Type === 'AWS::IAM::Policy' ? [Properties.PolicyDocument] : (Properties?.Policies ?? []).map((policy: any) => policy.PolicyDocument);
    for (const document of documents) {
      for (const statement of document.Statement) {
        isFound ||= [statement.Action].flat().includes(action);
        statement.Action = [statement.Action].flat().filter((candidate: string) => candidate !== action);
      }
      document.Statement = document.Statement.filter(({ Action }: any) => Action.length > 0);
    }
  }
  if (!isFound) throw new Error(`no statement allows ${action}`);
  fs.writeFileSync(file, JSON.stringify(template));
}

/*
 * What is missing here: the function's log lines and the network interfaces of a VPC do not pass
 * the stand-in, and that importing needs PassConnection is a guess.
 */
describe('are needed', () => {
  test.each([
    ['codebuild:ImportSourceCredentials', 'CodeBuild in us-east-1 did not import the GITHUB credential (PERSONAL_ACCESS_TOKEN): AccessDeniedException'],
    ['codebuild:ListSourceCredentials', 'CodeBuild in us-east-1 did not list its source credentials: AccessDeniedException'],
    ['ssm:GetParameter', 'the claim /codebuild-source-credentials/GITHUB in us-east-1 could not be read: AccessDeniedException'],
    ['ssm:PutParameter', 'the claim /codebuild-source-credentials/GITHUB in us-east-1 could not be written'],
    ['secretsmanager:GetSecretValue', 'secret a in us-east-1 may not be read: AccessDeniedException'],
    ['kms:Decrypt', 'Access to KMS is not allowed'],
    ['codeconnections:GetConnection', 'may not be read: AccessDeniedException'],
  ])('%s, to deploy', async (action, message) => {
    const created = await deployWithout(action);

    expect(reason(created)).toContain(message);
    expect(created.status).toMatch(/^ROLLBACK_/);
  });

  test('codebuild:DeleteSourceCredentials, to destroy', async () => {
    await deployWithout('codebuild:DeleteSourceCredentials');
    const deleted = await account.destroy();

    expect(deleted.status).toBe('DELETE_FAILED');
    expect(reason(deleted)).toContain('CodeBuild did not delete arn:aws:codebuild:us-east-1:111111111111:token/');
  });

  /** A connection that is adopted, or else created, and deleted with its stack if that has created it; one action less allowed. */
  async function connectionWithout(action: string) {
    const app = new App({ analyticsReporting: false });
    new Connection(new Stack(app, STACK), 'Connection', {
      providerType: ProviderType.GITLAB, connectionName: 'gitlab', removalPolicy: RemovalPolicy.DESTROY,
    });
    const assembly = app.synth();
    forbid(assembly, action);
    return account.cloudFormation.deploy(assembly, STACK);
  }

  test.each([
    ['CreateConnection', undefined, "the GitLab connection 'gitlab' could not be created in us-east-1: AccessDeniedException"],
    ['ListConnections', undefined, 'the GitLab connections in us-east-1 could not be listed: AccessDeniedException'],
    ['GetConnection', 'codeconnections', 'may not be read: AccessDeniedException'],
    ['ListTagsForResource', 'codeconnections', 'cannot be read: AccessDeniedException'],
    ['TagResource', 'codeconnections', 'could not be changed: AccessDeniedException'],
    ['GetConnection', 'codestar-connections', 'may not be read: AccessDeniedException'],
    ['ListTagsForResource', 'codestar-connections', 'cannot be read: AccessDeniedException'],
    ['TagResource', 'codestar-connections', 'could not be changed: AccessDeniedException'],
  ] as const)('%s for a connection, where one is there with the prefix %s', async (operation, prefix, message) => {
    if (prefix) account.region.connections.create({ name: 'gitlab', providerType: 'GitLab', prefix });
    const created = await connectionWithout(`${prefix ?? 'codeconnections'}:${operation}`);

    expect(reason(created)).toContain(message);
    expect(created.status).toMatch(/^ROLLBACK_/);
  });

  test.each([
    ['DeleteConnection', undefined, 'could not be deleted: AccessDeniedException'],
    ['UntagResource', 'codeconnections', 'could not be changed: AccessDeniedException'],
    ['UntagResource', 'codestar-connections', 'could not be changed: AccessDeniedException'],
  ] as const)('%s for a connection that goes, with the prefix %s if somebody else has made it', async (operation, prefix, message) => {
    if (prefix) account.region.connections.create({ name: 'gitlab', providerType: 'GitLab', prefix });
    await connectionWithout(`${prefix ?? 'codeconnections'}:${operation}`);
    const deleted = await account.destroy();

    expect(deleted.status).toBe('DELETE_FAILED');
    expect(reason(deleted)).toContain(message);
  });

  test('GetConnection, to wait for a connection', async () => {
    const arn = account.region.connections.create({ name: 'gitlab', providerType: 'GitLab' });
    const app = new App({ analyticsReporting: false });
    Connection.fromConnectionArn(new Stack(app, STACK), 'Connection', arn).waitUntilAvailable(Duration.minutes(5));
    const assembly = app.synth();
    forbid(assembly, 'codeconnections:GetConnection');

    expect(reason(await account.cloudFormation.deploy(assembly, STACK))).toContain('may not be read: AccessDeniedException');
  });
});
