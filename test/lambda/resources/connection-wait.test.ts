import { Aws, ConnectionStatus } from '../../../simulator';
import { useAccount } from '../account';
import { ACCOUNT, invoke, REGION } from '../invocation';

/* The wait for a connection's handshake. */

let aws: Aws;

useAccount((started) => { aws = started; });

const connections = () => aws.region(ACCOUNT, REGION).connections;
const pages = `https://${REGION}.console.aws.amazon.com/codesuite/settings/connections?region=${REGION}`;

function create(status: ConnectionStatus): string {
  return connections().create({ name: 'gitlab', providerType: 'GitLab', status });
}

async function waitAndLog(ConnectionArn: string, TimeoutSeconds: unknown, RequestType = 'Create') {
  return invoke(aws, {
    RequestType, ResourceType: 'Custom::CodeConnectionsWait', ResourceProperties: { ConnectionArn, TimeoutSeconds }, PhysicalResourceId: RequestType === 'Create' ? undefined : 'an-id',
  });
}

async function wait(...request: Parameters<typeof waitAndLog>) {
  const { answer } = await waitAndLog(...request);
  return answer;
}

test.each(['Create', 'Update'])('%s succeeds immediately if the connection is available', async (requestType) => {
  const arn = create('AVAILABLE');
  expect(await wait(arn, '840', requestType)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: arn });
  expect(aws.requests).toHaveLength(1);
});

test('it succeeds when a person completes the handshake', async () => {
  const arn = create('PENDING');
  const answer = wait(arn, '1');
  setTimeout(() => connections().setStatus(arn, 'AVAILABLE'), 200);
  expect(await answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: arn });
});

test('it logs once where to complete the handshake', async () => {
  const arn = create('PENDING');
  // The wait has two pauses, a long and a short one.
  const { logs } = await waitAndLog(arn, '6');
  expect(logs.filter(({ level }) => level === 'info')).toContainEqual({
    level: 'info', message: 'waiting for the handshake: complete it at the handshakeUrl', connectionArn: arn, handshakeUrl: pages, seconds: 6,
  });
  expect(logs.filter(({ handshakeUrl }) => handshakeUrl)).toHaveLength(1);
});

test('it fails after the timeout, and says where to complete the handshake', async () => {
  const arn = create('PENDING');
  expect(await wait(arn, '1')).toMatchObject({
    Status: 'FAILED', Reason: `connection ${arn} is still PENDING after 1 seconds. Complete its handshake at ${pages}, then deploy again: the connection is kept (log stream a-log-stream)`,
  });
});

test('it fails immediately if the handshake failed', async () => {
  const arn = create('ERROR');
  expect((await wait(arn, '840')).Reason).toContain(`connection ${arn} is in status ERROR. Repair it at ${pages}, then deploy again`);
});

test('its time limit does not depend on that of other requests', async () => {
  process.env.TIMEOUT_SECONDS = '1';
  try {
    expect((await wait(create('PENDING'), '2')).Reason).toContain('is still PENDING after 2 seconds');
  } finally {
    delete process.env.TIMEOUT_SECONDS;
  }
});

test.each(['0', '-1', '841', '1.5', 'long', '1e9'])('an invalid timeout is refused first: %s', async (seconds) => {
  expect((await wait(create('AVAILABLE'), seconds)).Reason).toContain('property TimeoutSeconds must be a number from 1 to 840');
  expect(aws.requests).toEqual([]);
});

test('a Delete has nothing to do', async () => {
  expect(await wait(create('PENDING'), '1', 'Delete')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'an-id' });
  expect(aws.requests).toEqual([]);
});
