import { Aws } from './aws';
import { Administrator } from './principals';
import { call, RequestOptions, send, signRequest } from './signed-request';

let aws: Aws;
let list: RequestOptions;

beforeAll(async () => {
  aws = await Aws.start();
  list = {
    endpoint: aws.endpoint,
    credentials: aws.credentialsFor(new Administrator()),
    target: 'CodeBuild_20161006.ListSourceCredentials',
    service: 'codebuild',
    body: {},
  };
});
afterAll(() => aws.stop());

test('answers a signed request', async () => {
  const response = await call(list);

  expect(response.status).toBe(200);
  expect(response.body).toEqual({ sourceCredentialsInfos: [] });
  expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
});

test('returns errors in the format of AWS JSON 1.1', async () => {
  const { headers: { authorization, ...headers }, ...request } = await signRequest(list);
  const response = await send(aws.endpoint, { ...request, headers });

  expect(response.status).toBe(400);
  expect(response.body).toEqual({ __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' });
  expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['another secret access key', async () => call({ ...list, credentials: { ...list.credentials, secretAccessKey: 'wrong' } })],
  ['a body other than the signed one', async () => send(aws.endpoint, { ...await signRequest(list), body: '{ }' })],
  ['a target other than the signed one', async () => {
    const request = await signRequest(list);
    return send(aws.endpoint, { ...request, headers: { ...request.headers, 'x-amz-target': 'CodeBuild_20161006.DeleteSourceCredentials' } });
  }],
  ['an unsigned x-amz- header', async () => {
    const request = await signRequest(list);
    return send(aws.endpoint, { ...request, headers: { ...request.headers, 'x-amz-added': 'later' } });
  }],
])('%s is an InvalidSignatureException', async (_, request) => {
  expect((await request()).body).toMatchObject({ __type: 'InvalidSignatureException' });
});

test("a signature for a service other than the target's is an InvalidSignatureException", async () => {
  expect((await call({ ...list, service: 'secretsmanager' })).body).toEqual({
    __type: 'InvalidSignatureException',
    message: "Credential should be scoped to correct service: 'codebuild'. ",
  });
});

test.each([
  ['an unknown access key', { accessKeyId: 'ASIAUNKNOWN' }],
  ['another session token', { sessionToken: 'wrong' }],
  ['no session token', { sessionToken: undefined as unknown as string }],
])('%s is an UnrecognizedClientException', async (_, wrong) => {
  const response = await call({ ...list, credentials: { ...list.credentials, ...wrong } });

  expect(response.body).toMatchObject({ __type: 'UnrecognizedClientException' });
});

test('an authorization header of another kind is an IncompleteSignatureException', async () => {
  const request = await signRequest(list);
  const response = await send(aws.endpoint, { ...request, headers: { ...request.headers, authorization: 'Basic YTpi' } });

  expect(response.body).toMatchObject({ __type: 'IncompleteSignatureException' });
});

test('records requests in order, including refused ones', async () => {
  const before = aws.requests.length;
  await call({ ...list, region: 'us-east-1' });
  await call({ ...list, credentials: { ...list.credentials, secretAccessKey: 'wrong' } });

  expect(aws.requests.slice(before)).toEqual([
    {
      service: 'codebuild',
      operation: 'ListSourceCredentials',
      target: 'CodeBuild_20161006.ListSourceCredentials',
      account: '111111111111',
      region: 'us-east-1',
      accessKeyId: list.credentials.accessKeyId,
      body: {},
      status: 200,
    },
    {
      service: 'codebuild',
      operation: 'ListSourceCredentials',
      target: 'CodeBuild_20161006.ListSourceCredentials',
      body: {},
      status: 400,
      errorType: 'InvalidSignatureException',
    },
  ]);
});
