import {
  CodeStarConnectionsClient, CreateConnectionCommand, CreateConnectionCommandInput, DeleteConnectionCommand, GetConnectionCommand,
  ListConnectionsCommand, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-codestar-connections';
import { Principal } from './authorization';
import { Aws } from './aws';
import { Connections } from './connections';
import { ACCOUNT, Administrator, RoleWithout } from './principals';
import { call } from './signed-request';

const MISSING = `arn:aws:codeconnections:eu-west-1:${ACCOUNT}:connection/00000000-0000-4000-8000-000000000009`;

let aws: Aws;
let connections: Connections;

beforeEach(async () => {
  aws = await Aws.start();
  connections = aws.region(ACCOUNT, 'eu-west-1').connections;
});
afterEach(() => aws.stop());

function client(principal: Principal = new Administrator(), region = 'eu-west-1', isNew = false) {
  return new CodeStarConnectionsClient({
    endpoint: aws.endpoint,
    region,
    credentials: aws.credentialsFor(principal),
    maxAttempts: 1,
    ...isNew && { signingName: 'codeconnections', protocolSettings: { serviceTarget: 'CodeConnections_20231201' } },
  });
}

function get(ConnectionArn: string, principal?: Principal, region?: string) {
  return client(principal, region).send(new GetConnectionCommand({ ConnectionArn }));
}

function create(input: Partial<CreateConnectionCommandInput> = {}, principal?: Principal, isNew = true) {
  return client(principal, undefined, isNew).send(new CreateConnectionCommand({ ConnectionName: 'gitlab', ProviderType: 'GitLab', ...input }));
}

test.each(['codeconnections', 'codestar-connections'] as const)('a connection with the prefix %s is found', async (prefix) => {
  const arn = connections.create({ name: 'github', providerType: 'GitHub', prefix, status: 'PENDING' });

  expect(arn).toMatch(new RegExp(`^arn:aws:${prefix}:eu-west-1:${ACCOUNT}:connection/[0-9a-f-]{36}$`));
  await expect(get(arn)).resolves.toMatchObject({
    Connection: { ConnectionArn: arn, ConnectionName: 'github', ProviderType: 'GitHub', ConnectionStatus: 'PENDING', OwnerAccountId: ACCOUNT },
  });
});

test.each([
  ['codeconnections', 'com.amazonaws.codeconnections.CodeConnections_20231201'],
  ['codeconnections', 'CodeConnections_20231201'],
  ['codestar-connections', 'com.amazonaws.codestar.connections.CodeStar_connections_20191201'],
  ['codestar-connections', 'CodeStar_connections_20191201'],
])('the API %s answers to the target prefix %s', async (service, targetPrefix) => {
  const arn = connections.create({ name: 'github', providerType: 'GitHub' });
  const request = {
    endpoint: aws.endpoint,
    credentials: aws.credentialsFor(new Administrator()),
    target: `${targetPrefix}.GetConnection`,
    contentType: 'application/x-amz-json-1.0',
    body: { ConnectionArn: arn },
  };
  const response = await call({ ...request, service });

  expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
  expect(response.body.Connection).toMatchObject({ ConnectionArn: arn });
  expect(aws.requests).toMatchObject([{ service, operation: 'GetConnection' }]);
  expect((await call({ ...request, service: 'codebuild' })).body).toMatchObject({ __type: 'InvalidSignatureException' });
});

test('returns the changed status after a handshake', async () => {
  const arn = connections.create({ name: 'github', providerType: 'GitHub', status: 'PENDING' });
  connections.setStatus(arn, 'AVAILABLE');

  await expect(get(arn)).resolves.toMatchObject({ Connection: { ConnectionStatus: 'AVAILABLE' } });
});

test('a connection that does not exist, or not in this region, is a ResourceNotFoundException', async () => {
  const arn = connections.create({ name: 'github', providerType: 'GitHub' });

  await expect(get(MISSING)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(get(arn, undefined, 'us-east-1')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test.each(['codeconnections', 'codestar-connections'] as const)("the action has the ARN's prefix %s, not that of the API", async (prefix) => {
  const arn = connections.create({ name: 'github', providerType: 'GitHub', prefix });
  const role = new Administrator();
  await get(arn, role);

  expect(role.asked).toEqual([{ action: `${prefix}:GetConnection`, resource: arn, context: {} }]);
  await expect(get(arn, new RoleWithout(`${prefix}:GetConnection`))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('another account sees a connection only if it is shared', async () => {
  const shared = connections.create({ name: 'shared', providerType: 'GitHub', sharedWith: ['222222222222'] });
  const own = connections.create({ name: 'own', providerType: 'GitHub' });
  const stranger = new Administrator('222222222222');

  await expect(get(shared, stranger)).resolves.toMatchObject({ Connection: { OwnerAccountId: ACCOUNT } });
  await expect(get(own, stranger)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

describe('CreateConnection', () => {
  test.each([['codeconnections', true], ['codestar-connections', false]] as const)('creates a pending connection with the prefix of the API: %s', async (prefix, isNew) => {
    const { ConnectionArn } = await create({ Tags: [{ Key: 'team', Value: 'platform' }] }, undefined, isNew);

    expect(ConnectionArn).toMatch(`arn:aws:${prefix}:eu-west-1:${ACCOUNT}:connection/`);
    await expect(get(ConnectionArn!)).resolves.toMatchObject({ Connection: { ConnectionName: 'gitlab', ProviderType: 'GitLab', ConnectionStatus: 'PENDING' } });
    await expect(client().send(new ListTagsForResourceCommand({ ResourceArn: ConnectionArn }))).resolves.toMatchObject({ Tags: [{ Key: 'team', Value: 'platform' }] });
  });

  test('creates a second connection with the same name', async () => {
    const [one, other] = [await create(), await create()];
    expect(one.ConnectionArn).not.toBe(other.ConnectionArn);
  });

  test('refuses an existing name if names must be unique', async () => {
    connections.refusesTakenNames = true;
    const { ConnectionArn } = await create();
    await expect(create({ ProviderType: 'GitHub' })).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
    await create({ ConnectionName: 'GitLab' });
    await client().send(new DeleteConnectionCommand({ ConnectionArn }));
    await create();
  });

  test('authorizes the provider type and the tags of the request', async () => {
    const role = new Administrator();
    await create({ Tags: [{ Key: 'team', Value: 'platform' }] }, role);
    expect(role.asked).toEqual([
      {
        action: 'codeconnections:CreateConnection',
        resource: '*',
        context: { 'codeconnections:ProviderType': 'GitLab', 'aws:RequestTag/team': 'platform', 'aws:TagKeys': ['team'] },
      },
      { action: 'codeconnections:TagResource', resource: '*', context: { 'aws:RequestTag/team': 'platform', 'aws:TagKeys': ['team'] } },
    ]);
    const tagged = { Tags: [{ Key: 'team', Value: 'platform' }] };
    await expect(create(tagged, new RoleWithout('codeconnections:TagResource'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(create({}, new RoleWithout('codeconnections:CreateConnection'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('refuses a name of more than 32 characters', async () => {
    await expect(create({ ConnectionName: 'x'.repeat(33) })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("at 'connectionName' failed to satisfy constraint: Member must have length less than or equal to 32"),
    });
  });

  test('uses the provider type of the host, which must exist and be available', async () => {
    const host = connections.createHost('host', 'GitLabSelfManaged');
    const { ConnectionArn } = await create({ ProviderType: undefined, HostArn: host });
    expect(connections.find(ConnectionArn!)).toMatchObject({ providerType: 'GitLabSelfManaged', hostArn: host });

    const pending = connections.createHost('pending', 'GitLabSelfManaged', false);
    await expect(create({ ProviderType: undefined, HostArn: pending })).rejects.toMatchObject({ name: 'ResourceUnavailableException' });
    await expect(create({ ProviderType: undefined, HostArn: `${host}-none` })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(create({ HostArn: host })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(create({ ProviderType: undefined })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('ListConnections', () => {
  const list = (input: object, principal?: Principal) => client(principal, undefined, true).send(new ListConnectionsCommand(input));
  const names = (found: { ConnectionName?: string }[] = []) => found.map(({ ConnectionName }) => ConnectionName);

  test('returns pages with the connections of this account and region', async () => {
    ['a', 'b', 'c'].forEach((name) => connections.create({ name, providerType: 'GitLab', prefix: name === 'b' ? 'codestar-connections' : undefined }));
    aws.region(ACCOUNT, 'us-east-1').connections.create({ name: 'elsewhere', providerType: 'GitLab' });

    const first = await list({ MaxResults: 2 });
    expect(names(first.Connections)).toEqual(['a', 'b']);
    const second = await list({ MaxResults: 2, NextToken: first.NextToken });
    expect([names(second.Connections), second.NextToken]).toEqual([['c'], undefined]);
    await expect(list({ MaxResults: 101 })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('returns at most 100 connections on a page', async () => {
    for (let i = 0; i < 101; i++) connections.create({ name: `${i}`, providerType: 'GitLab' });
    const first = await list({});
    expect([first.Connections!.length, names((await list({ NextToken: first.NextToken })).Connections)]).toEqual([100, ['100']]);
  });

  test('filters by provider type and host, which are condition keys', async () => {
    const hostArn = connections.createHost('host', 'GitLabSelfManaged');
    connections.create({ name: 'a', providerType: 'GitLabSelfManaged', hostArn });
    connections.create({ name: 'b', providerType: 'GitLabSelfManaged' });
    connections.create({ name: 'c', providerType: 'GitLab' });

    const role = new Administrator();
    expect(names((await list({ ProviderTypeFilter: 'GitLabSelfManaged' }, role)).Connections)).toEqual(['a', 'b']);
    expect(names((await list({ HostArnFilter: hostArn })).Connections)).toEqual(['a']);
    expect(role.asked).toEqual([
      { action: 'codeconnections:ListConnections', resource: '*', context: { 'codeconnections:ProviderTypeFilter': 'GitLabSelfManaged' } },
    ]);
  });
});

test('adds and removes tags, which are condition keys', async () => {
  const arn = connections.create({ name: 'gitlab', providerType: 'GitLab', tags: { team: 'platform' } });
  const role = new Administrator();
  await client(role).send(new TagResourceCommand({ ResourceArn: arn, Tags: [{ Key: 'stage', Value: 'test' }] }));
  await client(role).send(new UntagResourceCommand({ ResourceArn: arn, TagKeys: ['team'] }));

  expect(Object.fromEntries(connections.find(arn)!.tags)).toEqual({ stage: 'test' });
  expect(role.asked).toEqual([
    {
      action: 'codeconnections:TagResource',
      resource: arn,
      context: { 'aws:ResourceTag/team': 'platform', 'aws:RequestTag/stage': 'test', 'aws:TagKeys': ['stage'] },
    },
    {
      action: 'codeconnections:UntagResource',
      resource: arn,
      context: { 'aws:ResourceTag/team': 'platform', 'aws:ResourceTag/stage': 'test', 'aws:TagKeys': ['team'] },
    },
  ]);
  await expect(client().send(new ListTagsForResourceCommand({ ResourceArn: MISSING }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

describe('a connection has at most 50 tags', () => {
  const tags = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ Key: `key-${from + i}`, Value: 'x' }));
  const REFUSED = { name: 'LimitExceededException' };

  test('refuses more on creation', async () => {
    await expect(create({ Tags: tags(50) })).resolves.toMatchObject({ ConnectionArn: expect.any(String) });
    await expect(create({ Tags: tags(51) })).rejects.toMatchObject(REFUSED);
    expect(connections.list()).toHaveLength(1);
  });

  test('refuses more in TagResource, and adds none of them', async () => {
    const { ConnectionArn: ResourceArn } = await create({ Tags: tags(49) });
    const add = async (Tags: ReturnType<typeof tags>) => client(undefined, undefined, true).send(new TagResourceCommand({ ResourceArn, Tags }));
    await expect(add(tags(2, 49))).rejects.toMatchObject(REFUSED);
    await expect(add(tags(2, 48))).resolves.toBeDefined();
    expect(connections.find(ResourceArn!)!.tags.size).toBe(50);
  });
});

test('a deleted connection is not found, and its ARN is not reused', async () => {
  const { ConnectionArn } = await create();
  await client().send(new DeleteConnectionCommand({ ConnectionArn }));

  await expect(get(ConnectionArn!)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(client().send(new DeleteConnectionCommand({ ConnectionArn }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect((await create()).ConnectionArn).not.toBe(ConnectionArn);
});
