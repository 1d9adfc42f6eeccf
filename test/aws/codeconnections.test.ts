import { CodeStarConnectionsClient, GetConnectionCommand } from '@aws-sdk/client-codestar-connections';
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

function get(ConnectionArn: string, principal: Principal = new Administrator(), region = 'eu-west-1') {
  const client = new CodeStarConnectionsClient({ endpoint: aws.endpoint, region, credentials: aws.credentialsFor(principal), maxAttempts: 1 });
  return client.send(new GetConnectionCommand({ ConnectionArn }));
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

test('the status changes as the handshake goes on', async () => {
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
