import * as fc from 'fast-check';
import { Deadline } from '../../../lambda/deadline';
import { handler } from '../../../lambda/handler';
import { activeOwner } from '../../../lambda/ownership/active-owner';
import { describeResource, listRecords } from '../../../lambda/ownership/records';
import { Aws } from '../../../simulator';
import { StoredRecords } from '../../stored-records';
import { useAccount } from '../account';
import { ACCOUNT, context, invoke, REGION, STACK_ID } from '../invocation';

/* Reading records from Parameter Store, including invalid ones. */

let aws: Aws;
let deadline: Deadline;

useAccount((started) => { aws = started; });

beforeEach(() => { deadline = new Deadline(30_000, 0); });

afterEach(() => deadline.end());

const region = () => aws.region(ACCOUNT, REGION);
const records = () => new StoredRecords(region());
const list = async () => listRecords('GITHUB', deadline);

const OWNER = {
  format: 1,
  stackId: STACK_ID,
  logicalId: 'GitHub',
  sentAt: 1_000,
  seq: 0,
  deployedAt: 1_000,
  credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github', RefreshOnSecretChange: 'true' },
  fingerprint: { authType: 'PERSONAL_ACCESS_TOKEN' },
};

test('an owner record is read as it was written', async () => {
  const whole = { ...OWNER, unfinished: { before: { authType: 'CODECONNECTIONS', resource: 'arn' } }, overwrote: { authType: 'OAUTH' } };
  records().put('owners/the-owner/the-request', whole);
  const { format: _format, ...fields } = whole;
  expect((await list()).owners).toEqual([{ ownerId: 'the-owner', requestId: 'the-request', ...fields }]);
});

test('all pages are read, also empty ones, and the records of other server types are not', async () => {
  for (let index = 0; index < 35; index++) records().put(`owners/${index}/${index}`, { ...OWNER, deployedAt: index });
  new StoredRecords(region(), 'GITHUB_ENTERPRISE').put('owners/1/1', OWNER);
  aws.faults.add({ operation: 'GetParametersByPath', kind: 'emptyPage', skip: 1 });

  expect((await list()).owners).toHaveLength(35);
  expect(aws.requests).toHaveLength(5);
  expect(activeOwner(await list())!.ownerId).toBe('34');
});

test('the other kinds of records are read', async () => {
  const name = { stackId: STACK_ID, logicalId: 'GitHub' };
  const proof = [{ fingerprint: { authType: 'OAUTH' } }, { fingerprint: { authType: 'OAUTH' }, before: { authType: 'BASIC_AUTH' } }];
  records().put('removed/a', { format: 1, ...name, ownerId: 'a', sentAt: 1, proof });
  records().put('removed/b', { format: 1, ...name, sentAt: 2, seq: 1, proof: [] });
  records().put('cleared', { format: 1 });
  records().put('connections/1/users/the-request', { format: 1, ...name, connectionArn: 'arn', connectionName: 'ci', sentAt: 3, seq: 1 });
  records().put('connections/1/deleting/the-request', { format: 1, ...name, connectionArn: 'arn' });

  const read = await list();
  expect(read).toEqual({
    owners: [],
    removals: expect.arrayContaining([
      { key: 'a', ownerId: 'a', ...name, sentAt: 1, proof, writtenAt: expect.any(Number) },
      { key: 'b', ownerId: undefined, ...name, sentAt: 2, seq: 1, proof: [], writtenAt: expect.any(Number) },
    ]),
    clearedAt: expect.any(Number),
    connectionUsers: [{ name: 'connections/1/users/the-request', requestId: 'the-request', ...name, connectionArn: 'arn', connectionName: 'ci', sentAt: 3, seq: 1 }],
    connectionDeletions: [{ name: 'connections/1/deleting/the-request', requestId: 'the-request', ...name, connectionArn: 'arn', writtenAt: expect.any(Number) }],
    unreadable: [],
  });
  // The time is from Parameter Store's clock.
  expect(Math.abs(read.clearedAt - Date.now())).toBeLessThan(5_000);
  expect(Math.abs(read.removals[0].writtenAt - Date.now())).toBeLessThan(5_000);
});

describe('an owner record that cannot be read is reported, and the others are read:', () => {
  test.each([
    ['no JSON', 'owners/1/1', 'no JSON'],
    ['JSON that is not an object', 'owners/1/1', '[1]'],
    ['null', 'owners/1/1', 'null'],
    ['no stack', 'owners/1/1', JSON.stringify({ ...OWNER, stackId: undefined })],
    ['a stack that is not a string', 'owners/1/1', JSON.stringify({ ...OWNER, stackId: 7 })],
    ['no time', 'owners/1/1', JSON.stringify({ ...OWNER, sentAt: undefined })],
    ['a time that is not a number', 'owners/1/1', JSON.stringify({ ...OWNER, deployedAt: 'soon' })],
    ['a fingerprint with an unknown auth type', 'owners/1/1', JSON.stringify({ ...OWNER, fingerprint: { authType: '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' } })],
    ['an incomplete name', 'owners/1', JSON.stringify(OWNER)],
    ['a name with too many parts', 'owners/1/1/more', JSON.stringify(OWNER)],
  ])('%s', async (_, name, text) => {
    records().put('owners/good/good', OWNER);
    records().put(name, text);
    const { owners, unreadable } = await list();
    expect([owners.map(({ ownerId }) => ownerId), unreadable]).toEqual([['good'], [name]]);
  });
});

describe('an owner record with an invalid credential remains an owner, with nothing to import:', () => {
  test.each([
    ['of another format', { format: 2 }],
    ['of no format', { format: undefined }],
    ['without a credential', { credential: undefined }],
    ['with an unknown AuthType', { credential: { ...OWNER.credential, AuthType: 'SSH' } }],
    ['with one that the server type does not have', { credential: { ...OWNER.credential, AuthType: 'BASIC_AUTH' } }],
    ['with a secret whose region names another host', { credential: { ...OWNER.credential, SecretId: 'arn:aws:secretsmanager:us-east-1.example.com/:111111111111:secret:ci/github' } }],
    ['with a secret whose region has a port', { credential: { ...OWNER.credential, SecretId: 'arn:aws:secretsmanager:example.com#:111111111111:secret:ci/github' } }],
    ['with a connection whose region names another host', { credential: { AuthType: 'CODECONNECTIONS', ConnectionArn: 'arn:aws:codeconnections:example.com/:111111111111:connection/a' } }],
    ['with a connection of another service', { credential: { AuthType: 'CODECONNECTIONS', ConnectionArn: 'arn:aws:example.com/:us-east-1:111111111111:connection/a' } }],
  ])('%s', async (_, others) => {
    records().put('owners/1/1', { ...OWNER, ...others });
    const { owners, unreadable } = await list();
    expect([owners, unreadable]).toEqual([[expect.objectContaining({ ownerId: '1', stackId: STACK_ID, credential: undefined })], []]);
  });
});

describe('a record that a person has changed', () => {
  beforeEach(() => {
    Object.assign(process.env, { STACK_ID, SERVER_TYPES: 'GITHUB' });
    jest.spyOn(console, 'log').mockImplementation();
  });

  afterEach(() => {
    jest.restoreAllMocks();
    delete process.env.STACK_ID;
    delete process.env.SERVER_TYPES;
  });

  test.each([
    { ...OWNER.credential, SecretId: 'arn:aws:secretsmanager:us-east-1.example.com/:111111111111:secret:ci/github' },
    { AuthType: 'CODECONNECTIONS', ConnectionArn: 'arn:aws:codeconnections:example.com/:111111111111:connection/a' },
  ])('does not redirect a request to another host: %j', async (credential) => {
    records().put('owners/1/1', { ...OWNER, credential });
    await expect(handler({ 'detail-type': 'Scheduled Event' }, context())).rejects.toThrow('in Parameter Store was written by a newer release of cdk-codebuild-source-credentials, or changed by hand');
    const { answer } = await invoke(aws, { RequestType: 'Delete', PhysicalResourceId: 'GITHUB/2', ResourceProperties: { ServerType: 'GITHUB' } });

    expect(answer.Status).toBe('SUCCESS');
    expect(new Set(aws.requests.map(({ service, region: name }) => `${service} in ${name}`))).toEqual(new Set(['ssm in us-east-1']));
  });

  test('is ignored when its owner is deleted', async () => {
    records().put('owners/1/1', { ...OWNER, credential: 'none' });
    const { answer } = await invoke(aws, { RequestType: 'Delete', PhysicalResourceId: 'GITHUB/1', ResourceProperties: { ServerType: 'GITHUB' } });
    expect([answer.Status, records().list('owners/')]).toEqual(['SUCCESS', []]);
  });
});

test('any content of Parameter Store is read without an error', async () => {
  const names = fc.constantFrom('owners/1/1', 'owners/1', 'removed/1', 'cleared', 'connections/1/users/1', 'connections/1/deleting/1', 'connections/1', 'else');
  const fields = fc.constantFrom('format', 'stackId', 'logicalId', 'sentAt', 'seq', 'deployedAt', 'credential', 'fingerprint', 'unfinished', 'overwrote', 'proof', 'ownerId', 'connectionArn');
  const values = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('', '__proto__', 1, null, [null], { authType: 'OAUTH' }, { fingerprint: null }));
  const changes = fc.array(fc.tuple(fields, values), { maxLength: 3 });
  await fc.assert(fc.asyncProperty(names, changes, async (name, changed) => {
    const record = JSON.stringify({ ...OWNER, ...Object.fromEntries(changed) });
    fc.pre(!/\{\{.*\}\}/s.test(record));
    records().clear();
    records().put(name, record);
    const { connectionDeletions, connectionUsers, owners, removals, unreadable } = await list();
    expect(owners.length + removals.length + connectionDeletions.length + connectionUsers.length + unreadable.length).toBeLessThanOrEqual(1);
    if (name === 'owners/1/1') expect(owners.length + unreadable.length).toBe(1);
  }), { numRuns: 200 });
});

test('a resource is described by its logical id and stack', () => {
  expect(describeResource({ stackId: STACK_ID, logicalId: 'GitHub' })).toBe('GitHub of stack Infrastructure');
  expect(describeResource({ stackId: 'else', logicalId: 'GitHub' })).toBe('GitHub of stack else');
});
