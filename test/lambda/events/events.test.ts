import { handler } from '../../../lambda/handler';
import { Aws } from '../../../simulator';
import { StoredRecords } from '../../stored-records';
import { useAccount } from '../account';
import { ACCOUNT, context, invoke, LifecycleEvent, REGION, STACK_ID } from '../invocation';
import { collectMetricLines, pointsOf } from '../metric-lines';
import { changes } from '../refusal';

/* Single events of EventBridge. Events between stacks are tested in test/deployments. */

let aws: Aws;
let log: jest.SpyInstance;
let metrics: ReturnType<typeof collectMetricLines>;

useAccount((started) => { aws = started; });

afterAll(() => {
  delete process.env.STACK_ID;
  delete process.env.SERVER_TYPES;
});

beforeEach(() => {
  process.env.STACK_ID = STACK_ID;
  process.env.SERVER_TYPES = 'GITHUB_ENTERPRISE,GITHUB';
  quiet();
  metrics = collectMetricLines();
});

afterEach(() => {
  log.mockRestore();
  metrics.restore();
});

/** Silences the console again, because each invocation restores it. */
function quiet() {
  log = jest.spyOn(console, 'log').mockImplementation();
}

const region = () => aws.region(ACCOUNT, REGION);
const records = (serverType?: string) => new StoredRecords(region(), serverType);
const held = (serverType: 'GITHUB' | 'GITHUB_ENTERPRISE' = 'GITHUB') => region().sourceCredentials.held(serverType)?.token;
const called = () => aws.requests.map(({ operation }) => operation);
const lines = () => log.mock.calls.map(([line]) => JSON.parse(line));

const ELSE = STACK_ID.replace('Infrastructure', 'Else');
const LOOK = { 'detail-type': 'Scheduled Event', 'source': 'aws.events', 'resources': ['arn:aws:events:us-east-1:111111111111:rule/a'], 'detail': {} };
const restore = (detail: object) => ({ 'detail-type': 'Source Credential Restore Requested', 'source': 'cdk-codebuild-source-credentials', 'resources': [], 'detail': detail });

let secrets = 0;

interface Imported {
  readonly name: string;
  readonly arn: string;
  readonly properties: object;
  readonly physicalId: string;
}

/** Creates a secret and imports its token. */
async function imported({ ServerType = 'GITHUB', value = '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', idOf = ({ name }: { name: string; arn: string }) => name, others = {} as object, ...event }: {
  ServerType?: string; value?: string; idOf?: (secret: { name: string; arn: string }) => string; others?: object;
} & Partial<LifecycleEvent> = {}): Promise<Imported> {
  secrets += 1;
  const name = `ci/secret-${secrets}`;
  const arn = region().secrets.create({ name, value });
  const properties = { ServerType, AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: idOf({ name, arn }), ...others };
  const { answer } = await invoke(aws, { RequestType: 'Create', ResourceProperties: properties, ...event });
  expect(answer.Status).toBe('SUCCESS');
  quiet();
  aws.requests.length = 0;
  return { name, arn, properties, physicalId: answer.PhysicalResourceId };
}

/** Stores a new value and returns its event. */
function rotate({ name, arn }: Imported, value = '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') {
  const versionId = region().secrets.put(name, value);
  return { 'detail-type': 'Secret Label Updated', 'source': 'aws.secretsmanager', 'resources': [arn], 'detail': { name, labelUpdated: 'AWSCURRENT', versionId } };
}

describe('a new value of a secret', () => {
  test.each([
    ['name', ({ name }: { name: string }) => name],
    ['complete ARN', ({ arn }: { arn: string }) => arn],
    ['partial ARN', ({ arn }: { arn: string }) => arn.slice(0, -7)],
  ])('is imported if the secret is referenced by its %s', async (_, idOf) => {
    process.env.SERVER_TYPES = 'GITHUB';
    await handler(rotate(await imported({ idOf })), context());

    expect(held()).toBe('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');
    expect(called()).toEqual(['GetParametersByPath', 'GetSecretValue', 'ImportSourceCredentials', 'GetParametersByPath', 'GetSecretValue']);
  });

  test('is read again if Secrets Manager returns an older version than the event\'s', async () => {
    const secret = await imported();
    const event = rotate(secret);
    const { versions } = region().secrets.get(secret.name);
    // The first read is stale.
    const current = versions.pop()!;
    versions[0].stages = ['AWSCURRENT'];
    setTimeout(() => {
      versions[0].stages = ['AWSPREVIOUS'];
      versions.push(current);
    }, 500);
    await handler(event, context());

    expect(held()).toBe('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');
    expect(changes(aws)).toEqual(['ImportSourceCredentials']);
  });

  test('triggers the import of the current value if that is newer still', async () => {
    const secret = await imported();
    const event = rotate(secret);
    rotate(secret, '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');
    await handler(event, context());
    expect(held()).toBe('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');
  });

  test.each([
    ['another secret', { resources: ['arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/else-AbCdEf'], detail: { name: 'ci/else' } }, {}],
    ['its own secret, with RefreshOnSecretChange false', {}, { RefreshOnSecretChange: 'false' }],
  ])('of %s changes nothing', async (_, event, others) => {
    const secret = await imported({ others });
    await handler({ ...rotate(secret), ...event }, context());

    expect(held()).toBe('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');
    expect(changes(aws)).toEqual([]);
  });

  test('of an owner that is not active changes nothing', async () => {
    const first = await imported();
    await imported({ value: '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', LogicalResourceId: 'Second' });
    await handler(rotate(first), context());
    expect(held()).toBe('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');
    expect(changes(aws)).toEqual([]);
  });

  test('is imported if the event does not say which version it is about', async () => {
    const secret = await imported();
    const { detail: { versionId, ...detail }, ...event } = rotate(secret);
    await handler({ ...event, detail }, context());
    expect(held()).toBe('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');
    expect(called().filter((operation) => operation === 'GetSecretValue')).toHaveLength(2);
  });

  test('changes nothing in a function without server types', async () => {
    const event = rotate(await imported());
    delete process.env.SERVER_TYPES;
    await handler(event, context());
    expect([held(), called()]).toEqual(['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', []]);
  });

  test.each([[[7]], [undefined], [{}]])('with invalid resources (%j) matches no secret', async (resources) => {
    const event = rotate(await imported({ idOf: ({ arn }) => arn }));
    await handler({ ...event, resources, detail: { name: 7 } }, context());
    expect(held()).toBe('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');
  });

  test('that is invalid changes nothing, and counts as an error of the function', async () => {
    const secret = await imported();
    await expect(handler(rotate(secret, ' '), context())).rejects.toThrow(`GITHUB: secret ${secret.name} in us-east-1 is empty. Store a value`);

    expect(held()).toBe('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');
    expect(changes(aws)).toEqual([]);
    expect(lines()).toContainEqual(expect.objectContaining({ level: 'error', serverType: 'GITHUB', event: 'Secret Label Updated', reason: expect.stringContaining('is empty') }));
  });

  test('is imported for one server type although the import for another one fails', async () => {
    const secret = await imported();
    await imported({ ServerType: 'GITHUB_ENTERPRISE', idOf: () => secret.name });
    const event = rotate(secret);
    // In either order, both reads fail for only one of the two server types.
    records('GITHUB_ENTERPRISE').change(records('GITHUB_ENTERPRISE').owners()[0].name, { credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: secret.name, JsonField: 'none', RefreshOnSecretChange: 'true' } });

    await expect(handler(event, context())).rejects.toThrow(/^GITHUB_ENTERPRISE: secret /);
    expect([held('GITHUB'), held('GITHUB_ENTERPRISE')]).toEqual(['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', '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']);
  });
});

describe('the daily check', () => {
  test('imports a value without an event', async () => {
    rotate(await imported());
    await handler(LOOK, context());
    expect(held()).toBe('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');
  });

  test('imports the current value once, whether it is new or not', async () => {
    await imported();
    await handler(LOOK, context());
    expect(changes(aws)).toEqual(['ImportSourceCredentials']);
  });

  test('does not import with RefreshOnSecretChange false', async () => {
    rotate(await imported({ others: { RefreshOnSecretChange: 'false' } }));
    await handler(LOOK, context());
    expect([held(), changes(aws)]).toEqual(['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', []]);
  });

  test.each(['true', 'false'])('restores a credential that was deleted outside of the library, and logs it (RefreshOnSecretChange: %s)', async (RefreshOnSecretChange) => {
    await imported({ others: { RefreshOnSecretChange } });
    region().sourceCredentials.deleteByHand('GITHUB');
    await handler(LOOK, context());

    expect(held()).toBe('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');
    expect(lines()).toContainEqual({
      level: 'warn',
      message: 'CodeBuild does not hold the credential of the active owner: it was changed outside of this library, or an event was lost',
      serverType: 'GITHUB',
      owner: 'GitHub of stack Infrastructure',
      found: 'nothing',
    });
  });

  test('restores a credential that was replaced outside of the library by one of another auth type', async () => {
    await imported({ others: { RefreshOnSecretChange: 'false' } });
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });
    await handler(LOOK, context());

    expect(held()).toBe('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');
    expect(lines()).toContainEqual(expect.objectContaining({ level: 'warn', found: 'OAUTH' }));
  });

  test('checks only the server types of its stack', async () => {
    process.env.SERVER_TYPES = 'GITHUB';
    await handler(LOOK, context());
    expect(new Set(aws.requests.flatMap(({ body }) => body.Path ?? []))).toEqual(new Set(['/codebuild-source-credentials/GITHUB']));
  });

  test('checks all server types even if it fails for one, and fails in the end', async () => {
    await imported();
    const bitbucket = await imported({ ServerType: 'GITHUB_ENTERPRISE' });
    region().sourceCredentials.deleteByHand('GITHUB');
    region().secrets.scheduleDeletion(bitbucket.name);

    await expect(handler(LOOK, context())).rejects.toThrow(/^GITHUB_ENTERPRISE: secret .* cannot be read/);
    expect(held()).toBe('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');
  });

  test('does not change the credential of another stack, which has its own daily check', async () => {
    await imported({ StackId: ELSE });
    region().sourceCredentials.deleteByHand('GITHUB');
    await handler(LOOK, context());

    expect([held(), changes(aws), called().includes('PutEvents')]).toEqual([undefined, [], false]);
  });

  test('deletes the credential of an owner that was removed', async () => {
    await imported();
    // The Delete was terminated after it wrote this.
    const [{ name, ...record }] = records().owners();
    const [ownerId] = name.replace('owners/', '').split('/');
    records().put(`removed/${ownerId}`, { format: 1, stackId: record.stackId, logicalId: record.logicalId, ownerId, sentAt: record.sentAt, proof: [{ fingerprint: record.fingerprint }] });
    await handler(LOOK, context());
    expect(held()).toBeUndefined();
  });

  describe('old records', () => {
    const HOURS_AGO = Date.now() - 2 * 60 * 60_000;

    test('are deleted an hour after their resource, removals last', async () => {
      const owner = { format: 1, stackId: ELSE, logicalId: 'GitHub', seq: 0, deployedAt: HOURS_AGO, sentAt: HOURS_AGO, credential: {}, fingerprint: { authType: 'OAUTH' } };
      records().put('owners/old/old', owner);
      records().put('owners/young/young', { ...owner, logicalId: 'Young', sentAt: Date.now() });
      const removal = { format: 1, stackId: ELSE, logicalId: 'GitHub', proof: [] };
      records().put('removed/old', { ...removal, ownerId: 'old', sentAt: HOURS_AGO });
      // This removal is kept: its owner still has a recent record.
      records().put('removed/young', { ...removal, logicalId: 'Young', ownerId: 'young', sentAt: HOURS_AGO });
      records().put('removed/made-up', { ...removal, sentAt: Date.now() });
      await handler(LOOK, context());

      expect(records().names().filter((name) => name !== 'cleared')).toEqual(['owners/young/young', 'removed/made-up', 'removed/young']);
      const deleted = aws.requests.filter(({ operation }) => operation === 'DeleteParameter').map(({ body }) => body.Name.split('/')[3]);
      expect(deleted).toEqual(['owners', 'removed']);
    });

    test('include the removal that proves whose credential CodeBuild holds until the active owner\'s is imported', async () => {
      region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'of the removed owner' });
      const proof = [{ fingerprint: { authType: 'PERSONAL_ACCESS_TOKEN' } }];
      records().put('removed/old', { format: 1, stackId: ELSE, logicalId: 'Old', ownerId: 'old', sentAt: HOURS_AGO, proof });
      // Its stack cannot import it, since the connection no longer exists.
      const fingerprint = { authType: 'CODECONNECTIONS', resource: 'arn:aws:codeconnections:us-east-1:111111111111:connection/gone' };
      records().put('owners/active/active', { format: 1, stackId: ELSE, logicalId: 'Active', sentAt: HOURS_AGO, deployedAt: HOURS_AGO, credential: {}, fingerprint });
      await handler(LOOK, context());
      expect(records().names()).toEqual(['owners/active/active', 'removed/old']);

      records().change('owners/active/active', { fingerprint: proof[0].fingerprint });
      await handler(LOOK, context());
      expect(records().names()).toEqual(['owners/active/active']);
    });

    test('are deleted if a newer request of the same owner replaced them', async () => {
      await imported();
      const [{ name, ...newest }] = records().owners();
      const earlier = `owners/${name.split('/')[1]}/earlier`;
      records().put(earlier, { ...newest, sentAt: HOURS_AGO });
      await handler(LOOK, context());
      expect(records().names()).toEqual([name]);
    });

    test('are kept if their owner exists, however old they are', async () => {
      await imported();
      const [{ name }] = records().owners();
      records().change(name, { sentAt: HOURS_AGO });
      await handler(LOOK, context());
      expect(records().names()).toEqual([name]);
    });

    test('that cannot be read are reported, and are kept with the credential that they may own', async () => {
      region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
      records().put('owners/broken/broken', 'no JSON');
      await handler(LOOK, context());

      expect([records().names(), held()]).toEqual([['owners/broken/broken'], 'by hand']);
      expect(lines()).toContainEqual({
        level: 'warn', message: 'records of owners cannot be read: delete them with aws ssm delete-parameter if their stacks are gone', serverType: 'GITHUB', records: 'owners/broken/broken',
      });
    });
  });
});

describe('an event that asks to restore the credential', () => {
  test('of the active owner imports it', async () => {
    rotate(await imported());
    region().sourceCredentials.deleteByHand('GITHUB');
    await handler(restore({ stackId: STACK_ID, serverType: 'GITHUB' }), context());

    expect(held()).toBe('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');
    expect(called()).not.toContain('PutEvents');
  });

  test('of an owner that is no longer active only lists the records', async () => {
    await imported();
    await imported({ StackId: ELSE, LogicalResourceId: 'Next' });
    await handler(restore({ stackId: STACK_ID, serverType: 'GITHUB' }), context());
    expect(called()).toEqual(['GetParametersByPath']);
  });

  test('of one server type checks no other server type', async () => {
    await handler(restore({ stackId: STACK_ID, serverType: 'GITHUB_ENTERPRISE' }), context());
    expect(new Set(aws.requests.flatMap(({ body }) => body.Path ?? []))).toEqual(new Set(['/codebuild-source-credentials/GITHUB_ENTERPRISE']));
  });

  test.each(['GITLAB', 'SVN', '__proto__', 7])('of a server type that the stack does not have (%s) does nothing', async (serverType) => {
    aws.requests.length = 0;
    await handler(restore({ stackId: STACK_ID, serverType }), context());
    expect(called()).toEqual([]);
  });
});

test.each([
  ['for another stack', restore({ stackId: ELSE, serverType: 'GITHUB' }), 'not an event for this stack'],
  ['for no stack', restore({ serverType: 'GITHUB' }), 'not an event for this stack'],
  ['without a detail', { 'detail-type': 'Source Credential Restore Requested', 'detail': null }, 'not an event for this stack'],
  ['of something else', { 'detail-type': 'EC2 Instance State-change Notification', 'detail': null }, 'not an event that this function handles'],
  ['of a changed parameter', { 'detail-type': 'Parameter Store Change', 'detail': { name: '/codebuild-source-credentials/GITHUB/owners/1/1' } }, 'not an event that this function handles'],
  ['with an invalid type', { 'detail-type': 7 }, 'not an event that this function handles'],
])('an event %s is rejected', async (_, event, message) => {
  await imported();
  await expect(handler(event, context())).rejects.toThrow(message);
  expect(called()).toEqual([]);
});

describe('the metrics', () => {
  /** The data points of one or more metrics, in order. */
  const points = (...names: string[]) => metrics.lines.splice(0).map(pointsOf).filter((point) => names.some((name) => name in point));

  beforeEach(() => { process.env.SERVER_TYPES = 'GITHUB'; });

  test('report for each server type whether its credential could be refreshed', async () => {
    process.env.SERVER_TYPES = 'GITHUB_ENTERPRISE,GITHUB';
    const secret = await imported();
    await imported({ ServerType: 'GITHUB_ENTERPRISE', others: { RefreshOnSecretChange: 'false' } });
    await handler(rotate(secret), context());
    // The event is not for the other server type.
    expect(points('RefreshFailures')).toEqual([{ ServerType: 'GITHUB', RefreshFailures: 0 }]);
    await expect(handler(rotate(secret, ' '), context())).rejects.toThrow('is empty');
    expect(points('RefreshFailures')).toEqual([{ ServerType: 'GITHUB', RefreshFailures: 1 }]);

    await expect(handler(LOOK, context())).rejects.toThrow('is empty');
    expect(points('RefreshFailures')).toEqual([{ ServerType: 'GITHUB', RefreshFailures: 1 }, { ServerType: 'GITHUB_ENTERPRISE', RefreshFailures: 0 }]);
  });

  test('report whether a daily check found the right credential', async () => {
    await imported();
    await handler(LOOK, context());
    expect(points('Drift')).toEqual([{ ServerType: 'GITHUB', Drift: 0 }]);

    region().sourceCredentials.deleteByHand('GITHUB');
    await handler(LOOK, context());
    expect(points('Drift')).toEqual([{ ServerType: 'GITHUB', Drift: 1 }]);
  });

  test('count an import that another stack asked for, unless a third stack is active', async () => {
    await imported();
    await handler(restore({ stackId: STACK_ID, serverType: 'GITHUB' }), context());
    expect(points('Restores')).toEqual([{ ServerType: 'GITHUB', Restores: 1 }]);

    await imported({ StackId: ELSE, LogicalResourceId: 'Next' });
    await handler(restore({ stackId: STACK_ID, serverType: 'GITHUB' }), context());
    expect(points('Restores')).toEqual([]);
  });

  describe('of a token that expires', () => {
    const HOUR = 60 * 60_000;
    const ending = (days: number, token = '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') =>
      JSON.stringify({ token, ends: new Date(Date.now() + days * 24 * HOUR + HOUR).toISOString() });
    const FIELDS = { JsonField: 'token', ExpiryField: 'ends' };
    const warnings = () => lines().filter(({ level }) => level === 'warn').map(({ message }) => message);

    test('have a point for a rotation, with the date of the new token', async () => {
      const secret = await imported({ value: ending(2), others: FIELDS });
      await handler(rotate(secret, ending(90)), context());
      expect(points('DaysToExpiry')).toEqual([{ ServerType: 'GITHUB', DaysToExpiry: 90, TokenValid: 1 }]);
      expect(warnings()).toEqual([]);
    });

    test.each([[6, 1], [-3, 0]])('in %d days have one point for a daily check, with a warning', async (days, TokenValid) => {
      await imported({ value: ending(days), others: FIELDS });
      await handler(LOOK, context());
      expect(points('DaysToExpiry', 'TokenValid')).toEqual([{ ServerType: 'GITHUB', DaysToExpiry: days, TokenValid }]);
      expect(warnings()).toEqual([expect.stringMatching(days < 0 ? /^the token expired 2 days ago/ : /^the token expires in 6 days/)]);
    });

    test('have a point for a daily check even with RefreshOnSecretChange false', async () => {
      await imported({ value: ending(6), others: { ...FIELDS, RefreshOnSecretChange: 'false' } });
      await handler(LOOK, context());
      expect(points('DaysToExpiry')).toEqual([{ ServerType: 'GITHUB', DaysToExpiry: 6, TokenValid: 1 }]);
      expect([warnings().length, changes(aws)]).toEqual([1, []]);
    });

    test('have a point for a daily check even if its owner is not active', async () => {
      await imported({ value: ending(6), others: FIELDS });
      await imported({ StackId: ELSE, LogicalResourceId: 'Next' });
      await handler(LOOK, context());
      expect(points('DaysToExpiry')).toEqual([{ ServerType: 'GITHUB', DaysToExpiry: 6, TokenValid: 1 }]);
      expect(changes(aws)).toEqual([]);
    });

    test('have no point for the owner of another stack', async () => {
      await imported({ value: ending(6), others: FIELDS, StackId: ELSE });
      await handler(LOOK, context());
      expect(points('DaysToExpiry', 'TokenValid')).toEqual([]);
      expect(called()).not.toContain('GetSecretValue');
    });
  });

  test('have no point for a token that cannot be read; if its owner is not active, the daily check only warns', async () => {
    const secret = await imported({ value: '{"token":"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"}', others: { JsonField: 'token', ExpiryField: 'ends' } });
    await imported({ StackId: ELSE, LogicalResourceId: 'Next' });
    region().secrets.scheduleDeletion(secret.name);
    await handler(LOOK, context());

    expect(points('TokenValid', 'RefreshFailures')).toEqual([{ ServerType: 'GITHUB', RefreshFailures: 0 }]);
    expect(lines()).toContainEqual(expect.objectContaining({
      level: 'warn',
      message: 'GitHub of stack Infrastructure is not the active owner, and its credential cannot be imported at present',
      reason: expect.stringMatching(/^secret .* cannot be read/),
    }));
  });

  test('report whether CodeBuild can use a secret that it reads itself', async () => {
    const document = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: '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' };
    const secret = await imported({ value: JSON.stringify(document), others: { AuthType: 'SECRETS_MANAGER' } });
    await handler(LOOK, context());
    expect(points('TokenValid', 'RefreshFailures')).toEqual([{ ServerType: 'GITHUB', TokenValid: 1 }, { ServerType: 'GITHUB', RefreshFailures: 0 }]);

    region().secrets.put(secret.name, JSON.stringify({ ...document, Token: 'CHANGE_ME' }));
    await expect(handler(LOOK, context())).rejects.toThrow("holds a placeholder in field 'Token'");
    expect(points('TokenValid', 'RefreshFailures')).toEqual([{ ServerType: 'GITHUB', RefreshFailures: 1 }]);
    expect(changes(aws)).toEqual([]);
  });

  test('have no point for a connection', async () => {
    const ConnectionArn = region().connections.create({ name: 'ci', providerType: 'GitHub', status: 'AVAILABLE' });
    const created = await invoke(aws, { RequestType: 'Create', ResourceProperties: { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn } });
    expect([created.answer.Status, created.metrics]).toEqual(['SUCCESS', []]);
    quiet();
    await handler(LOOK, context());
    expect(points('DaysToExpiry', 'TokenValid')).toEqual([]);
  });

  test('have a point for a Create that imports, and none for one that does not', async () => {
    const create = async (SecretId: string) =>
      (await invoke(aws, { RequestType: 'Create', ResourceProperties: { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId } })).metrics.map(pointsOf);
    const { name } = await imported();
    expect([await create(name), await create('ci/none')]).toEqual([[{ ServerType: 'GITHUB', TokenValid: 1 }], []]);
    quiet();
  });
});

test('a call without a reply is aborted while the function still has time to report it', async () => {
  const event = rotate(await imported());
  aws.faults.add({ operation: 'GetSecretValue', kind: 'never', times: 9 });
  const started = Date.now();

  await expect(handler(event, context(7_000))).rejects.toThrow('no reply');
  expect(Date.now() - started).toBeLessThan(7_000);
});

test('a denied call is thrown, so that Lambda retries', async () => {
  process.env.SERVER_TYPES = 'GITHUB';
  const event = rotate(await imported());
  aws.faults.add({ operation: 'GetParametersByPath', kind: 'serverError', times: 9 });

  await expect(handler(event, context())).rejects.toThrow('GITHUB: Parameter Store in us-east-1 did not list the parameters below /codebuild-source-credentials/GITHUB: InternalServerError');
  expect(changes(aws)).toEqual([]);
});

test('a denied call is not retried: a stack that is being deleted no longer has a role', async () => {
  const event = rotate(await imported());
  aws.faults.add({ operation: 'GetSecretValue', kind: 'accessDenied', times: 9 });
  await expect(handler(event, context())).rejects.toThrow('AccessDenied');
  expect(called().filter((operation) => operation === 'GetSecretValue')).toHaveLength(1);
});
