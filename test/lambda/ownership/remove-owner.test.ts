import { Deadline } from '../../../lambda/deadline';
import { removeOwner } from '../../../lambda/ownership/remove-owner';
import { Aws } from '../../../simulator';
import { StoredRecords } from '../../stored-records';
import { GITHUB_TOKEN, storeSecret, useAccount } from '../account';
import { ACCOUNT, invoke, LifecycleEvent, REGION, sentAt, STACK_ID } from '../invocation';
import { changes } from '../refusal';

/* Deletes, and their effect on the credential. Whole deployments are tested in test/deployments. */

let aws: Aws;

useAccount((started) => { aws = started; });

beforeEach(() => storeSecret(region(), 'ci/github', GITHUB_TOKEN));

const ELSE = STACK_ID.replace('Infrastructure', 'Else');
const TOKEN = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' };

const region = () => aws.region(ACCOUNT, REGION);
const records = () => new StoredRecords(region());
const held = () => region().sourceCredentials.list().map(({ token }) => token);
const called = () => aws.requests.map(({ operation }) => operation);

async function create(event: Partial<LifecycleEvent> = {}): Promise<string> {
  const { answer } = await invoke(aws, { RequestType: 'Create', ResourceProperties: TOKEN, ...event });
  expect(answer.Status).toBe('SUCCESS');
  aws.requests.length = 0;
  return answer.PhysicalResourceId;
}

async function remove(PhysicalResourceId: string, event: Partial<LifecycleEvent> = {}) {
  return invoke(aws, { RequestType: 'Delete', PhysicalResourceId, ResourceProperties: TOKEN, ...event });
}

describe('after the active owner is removed, the previous one', () => {
  /** Creates two resources, the second with a connection. Returns the id of the second. */
  async function both(stackOfTheFirst = STACK_ID): Promise<{ id: string; arn: string }> {
    await create({ LogicalResourceId: 'First', StackId: stackOfTheFirst });
    const arn = region().connections.create({ name: 'a', providerType: 'GitHub' });
    const id = await create({ LogicalResourceId: 'Second', ResourceProperties: { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn: arn } });
    expect(held()).toEqual([arn]);
    return { id, arn };
  }

  test('has its credential imported again', async () => {
    const { id } = await both();
    expect((await remove(id, { LogicalResourceId: 'Second' })).answer.Status).toBe('SUCCESS');
    expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ logicalId: 'First' }]]);
    expect(called()).not.toContain('PutEvents');
  });

  test('has its credential imported after a wait, if the permission to read its secret applies late', async () => {
    const { id } = await both();
    aws.faults.add({ operation: 'GetSecretValue', kind: 'accessDenied' });
    expect((await remove(id, { LogicalResourceId: 'Second' })).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([GITHUB_TOKEN]);
  });

  test('may be in another stack; the removal then stays as proof that CodeBuild holds the removed owner\'s credential', async () => {
    const { id, arn } = await both(ELSE);
    const [{ name }] = records().owners().filter(({ logicalId }) => logicalId === 'Second');
    records().change(name, { sentAt: Date.now() - 2 * 60 * 60_000 });
    expect((await remove(id, { LogicalResourceId: 'Second' })).answer.Status).toBe('SUCCESS');
    const removals = records().list('removed/');
    expect([held(), removals]).toMatchObject([[arn], [{ proof: [{ fingerprint: { authType: 'CODECONNECTIONS', resource: arn } }] }]]);
  });

  test('remains an owner if its secret is unreadable; the Delete succeeds, and a warning says what CodeBuild holds', async () => {
    const { id, arn } = await both();
    region().secrets.scheduleDeletion('ci/github');
    const { answer, logs } = await remove(id, { LogicalResourceId: 'Second' });
    region().secrets.restore('ci/github');

    expect(answer.Status).toBe('SUCCESS');
    expect([held(), records().owners()]).toMatchObject([[arn], [{ logicalId: 'First' }]]);
    expect(logs).toContainEqual(expect.objectContaining({
      level: 'warn', message: 'kept what CodeBuild holds: the credential of First of stack Infrastructure, the active owner, cannot be imported', serverType: 'GITHUB',
    }));
  });

  describe('in another stack', () => {
    test('is restored by an event to its stack, and this stack does not try to restore it', async () => {
      const { id, arn } = await both(ELSE);
      const { answer, logs } = await remove(id, { LogicalResourceId: 'Second' });

      expect(answer.Status).toBe('SUCCESS');
      expect(aws.requests.filter(({ operation }) => operation === 'PutEvents').map(({ body }) => body)).toEqual([{
        Entries: [{
          Source: 'cdk-codebuild-source-credentials',
          DetailType: 'Source Credential Restore Requested',
          Detail: JSON.stringify({ stackId: ELSE, serverType: 'GITHUB' }),
        }],
      }]);
      expect(called().filter((operation) => /Secret|Import|DeleteSource/.test(operation!))).toEqual([]);
      expect(held()).toEqual([arn]);
      expect(logs).toContainEqual({ level: 'info', message: "asked the function of the active owner's stack to import its credential", stackId: ELSE, serverType: 'GITHUB' });
    });

    const UNTOLD = "could not ask the active owner's stack to import its credential: its next daily check does so";

    test.each([
      ['denied', 'accessDenied', 1],
      ['failed', 'serverError', 5],
      ['not replied to', 'reset', 5],
    ] as const)('if PutEvents is %s: the Delete still succeeds, with a warning', async (_, kind, times) => {
      const { id } = await both(ELSE);
      aws.faults.add({ operation: 'PutEvents', kind, times });
      const { answer, logs } = await remove(id, { LogicalResourceId: 'Second' });

      expect(answer.Status).toBe('SUCCESS');
      expect(records().owners()).toMatchObject([{ logicalId: 'First' }]);
      expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: UNTOLD, stackId: ELSE, serverType: 'GITHUB', reason: expect.any(String) }));
    });

    test('does not delay the Delete if PutEvents never replies', async () => {
      const { id } = await both(ELSE);
      aws.faults.add({ operation: 'PutEvents', kind: 'never', times: 9 });
      const started = Date.now();
      const { answer, logs } = await remove(id, { LogicalResourceId: 'Second' });

      expect(answer.Status).toBe('SUCCESS');
      expect(Date.now() - started).toBeLessThan(15_000);
      expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: UNTOLD }));
    });
  });
});

test('an owner that is not active is removed without changing CodeBuild', async () => {
  const id = await create({ LogicalResourceId: 'First' });
  await create({ LogicalResourceId: 'Second', StackId: ELSE });
  await remove(id, { LogicalResourceId: 'First' });

  expect(changes(aws)).toEqual([]);
  expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ logicalId: 'Second' }]]);
});

test('a manually imported credential is kept, and a log line says so', async () => {
  const id = await create();
  region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

  const { logs } = await remove(id);
  expect(held()).toEqual(['by hand']);
  expect(logs).toContainEqual({ level: 'info', message: 'kept the credential: nothing shows that this library imported it', serverType: 'GITHUB', authType: 'OAUTH' });
});

test('a manual import after the last owner was removed is kept, even if it has the same auth type', async () => {
  const id = await create();
  await remove(id);
  region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  await remove(id);
  expect(held()).toEqual(['by hand']);
});

test('a credential that had overwritten one without an owner is deleted, and a warning says that the previous one is not restored', async () => {
  region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });
  const id = await create();
  const { logs } = await remove(id);

  expect(held()).toEqual([]);
  expect(logs).toContainEqual({
    level: 'warn', message: 'the credential that this one had overwritten is not restored: CodeBuild never reveals a token. Import it again if it is needed', serverType: 'GITHUB', authType: 'OAUTH',
  });
});

test.each([
  ['denied', 'accessDenied', 'AccessDeniedException'],
  ['failed', 'serverError', 'InternalServerError'],
] as const)('a list of records that is %s: the Delete says what to do', async (_, kind, cause) => {
  const id = await create();
  aws.faults.add({ operation: 'GetParametersByPath', kind, times: 100 });
  // The deadline is shorter than the wait for IAM.
  const { answer } = await invoke(aws, { RequestType: 'Delete', PhysicalResourceId: id, ResourceProperties: TOKEN }, 7_000);
  aws.faults.clear();

  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: id });
  expect(answer.Reason).toContain(cause);
  expect(answer.Reason).toContain("Allow it and delete the stack again. To give up the credential, delete the stack with this resource retained, then run 'aws codebuild delete-source-credentials --arn arn:aws:codebuild:us-east-1:111111111111:token/github' and delete the stack's parameters below /codebuild-source-credentials/GITHUB");
  expect(held()).toEqual([GITHUB_TOKEN]);
});

test('while an owner record cannot be read, the credential is kept, and the record is reported', async () => {
  const id = await create();
  records().put('owners/broken/broken', '{"format":1,');
  const { answer, logs } = await remove(id);

  expect(answer.Status).toBe('SUCCESS');
  expect([held(), records().names().filter((name) => name.startsWith('owners/'))]).toEqual([[GITHUB_TOKEN], ['owners/broken/broken']]);
  expect(logs).toContainEqual(expect.objectContaining({
    level: 'warn',
    message: 'kept the credential: records that cannot be read may be of its owner. Delete them with aws ssm delete-parameter if their stacks are gone',
    records: 'owners/broken/broken',
  }));
});

test.each([
  ['a removal', 'removed/broken', 'no JSON'],
  ['a user of a connection', 'connections/1/users/1', '{}'],
  ['a kind of a future release', 'else/1', 'no JSON'],
])('%s that cannot be read does not prevent a deletion', async (_, name, record) => {
  const id = await create();
  records().put(name, record);
  expect((await remove(id)).answer.Status).toBe('SUCCESS');
  expect(held()).toEqual([]);
});

test('with RETAIN the credential of the last owner has no owner: a resource that must not overwrite it fails with a clear message', async () => {
  const ResourceProperties = { ...TOKEN, RemovalPolicy: 'retain', ShouldOverwrite: 'false' };
  const id = await create({ ResourceProperties });
  const { logs } = await remove(id, { ResourceProperties });
  expect(logs).toContainEqual({ level: 'info', message: 'kept the credential: its removal policy is RETAIN', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' });

  const { answer } = await invoke(aws, { RequestType: 'Create', ResourceProperties });
  expect(answer.Reason).toContain('already has a GITHUB credential (PERSONAL_ACCESS_TOKEN; no stack owns it), and shouldOverwrite is false. Remove it with');
  expect(held()).toEqual([GITHUB_TOKEN]);
});

test('with RETAIN the credential stays, even if owners of another kind are created and removed later', async () => {
  const ResourceProperties = { ...TOKEN, RemovalPolicy: 'retain' };
  await remove(await create({ ResourceProperties }), { ResourceProperties });
  region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  await remove('Infrastructure-GitHub-ABC');
  expect(held()).toEqual(['by hand']);
});

test('deleting a record by hand removes its owner; the previous one is active at the next request', async () => {
  await create({ LogicalResourceId: 'First' });
  region().secrets.put('ci/github', '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');
  await create({ LogicalResourceId: 'Dead', StackId: ELSE });
  const dead = records().owners().at(-1)!;
  expect(dead.logicalId).toBe('Dead');
  records().delete(dead.name);

  const other = await create({ LogicalResourceId: 'Third' });
  await remove(other, { LogicalResourceId: 'Third' });
  expect(records().owners()).toMatchObject([{ logicalId: 'First' }]);
  expect(called()).not.toContain('PutEvents');
});

test('a repeated Delete changes nothing', async () => {
  await create({ LogicalResourceId: 'First' });
  const id = await create({ LogicalResourceId: 'Second' });
  const event = { LogicalResourceId: 'Second', RequestId: 'the-delete' };
  await remove(id, event);
  expect((await remove(id, event)).answer.Status).toBe('SUCCESS');
  expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ logicalId: 'First' }]]);
});

test('a Delete with a generated id keeps a resource of the same logical id that was created later', async () => {
  const early = { RequestId: 'the-early-delete' };
  // The Delete is sent first and handled last.
  sentAt(early.RequestId);
  await create();
  await remove('Infrastructure-GitHub-ABC', early);
  expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ logicalId: 'GitHub' }]]);
});

describe('if the removal cannot be written', () => {
  const request = {
    requestId: 'the-delete', stackId: STACK_ID, logicalId: 'GitHub', properties: {}, markTouched: () => undefined, change: async <T>(make: () => Promise<T>) => make(),
  };
  let log: jest.SpyInstance;

  beforeEach(() => {
    log = jest.spyOn(console, 'log').mockImplementation();
    jest.spyOn(Deadline.prototype, 'pause').mockImplementation(async () => undefined);
  });
  afterEach(() => jest.restoreAllMocks());

  /** Removes a resource whose physical id CloudFormation generated, without waiting for IAM. */
  async function removeUnanswered(): Promise<void> {
    const deadline = new Deadline(60_000, 0);
    await removeOwner({ request: { ...request, sentAt: Date.now() + 60_000 }, serverType: 'GITHUB', retain: false }, deadline).finally(() => deadline.end());
  }

  test('because it is denied, a resource without a record is removed, with a warning', async () => {
    aws.faults.add({ operation: 'PutParameter', kind: 'accessDenied', times: 100 });
    await removeUnanswered();
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toContainEqual(expect.objectContaining({
      level: 'warn', message: 'nothing to remove: this resource has no record, and records cannot be written', reason: expect.stringContaining('AccessDenied'),
    }));
    expect(new Set(called())).toEqual(new Set(['GetParametersByPath', 'PutParameter']));
  });

  test('because it is denied, but a record appears meanwhile, the removal fails', async () => {
    jest.spyOn(Deadline.prototype, 'pause').mockImplementation(async () => {
      records().put('owners/late/late', { format: 1, stackId: STACK_ID, logicalId: 'GitHub', sentAt: Date.now(), seq: 0, deployedAt: Date.now(), credential: TOKEN });
    });
    aws.faults.add({ operation: 'PutParameter', kind: 'accessDenied', times: 100 });
    await expect(removeUnanswered()).rejects.toThrow('AccessDenied');
  });

  test('because Parameter Store fails, the removal fails', async () => {
    aws.faults.add({ operation: 'PutParameter', kind: 'serverError', times: 100 });
    await expect(removeUnanswered()).rejects.toThrow('Parameter Store in us-east-1 did not write');
  });
});
