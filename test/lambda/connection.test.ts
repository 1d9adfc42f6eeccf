import { Aws } from '../aws';
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

  await send({});
  expect((await send(departure)).Status).toBe('SUCCESS');
  expect(connections().find(arn)!.tags.size).toBe(1);
});

test('the connections of others are not touched by a Delete, whatever it names', async () => {
  const arn = connections().create({ name: 'gitlab', providerType: 'GitLab', tags: CREATOR });
  await send({ RequestType: 'Delete', PhysicalResourceId: arn });
  await send({ RequestType: 'Delete', PhysicalResourceId: 'failed/1' });
  expect(connections().list()).toMatchObject([{ arn, tags: new Map(Object.entries(CREATOR)) }]);
});

test('a wait whose time is no number', async () => {
  const answer = await send({ ResourceType: 'Custom::CodeConnectionsWait', ResourceProperties: { ConnectionArn: 'arn:aws:codeconnections:us-east-1:111111111111:connection/a', TimeoutSeconds: '841' } });
  expect(answer.Reason).toMatch('property TimeoutSeconds must be a number from 1 to 840');
  expect(aws.requests).toEqual([]);
});
