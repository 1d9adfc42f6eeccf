import { ACCOUNT, context, enterLambda, invoke, REGION, STACK_ID } from './invocation';
import { changes } from './refusal';
import { handler } from '../../lambda/handler';
import { Aws } from '../aws';

let aws: Aws;
let log: jest.SpyInstance;

beforeAll(async () => {
  aws = await Aws.start();
  enterLambda(aws);
  process.env.STACK_ID = STACK_ID;
});

afterAll(async () => aws.stop());

beforeEach(() => {
  quiet();
  aws.faults.clear();
});

afterEach(() => log.mockRestore());

/** Also after an invocation, which gives the console back. */
function quiet() {
  log = jest.spyOn(console, 'log').mockImplementation();
}

const region = () => aws.region(ACCOUNT, REGION);
const held = () => region().sourceCredentials.held('GITHUB')?.token;

let secrets = 0;

/** A credential in force, from a secret that has a new version since then. */
async function rotated(idOf: (secret: { name: string; arn: string }) => string, others: object = {}) {
  secrets += 1;
  const name = `ci/secret-${secrets}`;
  const arn = region().secrets.create({ name, value: 'ghp_old' });
  const ResourceProperties = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: idOf({ name, arn }), ...others };
  const { answer } = await invoke(aws, { RequestType: 'Create', ResourceProperties });
  expect(answer.Status).toBe('SUCCESS');
  region().secrets.put(name, 'ghp_new');
  quiet();
  aws.requests.length = 0;
  return { 'detail-type': 'Secret Label Updated', 'resources': [arn], 'detail': { name, labelUpdated: 'AWSCURRENT' } };
}

test.each([
  ['name', ({ name }: { name: string }) => name],
  ['complete ARN', ({ arn }: { arn: string }) => arn],
  ['partial ARN', ({ arn }: { arn: string }) => arn.slice(0, -7)],
])('a new version of a secret that is known by its %s is imported, and once', async (_, idOf) => {
  const event = await rotated(idOf);
  await handler(event, context());
  await handler(event, context());

  expect(held()).toBe('ghp_new');
  expect(changes(aws)).toEqual(['ImportSourceCredentials']);
});

test('the event of the schedule finds what no other event has told', async () => {
  await rotated(({ name }) => name);
  await handler({ refresh: 'GITHUB' }, context());

  expect(held()).toBe('ghp_new');
});

test.each([
  ['another secret', { resources: ['arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/else-AbCdEf'], detail: { name: 'ci/else' } }, {}],
  ['its own secret, which it is not to follow', {}, { RefreshOnSecretChange: 'false' }],
])('an event about %s changes nothing', async (_, others, properties) => {
  const event = await rotated(({ name }) => name, properties);
  await handler({ ...event, ...others }, context());

  expect(held()).toBe('ghp_old');
  expect(changes(aws)).toEqual([]);
});

test.each([[[7]], [undefined], [{}]])('resources that no service would send (%j) concern no secret', async (resources) => {
  const event = await rotated(({ arn }) => arn);
  await handler({ ...event, resources, detail: { name: 7 } }, context());
  expect(held()).toBe('ghp_old');
});

test('a new value that is none changes nothing, and says so to whoever watches the function', async () => {
  const event = await rotated(({ name }) => name);
  region().secrets.put(event.detail.name, ' ');

  await expect(handler(event, context())).rejects.toThrow(`secret ${event.detail.name} in us-east-1 is empty. Store a value`);
  expect(held()).toBe('ghp_old');
  expect(changes(aws)).toEqual([]);
});

test('a changed claim brings back what its owner could not be given when the next one went', async () => {
  const { detail: { name } } = await rotated(({ arn }) => arn);
  const next = { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn: region().connections.create({ name: 'next', providerType: 'GitHub' }) };
  const { answer } = await invoke(aws, { RequestType: 'Create', ResourceProperties: next, LogicalResourceId: 'Next' });
  region().secrets.scheduleDeletion(name);
  await invoke(aws, { RequestType: 'Delete', PhysicalResourceId: answer.PhysicalResourceId, ResourceProperties: next, LogicalResourceId: 'Next' });
  expect(held()).toBe(next.ConnectionArn);

  quiet();
  region().secrets.restore(name);
  await handler({ 'detail-type': 'Parameter Store Change', 'detail': { name: '/codebuild-source-credentials/GITHUB' } }, context());
  expect(held()).toBe('ghp_new');
});

const CLAIM = '/codebuild-source-credentials/GITHUB';
const CHANGED_CLAIM = { 'detail-type': 'Parameter Store Change', 'detail': { name: CLAIM } };

/** Somebody else's hand in the claim. */
function changeClaim(change: (claim: any) => object): void {
  const { value, version } = region().parameters.get(CLAIM)!;
  region().parameters.putByHand(CLAIM, JSON.stringify({ ...JSON.parse(value), ...change({ ...JSON.parse(value), version }) }));
}

test('a changed claim says nothing of a new value, which another event tells', async () => {
  await rotated(({ arn }) => arn);
  await handler(CHANGED_CLAIM, context());
  expect(changes(aws)).toEqual([]);
});

test('a changed claim in which nobody is in force brings back the last owner', async () => {
  await rotated(({ arn }) => arn);
  changeClaim(() => ({ force: undefined }));
  await handler(CHANGED_CLAIM, context());
  expect(held()).toBe('ghp_new');
});

describe('after another attempt to bring the credential back has died', () => {
  /** The claim as that attempt has left it, with nobody in force. */
  async function died(event: string, stackId = STACK_ID) {
    const secretEvent = await rotated(({ name }) => name);
    changeClaim(({ owners: [{ logicalId }], version }) => ({
      force: undefined, pending: { id: `restore/${event}`, stackId, logicalId, tried: [], at: 0, base: version },
    }));
    aws.requests.length = 0;
    return secretEvent;
  }

  test('the event that it has caused itself is passed over', async () => {
    await died('other');
    await handler(CHANGED_CLAIM, context());
    expect(changes(aws)).toEqual([]);
  });

  test('its own event is tried again', async () => {
    const again = context();
    await died(again.awsRequestId);
    await handler(CHANGED_CLAIM, again);
    expect(held()).toBe('ghp_new');
  });

  test('a stack takes care of its own, whatever another stack has tried', async () => {
    await died('other', STACK_ID.replace('Infrastructure', 'Else'));
    await handler(CHANGED_CLAIM, context());
    expect(held()).toBe('ghp_new');
  });

  test('a new value is imported', async () => {
    await handler(await died('other'), context());
    expect(held()).toBe('ghp_new');
  });

  test('the schedule finds it', async () => {
    await died('other');
    await handler({ refresh: 'GITHUB' }, context());
    expect(held()).toBe('ghp_new');
  });
});

test('what another stack has in force is its own to bring back', async () => {
  await rotated(({ arn }) => arn);
  changeClaim(({ owners: [owner] }) => ({ owners: [{ ...owner, stackId: STACK_ID.replace('Infrastructure', 'Else') }], force: undefined }));
  await handler(CHANGED_CLAIM, context());
  expect(changes(aws)).toEqual([]);
  changeClaim(() => ({ owners: [] }));
});

test('a service that never replies is given up while the function has time to say so', async () => {
  const event = await rotated(({ name }) => name);
  aws.faults.add({ operation: 'GetSecretValue', kind: 'never', times: 9 });
  const started = Date.now();

  await expect(handler(event, context(7_000))).rejects.toThrow('no reply');
  expect(Date.now() - started).toBeLessThan(7_000);
});

test.each([
  ['a claim of a server type that there is not', { 'detail-type': 'Parameter Store Change', 'detail': { name: '/codebuild-source-credentials/SVN' } }],
  ['another parameter', { 'detail-type': 'Parameter Store Change', 'detail': { name: '/else' } }],
  ['no parameter', { 'detail-type': 'Parameter Store Change' }],
  ['something else', { 'detail-type': 'EC2 Instance State-change Notification', 'detail': null }],
  ['the refresh of nothing', { refresh: '__proto__' }],
  ['a refresh that is no text', { refresh: { GITHUB: 'GITHUB' } }],
])('an event about %s is thrown back', async (_, event) => {
  aws.requests.length = 0;
  await expect(handler(event, context())).rejects.toThrow('not an event about a claim or a secret of this library');
  expect(aws.requests).toEqual([]);
});

test('what AWS does not let it do is thrown, for Lambda to try again', async () => {
  const event = await rotated(({ name }) => name);
  aws.faults.add({ operation: 'PutParameter', kind: 'serverError', times: 9 });

  await expect(handler(event, context())).rejects.toThrow(/^the claim \/codebuild-source-credentials\/GITHUB in us-east-1 could not be written: InternalServerError/);
  expect(changes(aws)).toEqual([]);
});
