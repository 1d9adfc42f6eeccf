import { CodeBuildClient, ListSourceCredentialsCommand } from '@aws-sdk/client-codebuild';
import { isRefusal } from '../../../lambda/aws/call';
import { beforeEachAttempt, clientConfig, clients } from '../../../lambda/aws/client';
import { LoopbackServer, Reply } from '../../../simulator';
import { REGION } from '../invocation';

/* How a client interprets the replies of a service and the environment. */

const VARIABLES = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'session' };

let replies: Reply[];
let requests: Record<string, string | string[] | undefined>[];
const server = new LoopbackServer(async ({ headers }) => {
  requests.push(headers);
  return replies.length > 1 ? replies.shift()! : replies[0];
});

beforeAll(async () => server.start());
afterAll(async () => server.stop());
beforeEach(() => {
  requests = [];
  Object.assign(process.env, VARIABLES, { AWS_ENDPOINT_URL: server.endpoint });
  // The SDK pauses for a random part of the longest pause.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  jest.restoreAllMocks();
  const changed = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_CODEBUILD', 'AWS_MAX_ATTEMPTS', 'AWS_RETRY_MODE'];
  for (const name of [...Object.keys(VARIABLES), ...changed]) delete process.env[name];
});

const reply = (status: number, body: string, headers = {}): Reply => ({ status, headers, body });
const SERVICE_FAILS = reply(500, '{"__type":"InternalServiceError"}');
const DONE = reply(200, '{"sourceCredentialsInfos":[]}');

/** Sends a request with a new client, which reads the current environment. */
async function send(abortSignal = new AbortController().signal, act?: () => Promise<void>) {
  const client = clients(() => new CodeBuildClient(clientConfig(REGION)))();
  const command = new ListSourceCredentialsCommand({});
  if (act) command.middlewareStack.use(beforeEachAttempt(act));
  return client.send(command, { abortSignal });
}

test('there is one client for each region, so that connections are reused', () => {
  const client = clients((region: string) => new CodeBuildClient(clientConfig(region)));
  expect(client('eu-west-1')).toBe(client('eu-west-1'));
  expect(client('eu-west-1')).not.toBe(client('eu-west-2'));
});

test('a request is signed with Lambda\'s credentials, and names its sender', async () => {
  replies = [DONE];
  await send();
  expect(requests[0]).toMatchObject({
    'authorization': expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/us-east-1\/codebuild\//),
    'user-agent': expect.stringContaining('cdk-codebuild-source-credentials'),
    'x-amz-security-token': 'session',
    'x-amz-target': 'CodeBuild_20161006.ListSourceCredentials',
  });
});

test('the environment sets the endpoints, and a service\'s variable takes precedence over the common one', async () => {
  replies = [DONE];
  Object.assign(process.env, { AWS_ENDPOINT_URL: 'http://localhost:1', AWS_ENDPOINT_URL_CODEBUILD: server.endpoint });
  await expect(send()).resolves.toMatchObject({ sourceCredentialsInfos: [] });
});

describe('a reply', () => {
  test.each([
    ['its type', reply(400, '{"__type":"com.amazonaws.codebuild#InvalidInputException","message":"no"}'), 'InvalidInputException', 'no', 'client'],
    ['its header', reply(400, '{"Message":"no"}', { 'x-amzn-errortype': 'InvalidInputException:http://internal/' }), 'InvalidInputException', 'no', 'client'],
    ['a type that no model declares', reply(400, '{"__type":"AccessDeniedException","Message":"no"}'), 'AccessDeniedException', 'no', 'client'],
    ['its status, from a gateway', reply(501, '<html>'), 'UnknownError', 'HTTP status 501', 'server'],
    ['its status, without any content', reply(403, 'null'), 'UnknownError', 'HTTP status 403', 'client'],
  ])('is recognized as an error by %s', async (_, answer, name, message, $fault) => {
    replies = [answer];
    await expect(send()).rejects.toMatchObject({ name, message, $fault });
    expect(requests).toHaveLength(1);
  });

  test('with a refusal is not retried', async () => {
    replies = [reply(400, '{"__type":"InvalidInputException"}')];
    await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 400, attempts: 1 } });
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['throttling', reply(400, '{"__type":"ThrottlingException"}')],
    ['an error of the service', SERVICE_FAILS],
    ['an error of a gateway', reply(503, '<html>')],
    ['a broken connection', 'reset' as const],
  ])('is retried after %s', async (_, answer) => {
    replies = [answer, DONE];
    await expect(send()).resolves.toMatchObject({ $metadata: { attempts: 2 } });
    expect(requests).toHaveLength(2);
  });

  test('with an error is retried four times at most', async () => {
    replies = [SERVICE_FAILS];
    await expect(send()).rejects.toMatchObject({ name: 'InternalServiceError', $metadata: { attempts: 5 } });
    expect(requests).toHaveLength(5);
  });

  test('is not awaited after the deadline', async () => {
    replies = ['never'];
    await expect(send(AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'AbortError' });
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['an error of the service', SERVICE_FAILS, 'InternalServiceError'],
    ['an error of a gateway', reply(503, '<html>'), 'UnknownError'],
  ])('with %s is the thrown error if the time is up before the next attempt', async (_, answer, name) => {
    replies = [answer];
    const time = new AbortController();
    // The SDK calls this when it starts to wait for the next attempt.
    jest.spyOn(Math, 'random').mockImplementation(() => {
      if (requests.length === 1) time.abort();
      return 1;
    });

    await expect(send(time.signal)).rejects.toMatchObject({ name });
    expect(requests).toHaveLength(1);
  });
});

describe('the environment', () => {
  test.each(['1', '3'])('sets with AWS_MAX_ATTEMPTS=%s how often a request is sent', async (attempts) => {
    process.env.AWS_MAX_ATTEMPTS = attempts;
    replies = [SERVICE_FAILS];
    await expect(send()).rejects.toMatchObject({ name: 'InternalServiceError', $metadata: { attempts: Number(attempts) } });
    expect(requests).toHaveLength(Number(attempts));
  });

  test.each([
    ['standard', 'E'],
    ['adaptive', 'F'],
  ])('sets with AWS_RETRY_MODE=%s how it is retried', async (mode, feature) => {
    process.env.AWS_RETRY_MODE = mode;
    replies = [reply(400, '{"__type":"ThrottlingException"}'), DONE];
    await expect(send()).resolves.toMatchObject({ $metadata: { attempts: 2 } });
    // In the user agent, the SDK names each feature in use by a letter.
    expect(requests[0]['user-agent']).toMatch(new RegExp(` m/([A-Z]+,)*${feature}\\b`));
  });
});

describe('a callback before each attempt', () => {
  test('also runs before the SDK\'s retries', async () => {
    const order: string[] = [];
    replies = [SERVICE_FAILS, DONE];
    await send(undefined, async () => { order.push(`before ${requests.length + 1}`); });
    expect(order).toEqual(['before 1', 'before 2']);
  });

  test('prevents the attempt by throwing, and its error is thrown', async () => {
    replies = [SERVICE_FAILS];
    const act = jest.fn().mockResolvedValueOnce(undefined).mockRejectedValue(new Error('superseded'));
    await expect(send(undefined, act)).rejects.toThrow('superseded');
    expect(requests).toHaveLength(1);
  });
});

test.each([
  ['a refusal', reply(400, '{"__type":"InvalidInputException"}'), true],
  ['a refusal by a gateway', reply(403, '<html>'), true],
  ['throttling', reply(400, '{"__type":"ThrottlingException"}'), false],
  ['an error of the service', SERVICE_FAILS, false],
  ['an error of a gateway', reply(501, '<html>'), false],
  ['a broken connection', 'reset' as const, false],
])('isRefusal tells whether a refusal is permanent: %s', async (_, answer, isFinal) => {
  process.env.AWS_MAX_ATTEMPTS = '1';
  replies = [answer];
  const error: unknown = await send().catch((thrown) => thrown);
  expect(isRefusal(error)).toBe(isFinal);
});
