import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, ACCOUNT, REGION } from './account';
import {
  BitbucketCredential, Connection, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, ProviderType, SourceCredentials,
} from 'cdk-codebuild-source-credentials';

/*
 * The policies of VPC endpoints in docs/organization-rollout.md must allow every call of a function, and nothing else.
 * A permissions boundary limits a role in the same way as an endpoint policy, so the tests use one instead.
 */

interface Row {
  readonly actions: string[];
  readonly resources: string[];
}

function documented(): Row[] {
  const text = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'organization-rollout.md'), 'utf8');
  const [, table] = /<!-- endpoints -->\n((?:\|.*\n)+)/.exec(text)!;
  return table.trim().split('\n').slice(2).map((line) => {
    const [, , actions, resources] = line.split('|').map((cell) => [...cell.matchAll(/`([a-z-]+:[^`]+)`/g)].map(([, code]) => code));
    return { actions, resources: resources.length > 0 ? resources.map((arn) => arn.replace('REGION', REGION).replace('ACCOUNT', ACCOUNT)) : ['*'] };
  });
}

let account: Account;
let former: string;

beforeEach(async () => {
  account = await Account.open();
  account.region.secrets.create({ name: 'first', value: 'first' });
  account.region.secrets.create({ name: 'second', value: 'second' });
  account.region.secrets.create({ name: 'account', value: JSON.stringify({ username: 'ci@example.com', password: 'account' }) });
  account.region.secrets.create({ name: 'read', value: JSON.stringify({ ServerType: 'GITHUB_ENTERPRISE', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: 'token' }) });
  former = account.region.connections.create({ name: 'former', providerType: 'Bitbucket', prefix: 'codestar-connections' });
});

afterEach(async () => account.close());

const secret = (stack: Stack, name: string) => secretsmanager.Secret.fromSecretNameV2(stack, name, name);

/** Limits the role of every function to what the VPC endpoints allow. */
function behindEndpoints(stack: Stack, rows: readonly Row[]): void {
  iam.PermissionsBoundary.of(stack).apply(new iam.ManagedPolicy(stack, 'Boundary', {
    statements: rows.map(({ actions, resources }) => new iam.PolicyStatement({ actions, resources })),
  }));
}

const token = (name: string, rows: readonly Row[]) => (stack: Stack) => {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret(stack, name)) });
  behindEndpoints(stack, rows);
};

const everything = (tag: string | undefined, rows: readonly Row[]) => (stack: Stack) => {
  token('second', rows)(stack);
  new SourceCredentials(stack, 'Enterprise', { credential: GitHubEnterpriseCredential.secretsManager(secret(stack, 'read')) });
  const connection = new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab', removalPolicy: RemovalPolicy.DESTROY });
  new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection) });
  if (tag) Tags.of(connection).add('team', tag);
  const adopted = new Connection(stack, 'Adopted', { providerType: ProviderType.BITBUCKET, connectionName: 'former', removalPolicy: RemovalPolicy.DESTROY });
  adopted.node.addDependency(connection);
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.connection(adopted) });
  Connection.fromConnectionArn(stack, 'ByArn', former).waitUntilAvailable(Duration.minutes(1));
};

/** Deploys two stacks, changes one, rotates a secret, runs the daily check, and destroys both. Returns the denied requests. */
async function runLifecycle(rows: readonly Row[]): Promise<unknown[]> {
  const statuses = [
    await account.deploy(token('first', rows), { stackName: 'First' }),
    await account.deploy(everything('a', rows)),
    await account.deploy(everything('b', rows)),
    await account.deploy(everything(undefined, rows)),
  ].map(({ status }) => status);
  account.region.secrets.put('second', 'rotated');
  await account.cloudFormation.idle();
  await account.cloudFormation.schedulesComeDue();
  statuses.push((await account.destroy()).status, (await account.destroy('First')).status);
  expect(statuses).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_COMPLETE', 'DELETE_COMPLETE', 'DELETE_COMPLETE']);
  return account.aws.requests.filter(({ errorType }) => errorType?.startsWith('AccessDenied'));
}

test('the documented policies allow exactly the calls of a function', async () => {
  const rows = documented();
  expect(await runLifecycle(rows)).toEqual([]);
  const called = account.aws.requests.map(({ service, operation }) => `${service}:${operation}`);
  expect([...new Set(called)].sort()).toEqual(rows.flatMap(({ actions }) => actions).sort());
});
