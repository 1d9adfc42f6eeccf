import { Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Account, ACCOUNT, exchanges, FAILING, reason, REGION, STACK, thatFails } from './account';
import { ConnectionStatus } from '../../simulator';
import { Connection, ConnectionProps, GitLabCredential, ProviderType, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * Connections in whole deployments: created, adopted, awaited, kept and deleted. `setStatus`
 * simulates a person who completes a handshake in the console.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
});

afterEach(async () => account.close());

const NAME = 'gitlab';
const CONSOLE = `https://${REGION}.console.aws.amazon.com/codesuite/settings/connections?region=${REGION}`;

function connections() {
  return account.region.connections;
}

function arns(): string[] {
  return connections().list().map(({ arn }) => arn);
}

/** Returns the records of the connections' users. */
function users(): any[] {
  return account.records('GITLAB').list('connections/').filter(({ name }) => name.includes('/users/'));
}

/** Completes the handshake. */
function complete(arn = arns()[0], status: ConnectionStatus = 'AVAILABLE'): void {
  connections().setStatus(arn, status);
}

function newConnection(stack: Stack, id: string, props: Partial<ConnectionProps> = {}): Connection {
  return new Connection(stack, id, { providerType: ProviderType.GITLAB, connectionName: NAME, ...props });
}

function connection(id = 'Connection', props: Partial<ConnectionProps> = {}) {
  return (stack: Stack) => { newConnection(stack, id, props); };
}

/** Declares a connection, and a credential that uses it. */
function gitLab(props: Partial<ConnectionProps> = {}) {
  return (stack: Stack) => {
    new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(newConnection(stack, 'Connection', props)) });
  };
}

const DESTROY = { removalPolicy: RemovalPolicy.DESTROY };

function attributes() {
  const { resources } = account.cloudFormation.stack(STACK);
  return Object.values(resources).find(({ type }) => type === 'Custom::CodeConnectionsConnection')!.attributes;
}

describe('a new connection', () => {
  test('is imported while pending, and is available after its handshake', async () => {
    const created = await account.deploy(gitLab());

    expect([created.status, exchanges(created)]).toEqual(['CREATE_COMPLETE', ['Create SUCCESS', 'Create SUCCESS']]);
    expect(account.requests('CreateConnection')).toMatchObject([
      { service: 'codeconnections', region: REGION, body: { ConnectionName: NAME, ProviderType: 'GitLab' } },
    ]);
    const [arn] = arns();
    expect(attributes()).toEqual({ ConnectionArn: arn, ConnectionStatus: 'PENDING', HandshakeUrl: CONSOLE });
    expect(account.region.sourceCredentials.held('GITLAB')).toMatchObject({ authType: 'CODECONNECTIONS', token: arn });

    complete();
    await account.deploy((stack) => {
      gitLab()(stack);
      Tags.of(stack).add('team', 'platform');
    });
    expect(attributes()).toMatchObject({ ConnectionArn: arn, ConnectionStatus: 'AVAILABLE' });
    expect(arns()).toEqual([arn]);
  });

  test('has the tags of the stack, and keeps tags that other tools add', async () => {
    const tagged = (tags: Record<string, string>) => (stack: Stack) => {
      connection()(stack);
      Object.entries(tags).forEach(([key, value]) => Tags.of(stack).add(key, value));
    };
    const tags = () => Object.fromEntries([...connections().list()[0].tags].filter(([key]) => !key.startsWith('codebuild-source-credentials:')));
    await account.deploy(tagged({ team: 'platform', stage: 'test' }));
    expect(tags()).toEqual({ team: 'platform', stage: 'test' });

    connections().list()[0].tags.set('by', 'hand');
    await account.deploy(tagged({ team: 'ci' }));
    expect(tags()).toEqual({ team: 'ci', by: 'hand' });
  });

  test('is created on a host', async () => {
    const hostArn = connections().createHost('gitlab.example.com', 'GitLabSelfManaged');
    const created = await account.deploy(connection('Connection', { providerType: ProviderType.GITLAB_SELF_MANAGED, hostArn }));

    expect(created.status).toBe('CREATE_COMPLETE');
    expect(connections().list()).toMatchObject([{ providerType: 'GitLabSelfManaged', hostArn }]);
  });

  test.each([
    ['that does not exist', 'ResourceNotFoundException', () => `arn:aws:codeconnections:${REGION}:${ACCOUNT}:host/none`],
    ['that is not set up yet', 'ResourceUnavailableException', () => connections().createHost('new', 'GitLabSelfManaged', false)],
  ])('is refused on a host %s', async (_, error, host) => {
    const hostArn = host();
    const created = await account.deploy(connection('Connection', { providerType: ProviderType.GITLAB_SELF_MANAGED, hostArn }));

    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(reason(created)).toMatch(`the GitLabSelfManaged connection '${NAME}' could not be created in ${REGION}: ${error}: `);
    expect(reason(created)).toMatch(`. Check that host ${hostArn} exists and is available: Developer Tools, Settings, Connections, Hosts`);
    expect(arns()).toEqual([]);
  });

  test('is created once if its Create is delivered again, concurrently or after its deletion', async () => {
    await account.close();
    account = await Account.open({ repeats: ({ RequestType }) => RequestType === 'Create' ? 'concurrently' : undefined });
    await account.deploy(connection('Connection', { ...DESTROY, adoptExisting: false }));
    expect(arns()).toHaveLength(1);

    const lambda = account.cloudFormation.function(STACK);
    const [{ event }] = lambda.deliveries;
    await lambda.redeliver(event.RequestId);
    expect(arns()).toHaveLength(1);

    await account.deploy((stack) => void new SourceCredentials(stack, 'Other', {
      credential: GitLabCredential.connection(Connection.fromConnectionArn(stack, 'Import', connections().create({ name: 'other', providerType: 'GitLab' }))),
    }));
    expect(connections().list().map(({ name }) => name)).toEqual(['other']);
    await lambda.redeliver(event.RequestId);
    expect(connections().list().map(({ name }) => name)).toEqual(['other']);
  });

  test.each(['dieBefore', 'dieAfterApply'] as const)('is created once if the function is terminated (%s) at any call of the Create', async (kind) => {
    await account.close();
    account = await Account.open();
    for (let skip = 0; skip < 8; skip++) {
      account.aws.faults.add({ operation: '*', kind, skip });
      const created = await account.deploy(connection('Connection', { ...DESTROY, adoptExisting: false }), { stackName: `Stack${skip}` });
      account.aws.faults.clear();

      expect([skip, created.status, arns().length]).toEqual([skip, 'CREATE_COMPLETE', 1]);
      await account.destroy(`Stack${skip}`);
      expect([skip, arns()]).toEqual([skip, []]);
    }
  });

  test('is replaced by another connection if its name changes, and the previous one stays', async () => {
    await account.deploy(connection());
    const renamed = await account.deploy(connection('Connection', { connectionName: 'other' }));

    expect(exchanges(renamed)).toEqual(['Update SUCCESS', 'Delete SUCCESS']);
    expect(connections().list().map(({ name }) => name)).toEqual([NAME, 'other']);
  });

  test('is the previous connection again if a change of its name is rolled back, and DESTROY deletes the other one', async () => {
    await account.deploy(connection('Connection', DESTROY));
    const [arn] = arns();
    const renamed = await account.deploy(thatFails(connection('Connection', { ...DESTROY, connectionName: 'other' })), FAILING);

    expect(renamed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(arns()).toEqual([arn]);
    expect(attributes().ConnectionArn).toBe(arn);
  });

  test('is created again by the next change if a person deleted it', async () => {
    await account.deploy(connection());
    connections().delete(arns()[0]);
    await account.deploy((stack) => {
      connection()(stack);
      Tags.of(stack).add('team', 'platform');
    });
    expect(arns()).toHaveLength(1);
    expect(attributes().ConnectionArn).toBe(arns()[0]);
  });
});

describe('two stacks that create the same connection concurrently', () => {
  beforeEach(async () => {
    await account.close();
    account = await Account.open();
    // Both list connections before either creates one.
    account.aws.faults.add({ operation: 'CreateConnection', kind: 'delay', delayMs: 3_000, times: 2 });
  });

  test('share one connection in the end, and record its users', async () => {
    const created = await Promise.all(['One', 'Two'].map((stackName) => account.deploy(connection('Connection', DESTROY), { stackName })));

    expect(created.map(({ status }) => status)).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE']);
    expect(account.requests('CreateConnection')).toHaveLength(2);
    expect(arns()).toHaveLength(1);
    expect(users().map(({ connectionArn }) => connectionArn)).toEqual([arns()[0], arns()[0]]);
  });

  test('share one connection if AWS refuses an existing name', async () => {
    connections().refusesTakenNames = true;
    const created = await Promise.all(['One', 'Two'].map((stackName) => account.deploy(connection('Connection', DESTROY), { stackName })));

    expect(created.map(({ status }) => status)).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE']);
    expect(account.requests('CreateConnection').filter(({ errorType }) => errorType === 'ResourceAlreadyExistsException')).toHaveLength(1);
    expect(arns()).toHaveLength(1);
    expect(users().map(({ connectionArn }) => connectionArn)).toEqual([arns()[0], arns()[0]]);
  });
});

test('a name that AWS refuses because it exists fails the deployment, with a solution', async () => {
  connections().refusesTakenNames = true;
  const arn = connections().create({ name: NAME, providerType: 'GitLab' });
  const created = await account.deploy(connection('Connection', { adoptExisting: false }));

  expect(created.status).toBe('ROLLBACK_COMPLETE');
  expect(reason(created)).toContain(`the GitLab connection 'gitlab' could not be created in ${REGION}: ResourceAlreadyExistsException`);
  expect(reason(created)).toContain(`There is a connection of this name: ${arn}. Use it with Connection.fromConnectionArn, or choose another connectionName`);
});

describe('adoption', () => {
  test('reuses the connection that a deleted stack kept, without a second handshake', async () => {
    await account.deploy(gitLab());
    complete();
    const [arn] = arns();
    await account.destroy();
    expect(arns()).toEqual([arn]);

    await account.deploy(gitLab());
    expect(arns()).toEqual([arn]);
    expect(attributes()).toMatchObject({ ConnectionArn: arn, ConnectionStatus: 'AVAILABLE' });
  });

  test('finds a connection with the same name, provider and host on any page, and prefers an available one', async () => {
    const create = connections().create.bind(connections());
    for (let number = 0; number < 60; number++) create({ name: `gitlab-${number}`, providerType: 'GitLab' });
    create({ name: NAME, providerType: 'GitHub' });
    create({ name: NAME, providerType: 'GitLab', hostArn: connections().createHost('x', 'GitLab') });
    create({ name: NAME, providerType: 'GitLab', status: 'PENDING' });
    create({ name: NAME, providerType: 'GitLab', status: 'ERROR' });
    for (let number = 60; number < 120; number++) create({ name: `gitlab-${number}`, providerType: 'GitLab' });
    const arn = create({ name: NAME, providerType: 'GitLab', prefix: 'codestar-connections' });
    await account.deploy(gitLab());

    expect(attributes().ConnectionArn).toBe(arn);
    expect(account.requests('CreateConnection')).toEqual([]);
    expect(account.requests('ListConnections').every(({ body }) => (body as any).MaxResults === 100)).toBe(true);
  });

  test('reuses a pending connection if none is available, but not one in status ERROR', async () => {
    connections().create({ name: NAME, providerType: 'GitLab', status: 'ERROR' });
    const arn = connections().create({ name: NAME, providerType: 'GitLab', status: 'PENDING' });
    await account.deploy(connection());
    expect(attributes()).toMatchObject({ ConnectionArn: arn, ConnectionStatus: 'PENDING' });
  });

  test('fails if several connections are available', async () => {
    const [one, other] = [1, 2].map(() => connections().create({ name: NAME, providerType: 'GitLab' }));
    const created = await account.deploy(connection());

    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(reason(created)).toMatch(`2 available GitLab connections are named 'gitlab': ${one}, ${other}. Use one with Connection.fromConnectionArn, or rename or delete the others`);
    expect(arns()).toHaveLength(2);
  });

  test('with adoptExisting: false is limited to the connection that the resource created itself', async () => {
    const foreign = connections().create({ name: NAME, providerType: 'GitLab' });
    await account.deploy(connection('Connection', { adoptExisting: false }));
    const [, own] = arns();
    await account.deploy((stack) => {
      connection('Connection', { adoptExisting: false })(stack);
      Tags.of(stack).add('team', 'platform');
    });

    expect(arns()).toEqual([foreign, own]);
    expect(attributes().ConnectionArn).toBe(own);
  });
});

describe('a connection whose resource is removed', () => {
  test('stays, unless its removal policy is DESTROY', async () => {
    await account.deploy(connection());
    await account.destroy();
    expect(arns()).toHaveLength(1);
  });

  test('is deleted with DESTROY, even in a rollback', async () => {
    await account.deploy(thatFails(connection('Connection', DESTROY)), FAILING);
    expect(arns()).toEqual([]);
    await account.destroy();
    await account.deploy(connection('Connection', DESTROY));
    expect(arns()).toHaveLength(1);
    const destroyed = await account.destroy();
    expect([destroyed.status, arns()]).toEqual(['DELETE_COMPLETE', []]);
  });

  test('stays if it was adopted', async () => {
    const arn = connections().create({ name: NAME, providerType: 'GitLab' });
    await account.deploy(connection('Connection', DESTROY));
    const destroyed = await account.destroy();

    expect([destroyed.status, arns()]).toEqual(['DELETE_COMPLETE', [arn]]);
    expect(connections().list()[0].tags.size).toBe(0);
  });

  test('stays permanently if another stack has adopted it', async () => {
    await account.deploy(connection('Connection', DESTROY), { stackName: 'Creator' });
    await account.deploy(connection('Connection', DESTROY), { stackName: 'Adopter' });
    expect(arns()).toHaveLength(1);

    const logs = account.cloudFormation.function('Creator').logs;
    await account.destroy('Creator');
    expect(arns()).toHaveLength(1);
    expect(logs.join()).toMatch(/kept the connection: it is used.*Connection[0-9A-F]{8} of stack Adopter/);
    await account.destroy('Adopter');
    expect(arns()).toHaveLength(1);
  });

  test('stays if a credential of another stack uses it by its ARN', async () => {
    await account.deploy(connection('Connection', DESTROY), { stackName: 'Creator' });
    const [arn] = arns();
    complete();
    await account.deploy((stack) => {
      new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(Connection.fromConnectionArn(stack, 'Import', arn)) });
    }, { stackName: 'User' });

    const logs = account.cloudFormation.function('Creator').logs;
    expect((await account.destroy('Creator')).status).toBe('DELETE_COMPLETE');
    expect(arns()).toEqual([arn]);
    expect(logs.join()).toMatch(/kept the connection: it is used.*GitLabGITLAB[0-9A-F]{8} of stack User/);
  });

  test('stays if a manually imported credential uses it', async () => {
    await account.deploy(connection('Connection', DESTROY));
    const [arn] = arns();
    account.region.sourceCredentials.importByHand({ serverType: 'GITLAB', authType: 'CODECONNECTIONS', token: arn });
    const logs = account.cloudFormation.function(STACK).logs;
    await account.destroy();

    expect(arns()).toEqual([arn]);
    expect(logs.join()).toContain('kept the connection: CodeBuild holds a credential that uses it');
  });

  test('stays, or is replaced, if another stack adopts it at the same time', async () => {
    await account.deploy(connection('Connection', DESTROY), { stackName: 'Creator' });
    const [destroyed, created] = await Promise.all([
      account.destroy('Creator'),
      account.deploy(connection(), { stackName: 'Adopter' }),
    ]);

    expect(destroyed.status).toBe('DELETE_COMPLETE');
    // The other stack either adopted this connection, or created its own because this one is being deleted.
    expect(created.status).toBe('CREATE_COMPLETE');
    expect(arns()).toHaveLength(1);
    expect(users().map(({ connectionArn }) => connectionArn)).toEqual(arns());
  });

  test('leaves no user record', async () => {
    await account.deploy(connection('Connection', DESTROY));
    expect(users()).toMatchObject([
      { name: expect.stringMatching(/^connections\/[\w-]+\/users\/[\w-]+$/), format: 1, stackId: account.cloudFormation.stack(STACK).stackId, connectionArn: arns()[0] },
    ]);
    await account.destroy();
    expect(users()).toEqual([]);
  });

  test('stays while its resource is renamed, and is deleted with the renamed resource', async () => {
    await account.deploy(connection('Before', DESTROY));
    await account.deploy(connection('After', DESTROY));
    expect(arns()).toHaveLength(1);
    await account.destroy();
    expect(arns()).toEqual([]);
  });

  test('may already have been deleted', async () => {
    await account.deploy(connection('Connection', DESTROY));
    connections().delete(arns()[0]);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  });

  test('is deleted after a change of its removal policy to DESTROY', async () => {
    await account.deploy(connection());
    await account.deploy(connection('Connection', DESTROY));
    await account.deploy(connection('Connection', { ...DESTROY, connectionName: 'other' }));
    expect(connections().list().map(({ name }) => name)).toEqual(['other']);

    const kept = await account.deploy(connection('Connection', { connectionName: 'third' }));
    expect(kept.status).toBe('UPDATE_COMPLETE');
    expect(connections().list().map(({ name }) => name)).toEqual(['third']);
    await account.destroy();
    expect(connections().list().map(({ name }) => name)).toEqual(['third']);
  });
});

describe('a wait', () => {
  const waiting = (seconds: number, props: Partial<ConnectionProps> = {}) => (stack: Stack) => {
    newConnection(stack, 'Connection', props).waitUntilAvailable(Duration.seconds(seconds));
  };

  /** Resolves after the wait has checked the connection twice. */
  async function soon(action: () => void): Promise<void> {
    while (account.requests('GetConnection').length < 3) await account.aws.clock.sleep(1_000);
    action();
  }

  test('succeeds when a person completes the handshake', async () => {
    const [created] = await Promise.all([account.deploy(waiting(600)), soon(() => complete())]);
    expect([created.status, exchanges(created)]).toEqual(['CREATE_COMPLETE', ['Create SUCCESS', 'Create SUCCESS']]);
  });

  test('says on a timeout where to complete the handshake, and keeps the connection', async () => {
    const created = await account.deploy(waiting(60));

    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(reason(created)).toMatch(`connection ${arns()[0]} is still PENDING after 60 seconds. Complete its handshake at ${CONSOLE}, then deploy again: the connection is kept`);
    expect(arns()).toHaveLength(1);

    await account.destroy();
    complete();
    expect((await account.deploy(waiting(60))).status).toBe('CREATE_COMPLETE');
    expect(arns()).toHaveLength(1);
  });

  test('fails immediately if the handshake failed', async () => {
    const [created] = await Promise.all([account.deploy(waiting(600)), soon(() => complete(undefined, 'ERROR'))]);
    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(reason(created)).toMatch(`connection ${arns()[0]} is in status ERROR. Repair it at ${CONSOLE}, then deploy again`);
  });

  test.each(['codeconnections', 'codestar-connections'] as const)('supports a connection with the prefix %s in another region', async (prefix) => {
    const arn = account.aws.region(ACCOUNT, 'eu-west-1').connections.create({ name: NAME, providerType: 'GitLab', prefix });
    const created = await account.deploy((stack) => {
      Connection.fromConnectionArn(stack, 'Import', arn).waitUntilAvailable(Duration.seconds(30));
    });
    expect(created.status).toBe('CREATE_COMPLETE');
  });

  test('fails for a connection that does not exist', async () => {
    const arn = `arn:aws:codeconnections:${REGION}:${ACCOUNT}:connection/none`;
    const created = await account.deploy((stack) => {
      Connection.fromConnectionArn(stack, 'Import', arn).waitUntilAvailable(Duration.seconds(30));
    });
    expect(reason(created)).toMatch(`connection ${arn} does not exist. Create it, or correct its ARN`);
  });
});
