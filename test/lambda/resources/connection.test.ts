import { Deadline } from '../../../lambda/deadline';
import { Aws, ConnectionStatus, ServiceError } from '../../../simulator';
import { StoredRecords } from '../../stored-records';
import { useAccount } from '../account';
import { ACCOUNT, invoke, LifecycleEvent, REGION, sentAt, STACK_ID } from '../invocation';

/* Single requests for a connection, including failures and invalid requests. */

let aws: Aws;

useAccount((started) => { aws = started; });

beforeEach(() => {
  // Waits are shortened.
  const { pause } = Deadline.prototype;
  jest.spyOn(Deadline.prototype, 'pause').mockImplementation(function (this: Deadline, milliseconds) { return pause.call(this, milliseconds / 50); });
});

afterEach(() => jest.restoreAllMocks());

const connections = () => aws.region(ACCOUNT, REGION).connections;
const records = () => new StoredRecords(aws.region(ACCOUNT, REGION), 'GITLAB');
const users = () => records().list('connections/').filter(({ name }) => name.includes('/users/')).map(({ connectionArn, logicalId, name, stackId }) => [name.split('/')[2], logicalId, stackId.split('/')[1], connectionArn]);
const ELSE = STACK_ID.replace('Infrastructure', 'Else');
const PROPERTIES = { ProviderType: 'GitLab', ConnectionName: 'gitlab', AdoptExisting: 'true', RemovalPolicy: 'destroy' };
const HOST = `arn:aws:codeconnections:${REGION}:${ACCOUNT}:host/GitLab-00000000`;
const CREATOR = { 'codebuild-source-credentials:stack-id': STACK_ID };

async function send(event: Partial<LifecycleEvent>) {
  const { answer } = await invoke(aws, {
    RequestType: 'Create', ResourceType: 'Custom::CodeConnectionsConnection', ResourceProperties: PROPERTIES, ...event,
  });
  return answer;
}

describe.each([
  ['ListConnections', `the GitLab connections in ${REGION} could not be listed: InternalFailure: An error occurred on the server side`],
  ['CreateConnection', `the GitLab connection 'gitlab' could not be created in ${REGION}: InternalFailure: An error occurred on the server side`],
])('if %s fails', (operation, reason) => {
  test('the Create reports it, and the next one succeeds', async () => {
    aws.faults.add({ operation, kind: 'serverError', times: 5 });
    expect(await send({})).toMatchObject({ Status: 'FAILED', Reason: `${reason} (log stream a-log-stream)` });
    expect(connections().list()).toEqual([]);
    expect((await send({})).Status).toBe('SUCCESS');
  });
});

test.each([
  ['ListTagsForResource', 'Update', 'the tags of connection ARN cannot be read: InternalFailure'],
  ['ListTagsForResource', 'Delete', 'the tags of connection ARN cannot be read: InternalFailure'],
  ['GetParametersByPath', 'Update', 'Parameter Store in us-east-1 did not list the parameters below /codebuild-source-credentials/GITLAB: InternalServerError'],
  ['GetParametersByPath', 'Delete', 'Parameter Store in us-east-1 did not list the parameters below /codebuild-source-credentials/GITLAB: InternalServerError'],
  ['PutParameter', 'Delete', 'Parameter Store in us-east-1 did not write /codebuild-source-credentials/GITLAB/'],
  ['TagResource', 'Update', 'the tags of connection ARN could not be changed: InternalFailure'],
  ['GetConnection', 'Update', 'connection ARN cannot be read: InternalFailure'],
  ['DeleteConnection', 'Delete', 'connection ARN could not be deleted: InternalFailure'],
])('if %s fails, the %s reports it', async (operation, RequestType, reason) => {
  const { PhysicalResourceId } = await send({});
  aws.faults.add({ operation, kind: 'serverError', times: 5 });
  const answer = await send({
    RequestType, PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: { ...PROPERTIES, Tags: [{ Key: 'team', Value: 'platform' }] },
  });
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId, Reason: expect.stringContaining(reason.replace('ARN', PhysicalResourceId)) });
});

test('an exhausted quota is reported with a solution', async () => {
  const quota = jest.spyOn(connections(), 'create').mockImplementation(() => { throw new ServiceError('LimitExceededException', 'Limit exceeded'); });
  expect((await send({})).Reason).toMatch(': LimitExceededException: Limit exceeded. Delete unused connections, or request a higher quota');
  quota.mockRestore();
});

test('a permanent refusal is not retried', async () => {
  const refusal = jest.spyOn(connections(), 'create').mockImplementation(() => { throw new ServiceError('InvalidInputException', 'No'); });
  expect((await send({})).Reason).toContain(`the GitLab connection 'gitlab' could not be created in ${REGION}: InvalidInputException: No`);
  refusal.mockRestore();
  expect(aws.requests.filter(({ operation }) => operation === 'CreateConnection')).toHaveLength(1);
});

test('a Delete with invalid properties has nothing to do', async () => {
  const answer = await send({ RequestType: 'Delete', PhysicalResourceId: 'failed/1', ResourceProperties: { ProviderType: 'AzureDevOps' } });
  expect(answer.Status).toBe('SUCCESS');
  expect(aws.requests).toEqual([]);
});

test('the Delete of an unanswered Create deletes its connection, and cancels it', async () => {
  const RequestId = 'the-create';
  await send({ RequestId });
  expect(connections().list()).toHaveLength(1);

  await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-MADEUP' });
  expect(connections().list()).toEqual([]);
  expect(await send({ RequestId })).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('superseded: CloudFormation has cancelled this request') });
  expect(connections().list()).toEqual([]);
});

test('a Create that CloudFormation cancelled before it began does nothing', async () => {
  const late = { RequestId: 'the-late-create' };
  sentAt(late.RequestId);
  await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-MADEUP' });
  expect((await send(late)).Reason).toMatch('superseded: CloudFormation has cancelled this request');
  expect([connections().list(), users()]).toEqual([[], []]);
});

test('a Create records its user, and tags its connection with stack, resource and request', async () => {
  const { PhysicalResourceId, RequestId } = await send({});
  expect(connections().list()).toMatchObject([{ arn: PhysicalResourceId }]);
  expect(Object.fromEntries(connections().list()[0].tags)).toEqual({
    ...CREATOR, 'codebuild-source-credentials:logical-id': 'GitHub', 'codebuild-source-credentials:request-id': RequestId,
  });
  const id = PhysicalResourceId.split('/')[1];
  expect(records().list('')).toEqual([{
    name: `connections/${id}/users/${RequestId}`, format: 1, stackId: STACK_ID, logicalId: 'GitHub', connectionArn: PhysicalResourceId, connectionName: PROPERTIES.ConnectionName, sentAt: sentAt(RequestId), seq: 0,
  }]);
});

test('a Create that is delivered twice takes effect once, and gets the same answer again', async () => {
  const [first, second] = [await send({ RequestId: 'twice' }), await send({ RequestId: 'twice' })];
  expect(second).toEqual(first);
  expect([connections().list().length, users().length]).toEqual([1, 1]);
});

test('a Create that fails before it created anything has an id that says so, and its Delete makes no call', async () => {
  aws.faults.add({ operation: 'ListConnections', kind: 'serverError', times: 5 });
  const { PhysicalResourceId } = await send({});
  expect(PhysicalResourceId).toMatch(/^untouched\//);
  aws.requests.length = 0;
  expect((await send({ RequestType: 'Delete', PhysicalResourceId })).Status).toBe('SUCCESS');
  expect(aws.requests).toEqual([]);
});

test('the Delete of a Create that failed later deletes the connection that it created', async () => {
  aws.faults.add({ operation: 'PutParameter', kind: 'serverError', times: 5 });
  const { PhysicalResourceId } = await send({});
  expect(PhysicalResourceId).toMatch(/^failed\//);
  aws.faults.clear();

  expect((await send({ RequestType: 'Delete', PhysicalResourceId })).Status).toBe('SUCCESS');
  expect([connections().list(), users()]).toEqual([[], []]);
});

test('a Create whose CreateConnection got no reply finds its connection', async () => {
  aws.faults.add({ operation: 'CreateConnection', kind: 'resetAfterApply' });
  expect(await send({})).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: connections().list()[0].arn });
  expect(connections().list()).toHaveLength(1);
});

describe('an update that CloudFormation rolls back before its answer', () => {
  const OTHER = { ...PROPERTIES, ConnectionName: 'other' };
  const takeBack = async (PhysicalResourceId: string) => send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: OTHER, ResourceProperties: PROPERTIES });

  test('leaves no connection behind', async () => {
    const { PhysicalResourceId } = await send({});
    await send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: OTHER });
    expect(connections().list()).toHaveLength(2);

    expect(await takeBack(PhysicalResourceId)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
    expect(connections().list()).toMatchObject([{ arn: PhysicalResourceId }]);
  });

  test('creates none if it arrives after its rollback', async () => {
    const { PhysicalResourceId } = await send({});
    const late = { RequestType: 'Update', RequestId: 'the-late-update', PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: OTHER };
    sentAt(late.RequestId);
    await takeBack(PhysicalResourceId);

    expect((await send(late)).Reason).toContain('superseded: CloudFormation has cancelled this request');
    expect(connections().list()).toMatchObject([{ arn: PhysicalResourceId }]);
  });

});

test('a repeated Delete changes nothing after the resource was created again', async () => {
  const arn = connections().create({ name: 'gitlab', providerType: 'GitLab' });
  await send({});
  const departure = { RequestType: 'Delete', RequestId: 'the-delete', PhysicalResourceId: arn };
  await send(departure);
  expect(users()).toEqual([]);

  await send({});
  expect((await send(departure)).Status).toBe('SUCCESS');
  expect(users()).toHaveLength(1);
});

test('a Delete changes no connection of another stack, whatever ids it contains', async () => {
  const arn = connections().create({ name: 'gitlab', providerType: 'GitLab', tags: { ...CREATOR, 'codebuild-source-credentials:stack-id': ELSE } });
  await send({ RequestType: 'Delete', PhysicalResourceId: arn });
  await send({ RequestType: 'Delete', PhysicalResourceId: 'failed/1' });
  await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-ABC' });
  expect(connections().list()).toMatchObject([{ arn }]);
  expect(aws.requests.map(({ operation }) => operation)).not.toContain('DeleteConnection');
});

describe('which connection is adopted', () => {
  const make = (status: ConnectionStatus, others: object = {}) => connections().create({ name: 'gitlab', providerType: 'GitLab', status, ...others });

  test('an available one rather than a pending one, with a log line', async () => {
    make('PENDING');
    const arn = make('AVAILABLE');
    const { answer, logs } = await invoke(aws, { RequestType: 'Create', ResourceType: 'Custom::CodeConnectionsConnection', ResourceProperties: PROPERTIES });

    const console = `https://${REGION}.console.aws.amazon.com/codesuite/settings/connections?region=${REGION}`;
    expect(answer).toMatchObject({ PhysicalResourceId: arn, Data: { ConnectionArn: arn, ConnectionStatus: 'AVAILABLE', HandshakeUrl: console } });
    expect(logs).toContainEqual({ level: 'info', message: 'adopted an existing connection', connectionArn: arn, status: 'AVAILABLE' });
    // The connection was not created by this stack: its user is recorded, but its tags stay unchanged.
    expect([...connections().find(arn)!.tags]).toEqual([]);
    expect(users()).toEqual([['users', 'GitHub', 'Infrastructure', arn]]);
  });

  test('a pending one rather than a new one, and a new one rather than one in status ERROR', async () => {
    const failed = make('ERROR');
    const first = await send({});
    expect(first.PhysicalResourceId).not.toBe(failed);
    connections().list().forEach(({ arn }) => connections().delete(arn));

    const pending = make('PENDING');
    expect((await send({})).PhysicalResourceId).toBe(pending);
  });

  test('none if two are available, because the user has to choose', async () => {
    const arns = [make('AVAILABLE'), make('AVAILABLE')];
    expect((await send({})).Reason).toContain(
      `2 available GitLab connections are named 'gitlab': ${arns.join(', ')}. Use one with Connection.fromConnectionArn, or rename or delete the others`);
  });

  test('none that is being deleted, unless the request that deletes it was terminated', async () => {
    const arn = make('AVAILABLE');
    const mark = `connections/${arn.split('/')[1]}/deleting/1`;
    records().put(mark, { format: 1, stackId: ELSE, logicalId: 'Connection', connectionArn: arn });
    const created = await send({});
    expect(created).toMatchObject({ Status: 'SUCCESS' });
    expect(created.PhysicalResourceId).not.toBe(arn);

    connections().delete(created.PhysicalResourceId);
    const written = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 21 * 60_000);
    const adopted = await send({ LogicalResourceId: 'Other' });
    written.mockRestore();
    expect(adopted.PhysicalResourceId).toBe(arn);
  });

  test.each([
    ['name', { name: 'else' }],
    ['host', { hostArn: HOST }],
    ['owner', undefined],
  ])('none with another %s', async (_, others) => {
    if (others) make('AVAILABLE', others);
    else aws.region('222222222222', REGION).connections.create({ name: 'gitlab', providerType: 'GitLab', sharedWith: [ACCOUNT] });
    await send({});
    expect(connections().list().filter(({ tags }) => tags.has('codebuild-source-credentials:stack-id'))).toHaveLength(1);
  });

  test('the matching one among several pages', async () => {
    for (let index = 0; index < 101; index++) make('AVAILABLE', { name: `other-${index}` });
    const arn = make('AVAILABLE');
    expect((await send({})).PhysicalResourceId).toBe(arn);
  });
});

test.each([
  ['that does not exist', () => HOST, 'ResourceNotFoundException'],
  ['that is not set up', () => connections().createHost('gitlab', 'GitLabSelfManaged', false), 'ResourceUnavailableException'],
])('a host %s is named in the error', async (_, hostOf, type) => {
  const host = hostOf();
  const { Reason } = await send({ ResourceProperties: { ...PROPERTIES, ProviderType: 'GitLabSelfManaged', HostArn: host } });

  expect(Reason).toContain(`: ${type}: Host ${host} `);
  expect(Reason).toContain(`. Check that host ${host} exists and is available: Developer Tools, Settings, Connections, Hosts`);
});

test('a connection to a host has the host\'s provider type', async () => {
  const HostArn = connections().createHost('gitlab', 'GitLabSelfManaged');
  expect((await send({ ResourceProperties: { ...PROPERTIES, ProviderType: 'GitLabSelfManaged', HostArn } })).Status).toBe('SUCCESS');
  expect(connections().list()).toMatchObject([{ providerType: 'GitLabSelfManaged', hostArn: HostArn }]);
});

test('the tags of a connection of this stack follow the template, and other tags stay', async () => {
  const withTags = (tags: object) => ({ ...PROPERTIES, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });
  const before = withTags({ team: 'a', cost: '1', same: 'x' });
  const after = withTags({ team: 'b', same: 'x' });
  const { PhysicalResourceId } = await send({ ResourceProperties: before });
  const { tags } = connections().find(PhysicalResourceId)!;
  tags.set('by', 'hand');
  aws.requests.length = 0;

  await send({ RequestType: 'Update', PhysicalResourceId, ResourceProperties: after, OldResourceProperties: before });
  expect(Object.fromEntries(tags)).toMatchObject({ ...CREATOR, team: 'b', same: 'x', by: 'hand' });
  expect(tags.has('cost')).toBe(false);
  expect(aws.requests.find(({ operation }) => operation === 'TagResource')!.body).toMatchObject({ Tags: [{ Key: 'team', Value: 'b' }] });
  expect(aws.requests.find(({ operation }) => operation === 'UntagResource')!.body).toMatchObject({ TagKeys: ['cost'] });

  aws.requests.length = 0;
  await send({ RequestType: 'Update', PhysicalResourceId, ResourceProperties: after, OldResourceProperties: after });
  expect(aws.requests.map(({ operation }) => operation)).toEqual([
    'ListTagsForResource', 'GetParametersByPath', 'PutParameter', 'GetParametersByPath', 'DeleteParameter', 'GetConnection',
  ]);
});

test('a connection of another stack keeps its tags', async () => {
  const arn = connections().create({ name: 'gitlab', providerType: 'GitLab', tags: { team: 'a' } });
  const { PhysicalResourceId } = await send({});
  await send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: { ...PROPERTIES, Tags: [{ Key: 'team', Value: 'b' }] } });
  expect(connections().find(arn)!.tags.get('team')).toBe('a');
});

const used = (name: string, record: object) => (arn: string) => {
  const path = name.replace('ID', arn.split('/')[1]);
  const strings = JSON.stringify(record).replaceAll('ARN', arn);
  records().put(path, JSON.parse(strings));
};
const OTHER = { format: 1, stackId: ELSE, logicalId: 'Other', connectionName: 'other', sentAt: 1, seq: 0, deployedAt: 1 };

test.each([
  ['deleted the connection', 'DESTROY, if it has no other user', {}, (): void => undefined, {}],
  ['kept the connection: its removal policy is RETAIN', 'RETAIN', { RemovalPolicy: 'retain' }, (): void => undefined, {}],
  ['kept the connection: it is used', 'a Connection of another stack', {}, used('connections/ID/users/1', { ...OTHER, connectionArn: 'ARN' }), { user: 'Other of stack Else' }],
  ['kept the connection: it is used', 'a credential of another stack', {}, used('owners/1/1', {
    ...OTHER, credential: { AuthType: 'CODECONNECTIONS', ConnectionArn: 'ARN' }, fingerprint: { authType: 'CODECONNECTIONS', resource: 'ARN' },
  }), { user: 'Other of stack Else' }],
  ['kept the connection: it is used', 'a credential of another stack, recorded by a newer release', {}, used('owners/1/1', {
    ...OTHER, format: 2, fingerprint: { authType: 'CODECONNECTIONS', resource: 'ARN' },
  }), { user: 'Other of stack Else' }],
  ['deleted the connection', 'DESTROY, if another stack uses another connection', {}, used('connections/other/users/1', { ...OTHER, connectionArn: 'ARN0' }), {}],
  ['kept the connection: CodeBuild holds a credential that uses it', 'a manually imported credential', {},
    (arn: string): void => void aws.region(ACCOUNT, REGION).sourceCredentials.importByHand({ serverType: 'GITLAB', authType: 'CODECONNECTIONS', token: arn }), {}],
] as const)('a Delete says that it %s, because of %s', async (message, _, others, meanwhile, fields) => {
  const ResourceProperties = { ...PROPERTIES, ...others };
  const { PhysicalResourceId } = await send({ ResourceProperties });
  meanwhile(PhysicalResourceId);
  const { logs } = await invoke(aws, { RequestType: 'Delete', ResourceType: 'Custom::CodeConnectionsConnection', PhysicalResourceId, ResourceProperties });
  const { sourceCredentials } = aws.region(ACCOUNT, REGION);
  if (sourceCredentials.held('GITLAB')) sourceCredentials.deleteByHand('GITLAB');

  const subject = 'RemovalPolicy' in others ? { connectionName: 'gitlab' } : { connectionArn: PhysicalResourceId };
  expect(logs).toContainEqual({ level: 'info', message, ...subject, ...fields });
  expect(connections().list()).toHaveLength(message.startsWith('deleted') ? 0 : 1);
  // The deletion record stays as long as slow requests may still run.
  expect(records().names().filter((name) => name.includes('/deleting/'))).toHaveLength(message.startsWith('deleted') ? 1 : 0);
});

test('a connection is kept while owner records cannot be read, and they are reported', async () => {
  const { PhysicalResourceId } = await send({});
  records().put('owners/broken/broken', 'no JSON');
  const { logs } = await invoke(aws, { RequestType: 'Delete', ResourceType: 'Custom::CodeConnectionsConnection', PhysicalResourceId, ResourceProperties: PROPERTIES });

  expect(logs).toContainEqual({
    level: 'warn', message: 'kept the connection: records that cannot be read may be of its users', connectionArn: PhysicalResourceId, records: 'owners/broken/broken',
  });
  expect(connections().list()).toHaveLength(1);
});

test('a Delete first records the deletion and then looks for users', async () => {
  const { PhysicalResourceId } = await send({});
  aws.requests.length = 0;
  await send({ RequestType: 'Delete', RequestId: 'the-marking-delete', PhysicalResourceId });
  const marked = aws.requests.findIndex(({ body, operation }) => operation === 'PutParameter' && body.Name.endsWith('/deleting/the-marking-delete'));
  expect(marked).toBeGreaterThan(0);
  expect(aws.requests.slice(marked + 1).map(({ operation }) => operation).sort()).toEqual(['DeleteConnection', 'GetParametersByPath', 'ListSourceCredentials']);
});

test('a connection in use can still be adopted after an attempt to delete it', async () => {
  const { PhysicalResourceId } = await send({});
  used('connections/ID/users/1', { ...OTHER, connectionArn: 'ARN' })(PhysicalResourceId);
  aws.requests.length = 0;
  await send({ RequestType: 'Delete', PhysicalResourceId });
  expect(aws.requests.filter(({ body, operation }) => operation === 'PutParameter' && body.Name.includes('/deleting/'))).toEqual([]);
});
