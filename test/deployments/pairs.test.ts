import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Pair, PAIRS } from '../pairs';
import { Account, exchanges, FAILING, thatFails } from './account';
import { AuthType, Connection, ServerType, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * Every pair of server type and auth type that CodeBuild accepts, with the built handler on the AWS simulator. The tests
 * create, update, replace, roll back and delete each, and check the requests and what CodeBuild holds.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
});

afterEach(async () => account.close());

/** The secret or connection of a pair. */
interface Source {
  /** The values that CodeBuild must receive. */
  readonly imported: { readonly token: string; readonly username?: string };
  readonly secretName: string;
  readonly connectionArn: string;
}

function source({ serverType, authType, providerType }: Pair, name: string): Source {
  const secretName = `ci/${serverType}-${authType}-${name}`;
  const token = `${name}-of-${serverType}`;
  const connectionArn = account.region.connections.create({ name: secretName.slice(0, 32), providerType: providerType as 'GitHub' });
  const username = 'ci@example.com';
  const value: Record<AuthType, string> = {
    PERSONAL_ACCESS_TOKEN: token,
    BASIC_AUTH: JSON.stringify({ username, password: token }),
    SECRETS_MANAGER: JSON.stringify({ ServerType: serverType, AuthType: 'PERSONAL_ACCESS_TOKEN', Token: token }),
    CODECONNECTIONS: 'unused',
  };
  const secretArn = account.region.secrets.create({ name: secretName, value: value[authType] });
  const imported: Record<AuthType, Source['imported']> = {
    PERSONAL_ACCESS_TOKEN: { token },
    BASIC_AUTH: { token, username },
    SECRETS_MANAGER: { token: secretArn },
    CODECONNECTIONS: { token: connectionArn },
  };
  return { imported: imported[authType], secretName, connectionArn };
}

/** Declares a stack with one credential. */
function stackWith(pair: Pair, { secretName, connectionArn }: Source) {
  return (stack: Stack) => {
    new SourceCredentials(stack, 'Credentials', {
      credential: pair.credential({
        secret: secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', secretName),
        connection: Connection.fromConnectionArn(stack, 'Connection', connectionArn),
      }),
    });
  };
}

function imports(): unknown[] {
  return account.requests('ImportSourceCredentials').map(({ body, region, account: owner, status }) => ({ ...body, region, owner, status }));
}

function importOf({ serverType, authType }: Pair, { imported }: Source) {
  return { serverType, authType, shouldOverwrite: true, ...imported, region: 'us-east-1', owner: '111111111111', status: 200 };
}

function held({ serverType }: Pair) {
  return account.region.sourceCredentials.held(serverType);
}

describe.each(PAIRS)('$serverType with $authType', (pair) => {
  const { serverType, authType } = pair;
  const otherAuthTypes = PAIRS.filter((other) => other.serverType === serverType && other.authType !== authType);
  const otherServerType = PAIRS.find((other) => other.serverType !== serverType && other.authType === authType)
    ?? PAIRS.find((other) => other.serverType !== serverType)!;

  test('a credential is created and deleted', async () => {
    const first = source(pair, 'first');

    const created = await account.deploy(stackWith(pair, first));
    expect([created.status, exchanges(created)]).toEqual(['CREATE_COMPLETE', ['Create SUCCESS']]);
    expect(imports()).toEqual([importOf(pair, first)]);
    expect(held(pair)).toMatchObject({ authType, ...first.imported });

    const deleted = await account.destroy();
    expect([deleted.status, exchanges(deleted)]).toEqual(['DELETE_COMPLETE', ['Delete SUCCESS']]);
    expect(account.requests('DeleteSourceCredentials').map(({ body }) => body)).toEqual([
      { arn: `arn:aws:codebuild:us-east-1:111111111111:token/${serverType.toLowerCase()}` },
    ]);
    expect(account.region.sourceCredentials.list()).toEqual([]);
  });

  test('another secret or connection updates the resource in place', async () => {
    const [first, second] = [source(pair, 'first'), source(pair, 'second')];
    await account.deploy(stackWith(pair, first));

    const updated = await account.deploy(stackWith(pair, second));
    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Update SUCCESS']]);
    expect(imports()).toEqual([importOf(pair, first), importOf(pair, second)]);
    expect(held(pair)).toMatchObject(second.imported);
  });

  for (const other of otherAuthTypes) {
    test(`a change to ${other.authType} updates the resource in place`, async () => {
      const [first, second] = [source(pair, 'first'), source(other, 'second')];
      await account.deploy(stackWith(pair, first));

      const updated = await account.deploy(stackWith(other, second));
      expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Update SUCCESS']]);
      expect(imports()).toEqual([importOf(pair, first), importOf(other, second)]);
      expect(held(other)).toMatchObject({ authType: other.authType, ...second.imported });
    });
  }

  test('a change of server type creates the new credential, then deletes the previous one', async () => {
    const [first, second] = [source(pair, 'first'), source(otherServerType, 'second')];
    await account.deploy(stackWith(pair, first));

    const updated = await account.deploy(stackWith(otherServerType, second));
    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Create SUCCESS', 'Delete SUCCESS']]);
    expect(imports()).toEqual([importOf(pair, first), importOf(otherServerType, second)]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ serverType: otherServerType.serverType, ...second.imported }]);
  });

  test('a Create that is rolled back leaves nothing', async () => {
    const created = await account.deploy(thatFails(stackWith(pair, source(pair, 'first'))), FAILING);

    expect([created.status, exchanges(created)]).toEqual(['ROLLBACK_COMPLETE', ['Create SUCCESS', 'Delete SUCCESS']]);
    expect(account.region.sourceCredentials.list()).toEqual([]);
  });

  test('an Update that is rolled back restores the previous credential', async () => {
    const [first, second] = [source(pair, 'first'), source(pair, 'second')];
    await account.deploy(stackWith(pair, first));

    const updated = await account.deploy(thatFails(stackWith(pair, second)), FAILING);
    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Update SUCCESS', 'Update SUCCESS']]);
    expect(imports()).toEqual([importOf(pair, first), importOf(pair, second), importOf(pair, first)]);
    expect(held(pair)).toMatchObject(first.imported);
  });

  test('a change of server type that is rolled back keeps the previous credential and deletes the other', async () => {
    const [first, second] = [source(pair, 'first'), source(otherServerType, 'second')];
    await account.deploy(stackWith(pair, first));

    const updated = await account.deploy(thatFails(stackWith(otherServerType, second)), FAILING);
    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Create SUCCESS', 'Delete SUCCESS']]);
    expect(imports()).toEqual([importOf(pair, first), importOf(otherServerType, second)]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ serverType, authType, ...first.imported }]);
  });
});

test('the table contains all pairs', () => {
  expect(PAIRS).toHaveLength(12);
  expect(new Set(PAIRS.map(({ serverType }) => serverType))).toEqual(new Set(Object.values(ServerType)));
});
