import { NodeHttpHandler } from '@smithy/node-http-handler';
import { ListSourceCredentialsCommand } from '../../../lambda/aws/commands';
import { Service, ServiceError } from '../../../lambda/aws/service';
import { LoopbackServer, Reply } from '../../../simulator';
import { REGION } from '../invocation';

const DEFINITION = { name: 'codebuild', target: 'CodeBuild_20161006', jsonVersion: '1.1' } as const;
const VARIABLES = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key' };

beforeEach(() => { Object.assign(process.env, VARIABLES); });
afterEach(() => {
  for (const name of [...Object.keys(VARIABLES), 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_CODEBUILD']) delete process.env[name];
});

async function send(region = REGION, abortSignal = new AbortController().signal): Promise<unknown> {
  return new Service(DEFINITION, region).send(new ListSourceCredentialsCommand({}), { abortSignal });
}

describe.each([
  ['us-east-1', 'codebuild.us-east-1.amazonaws.com'],
  ['us-gov-west-1', 'codebuild.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'codebuild.cn-north-1.amazonaws.com.cn'],
  ['us-iso-east-1', 'codebuild.us-iso-east-1.c2s.ic.gov'],
  // A region that is newer than this release.
  ['eu-south-9', 'codebuild.eu-south-9.amazonaws.com'],
])('in %s', (region, hostname) => {
  test('a service is at the address of its partition', async () => {
    const handle = jest.spyOn(NodeHttpHandler.prototype, 'handle').mockRejectedValue(new Error('not sent'));
    try {
      await expect(send(region)).rejects.toThrow('not sent');
      expect(handle.mock.calls[0][0]).toMatchObject({ protocol: 'https:', hostname, path: '/', headers: { host: hostname } });
    } finally {
      handle.mockRestore();
    }
  });
});

test('a service is where the environment says, and its own variable comes before that of all', async () => {
  const server = new LoopbackServer(async () => ({ status: 200, headers: {}, body: '{"from":"its own"}' }));
  await server.start();
  Object.assign(process.env, { AWS_ENDPOINT_URL: 'http://localhost:1', AWS_ENDPOINT_URL_CODEBUILD: server.endpoint });
  try {
    await expect(send()).resolves.toEqual({ from: 'its own' });
  } finally {
    await server.stop();
  }
});

describe('a reply', () => {
  let replies: Reply[];
  let requests: number;
  const server = new LoopbackServer(async () => {
    requests += 1;
    return replies.length > 1 ? replies.shift()! : replies[0];
  });

  beforeAll(async () => server.start());
  afterAll(async () => server.stop());
  beforeEach(() => {
    requests = 0;
    process.env.AWS_ENDPOINT_URL = server.endpoint;
  });

  const reply = (status: number, body: string, headers = {}): Reply => ({ status, headers, body });

  test('is given back as it is', async () => {
    replies = [reply(200, '{"sourceCredentialsInfos":[]}')];
    await expect(send()).resolves.toEqual({ sourceCredentialsInfos: [] });
  });

  test('may be empty', async () => {
    replies = [reply(200, '')];
    await expect(send()).resolves.toEqual({});
  });

  test.each([
    ['its type', reply(400, '{"__type":"com.amazonaws.codebuild#InvalidInputException","message":"no"}'), 'InvalidInputException', 'no', 'client'],
    ['its header', reply(400, '{"Message":"no"}', { 'x-amzn-errortype': 'InvalidInputException:http://internal/' }), 'InvalidInputException', 'no', 'client'],
    ['its status, where a gateway answers', reply(501, '<html>'), 'UnknownError', 'HTTP status 501', 'server'],
    ['its status, where it says nothing', reply(403, 'null'), 'UnknownError', 'HTTP status 403', 'client'],
  ])('that is an error is known by %s', async (_, answer, name, message, $fault) => {
    replies = [answer];
    const error = await send().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ name, message, $fault });
  });

  test('that refuses the request counts as one attempt', async () => {
    replies = [reply(400, '{"__type":"InvalidInputException"}')];
    await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 400, attempts: 1 } });
    expect(requests).toBe(1);
  });

  test.each([
    ['throttling', reply(400, '{"__type":"ThrottlingException"}')],
    ['an error of the service', reply(500, '{"__type":"InternalServiceError"}')],
    ['a gateway', reply(503, '<html>')],
    ['a connection that breaks', 'reset' as const],
  ])('that is %s is asked for again', async (_, answer) => {
    replies = [answer, reply(200, '{}')];
    await expect(send()).resolves.toEqual({});
    expect(requests).toBe(2);
  });

  test('that is no better the fifth time is the last one', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    replies = [reply(500, '{"__type":"InternalServiceError"}')];
    await expect(send()).rejects.toMatchObject({ name: 'InternalServiceError', $metadata: { attempts: 5 } });
    expect(requests).toBe(5);
    jest.restoreAllMocks();
  });

  test.each([
    ['before it comes', ['never' as const]],
    ['before the next attempt', [reply(500, '{"__type":"InternalServiceError"}')]],
  ])('is not waited for when the time is up %s', async (_, answers) => {
    replies = answers;
    const started = Date.now();
    await expect(send(REGION, AbortSignal.timeout(100))).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(requests).toBeLessThan(5);
  });
});
