import { Aws, ConnectionStatus } from '../aws';
import { ACCOUNT, enterLambda, invoke, LifecycleEvent, REGION, STACK_ID } from './invocation';
import { ServiceError } from '../aws/service-error';

/* A connection's requests one by one: what goes wrong, and what nobody should send. */

let aws: Aws;

beforeAll(async () => {
  aws = await Aws.start();
  enterLambda(aws);
});

afterAll(async () => aws.stop());

beforeEach(() => {
  aws.requests.length = 0;
  connections().list().forEach(({ arn }) => connections().delete(arn));
  const { parameters } = aws.region(ACCOUNT, REGION);
  if (parameters.get(CLAIM)) parameters.deleteByHand(CLAIM);
});

const connections = () => aws.region(ACCOUNT, REGION).connections;
const CLAIM = '/codebuild-source-credentials/GITLAB';
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
])('where %s fails', (operation, reason) => {
  test('the Create says so, and others may go on', async () => {
    aws.faults.add({ operation, kind: 'serverError', times: 5 });
    expect(await send({})).toMatchObject({ Status: 'FAILED', Reason: `${reason} (log stream a-log-stream)` });
    expect(connections().list()).toEqual([]);
    expect((await send({})).Status).toBe('SUCCESS');
  });
});

test.each([
  ['ListTagsForResource', 'Update', 'the tags of connection ARN cannot be read: InternalFailure'],
  ['TagResource', 'Update', 'the tags of connection ARN could not be changed: InternalFailure'],
  ['GetConnection', 'Update', 'connection ARN cannot be read: InternalFailure'],
  ['DeleteConnection', 'Delete', 'connection ARN could not be deleted: InternalFailure'],
])('where %s fails, the %s says so', async (operation, RequestType, reason) => {
  const { PhysicalResourceId } = await send({});
  aws.faults.add({ operation, kind: 'serverError', times: 5 });
  const answer = await send({
    RequestType, PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: { ...PROPERTIES, Tags: [{ Key: 'team', Value: 'platform' }] },
  });
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId, Reason: expect.stringContaining(reason.replace('ARN', PhysicalResourceId)) });
});

test('a quota that is used up', async () => {
  const quota = jest.spyOn(connections(), 'create').mockImplementation(() => { throw new ServiceError('LimitExceededException', 'Limit exceeded'); });
  expect((await send({})).Reason).toMatch(': LimitExceededException: Limit exceeded. Delete connections that nobody uses, or ask for a higher quota');
  quota.mockRestore();
});

test('what is refused for good is not tried again', async () => {
  const refusal = jest.spyOn(connections(), 'create').mockImplementation(() => { throw new ServiceError('InvalidInputException', 'No'); });
  expect((await send({})).Reason).toContain(`the GitLab connection 'gitlab' could not be created in ${REGION}: InvalidInputException: No`);
  refusal.mockRestore();
  expect(aws.requests.filter(({ operation }) => operation === 'CreateConnection')).toHaveLength(1);
});

test('a Delete with properties that were refused has nothing to do', async () => {
  const answer = await send({ RequestType: 'Delete', PhysicalResourceId: 'failed/1', ResourceProperties: { ProviderType: 'AzureDevOps' } });
  expect(answer.Status).toBe('SUCCESS');
  expect(aws.requests).toEqual([]);
});

test('the Delete of a Create that has not answered deletes what it has made, and calls it off', async () => {
  const RequestId = 'the-create';
  await send({ RequestId });
  expect(connections().list()).toHaveLength(1);

  await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-MADEUP' });
  expect(connections().list()).toEqual([]);
  expect(await send({ RequestId })).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('called this request off, or it was carried out before') });
  expect(connections().list()).toEqual([]);
});

test('a Create that CloudFormation has called off before it began does nothing', async () => {
  await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-MADEUP' });
  expect((await send({})).Reason).toMatch('called this request off');
  expect(connections().list()).toEqual([]);
});

test('a Create whose CreateConnection has got no reply finds what it has made', async () => {
  aws.faults.add({ operation: 'CreateConnection', kind: 'resetAfterApply' });
  expect(await send({})).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: connections().list()[0].arn });
  expect(connections().list()).toHaveLength(1);
});

describe('an update that CloudFormation takes back and has not heard of', () => {
  const OTHER = { ...PROPERTIES, ConnectionName: 'other' };
  const takeBack = async (PhysicalResourceId: string) => send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: OTHER, ResourceProperties: PROPERTIES });

  test('leaves no connection', async () => {
    const { PhysicalResourceId } = await send({});
    await send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: OTHER });
    expect(connections().list()).toHaveLength(2);

    expect(await takeBack(PhysicalResourceId)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
    expect(connections().list()).toMatchObject([{ arn: PhysicalResourceId }]);
  });

  test('makes none afterwards', async () => {
    const { PhysicalResourceId } = await send({});
    await takeBack(PhysicalResourceId);
    const late = await send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: OTHER });
    expect(late.Reason).toMatch('called this request off');
    expect(connections().list()).toMatchObject([{ arn: PhysicalResourceId }]);
  });
});

test('a Delete that comes again once the resource is back changes nothing', async () => {
  const arn = connections().create({ name: 'gitlab', providerType: 'GitLab' });
  await send({});
  const departure = { RequestType: 'Delete', RequestId: 'the-delete', PhysicalResourceId: arn };
  await send(departure);
  expect(connections().find(arn)!.tags.size).toBe(0);

  // What is sent in the same second was sent before, as far as its date tells.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await send({});
  expect((await send(departure)).Status).toBe('SUCCESS');
  expect(connections().find(arn)!.tags.size).toBe(1);
});

test('an Update that comes again once the resource is gone makes no connection', async () => {
  const { PhysicalResourceId } = await send({});
  const update = { RequestType: 'Update', RequestId: 'the-update', PhysicalResourceId, ResourceProperties: PROPERTIES, OldResourceProperties: { ...PROPERTIES, AdoptExisting: 'false' } };
  await send(update);
  await send({ RequestType: 'Delete', PhysicalResourceId });

  expect((await send(update)).Reason).toContain('CloudFormation has called this request off, or it was carried out before');
  expect(connections().list()).toEqual([]);
});

test('the connections of others are not touched by a Delete, whatever it names', async () => {
  const arn = connections().create({ name: 'gitlab', providerType: 'GitLab', tags: CREATOR });
  await send({ RequestType: 'Delete', PhysicalResourceId: arn });
  await send({ RequestType: 'Delete', PhysicalResourceId: 'failed/1' });
  expect(connections().list()).toMatchObject([{ arn, tags: new Map(Object.entries(CREATOR)) }]);
});

describe('which connection is taken', () => {
  const make = (status: ConnectionStatus, others: object = {}) => connections().create({ name: 'gitlab', providerType: 'GitLab', status, ...others });

  test('one that is available rather than one that is pending, and it says so', async () => {
    make('PENDING');
    const arn = make('AVAILABLE');
    const { answer, logs } = await invoke(aws, { RequestType: 'Create', ResourceType: 'Custom::CodeConnectionsConnection', ResourceProperties: PROPERTIES });

    const console = `https://${REGION}.console.aws.amazon.com/codesuite/settings/connections?region=${REGION}`;
    expect(answer).toMatchObject({ PhysicalResourceId: arn, Data: { ConnectionArn: arn, ConnectionStatus: 'AVAILABLE', HandshakeUrl: console } });
    expect(logs).toContainEqual({ level: 'info', message: 'adopted', connectionArn: arn, status: 'AVAILABLE' });
    expect([...connections().find(arn)!.tags]).toEqual([[expect.stringMatching(/^codebuild-source-credentials:used-by:[0-9a-f]{16}$/), 'GitHub of stack Infrastructure']]);
  });

  test('one that is pending rather than a new one, and a new one rather than one in status ERROR', async () => {
    const failed = make('ERROR');
    const first = await send({});
    expect(first.PhysicalResourceId).not.toBe(failed);
    connections().list().forEach(({ arn }) => connections().delete(arn));

    const pending = make('PENDING');
    expect((await send({})).PhysicalResourceId).toBe(pending);
  });

  test('none where two are available: somebody has to say which', async () => {
    const arns = [make('AVAILABLE'), make('AVAILABLE')];
    expect((await send({})).Reason).toContain(
      `2 available GitLab connections are named 'gitlab': ${arns.join(', ')}. Use one with Connection.fromConnectionArn, or rename or delete the others`);
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

  test('of more than a page of them the one that fits', async () => {
    for (let index = 0; index < 101; index++) make('AVAILABLE', { name: `other-${index}` });
    const arn = make('AVAILABLE');
    expect((await send({})).PhysicalResourceId).toBe(arn);
  });
});

test.each([
  ['that there is not', () => HOST, 'ResourceNotFoundException'],
  ['that is not set up', () => connections().createHost('gitlab', 'GitLabSelfManaged', false), 'ResourceUnavailableException'],
])('a host %s is named', async (_, hostOf, type) => {
  const host = hostOf();
  const { Reason } = await send({ ResourceProperties: { ...PROPERTIES, ProviderType: 'GitLabSelfManaged', HostArn: host } });

  expect(Reason).toContain(`: ${type}: Host ${host} `);
  expect(Reason).toContain(`. Check that host ${host} exists and is available: Developer Tools, Settings, Connections, Hosts`);
});

test('a connection to a host has the provider of the host', async () => {
  const HostArn = connections().createHost('gitlab', 'GitLabSelfManaged');
  expect((await send({ ResourceProperties: { ...PROPERTIES, ProviderType: 'GitLabSelfManaged', HostArn } })).Status).toBe('SUCCESS');
  expect(connections().list()).toMatchObject([{ providerType: 'GitLabSelfManaged', hostArn: HostArn }]);
});

test('the tags of a connection that this stack has made follow the template, and those of others stay', async () => {
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
  expect(aws.requests.map(({ operation }) => operation)).toEqual(['ListTagsForResource', 'GetConnection']);
});

test('a connection that another stack has made keeps its tags', async () => {
  const arn = connections().create({ name: 'gitlab', providerType: 'GitLab', tags: { team: 'a' } });
  const { PhysicalResourceId } = await send({});
  await send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: PROPERTIES, ResourceProperties: { ...PROPERTIES, Tags: [{ Key: 'team', Value: 'b' }] } });
  expect(connections().find(arn)!.tags.get('team')).toBe('a');
});

test.each([
  ['deleted', 'DESTROY, and nobody else has it', {}, (): void => undefined],
  ['left there', 'RETAIN', { RemovalPolicy: 'retain' }, (): void => undefined],
  ['left there', 'another resource having it', {}, () => void connections().list()[0].tags.set('codebuild-source-credentials:used-by:0123456789abcdef', 'Other of stack Else')],
])('a connection is %s with %s', async (message, _, others, meanwhile) => {
  const ResourceProperties = { ...PROPERTIES, ...others };
  const { PhysicalResourceId } = await send({ ResourceProperties });
  meanwhile();
  const { logs } = await invoke(aws, { RequestType: 'Delete', ResourceType: 'Custom::CodeConnectionsConnection', PhysicalResourceId, ResourceProperties });

  expect(logs).toContainEqual({ level: 'info', message, connectionArn: PhysicalResourceId });
  expect(connections().list()).toHaveLength(message === 'deleted' ? 0 : 1);
});
