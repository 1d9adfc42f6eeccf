import { AnswerUrl } from './answer-url';
import { Aws } from './aws';

const ANSWER = {
  Status: 'SUCCESS',
  PhysicalResourceId: 'a-physical-id',
  StackId: 'arn:aws:cloudformation:eu-west-1:111111111111:stack/name/id',
  RequestId: 'a-request-id',
  LogicalResourceId: 'ALogicalId',
};

let aws: Aws;
let answerUrl: AnswerUrl;

beforeEach(async () => {
  aws = await Aws.start();
  answerUrl = aws.answerUrl();
});
afterEach(() => aws.stop());

function put(body: unknown, url = answerUrl.url, method = 'PUT'): Promise<Response> {
  return fetch(url, { method, body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': '' } });
}

test('keeps the bytes of an answer and the parsed answer', async () => {
  const first = answerUrl.first(1000);
  expect((await put(ANSWER)).status).toBe(200);

  const answer = await first;
  expect(answer.raw.toString()).toBe(JSON.stringify(ANSWER));
  expect(answer.body).toEqual(ANSWER);
  expect(answer.refused).toBeUndefined();
  expect(aws.requests).toEqual([]);
});

test('each URL has its own answers', async () => {
  const other = aws.answerUrl();
  await put(ANSWER);
  await put({ ...ANSWER, Status: 'FAILED' });

  expect(answerUrl.answers.map(({ body }) => body?.Status)).toEqual(['SUCCESS', 'FAILED']);
  await expect(answerUrl.first(0)).resolves.toBe(answerUrl.answers[0]);
  expect(other.answers).toEqual([]);
});

test('rejects if no answer arrives in time', async () => {
  await expect(answerUrl.first(50)).rejects.toThrow('no answer within 50 ms');
});

test.each([
  ['too long', { ...ANSWER, Reason: 'x'.repeat(4096) }, /^the answer has 4\d{3} bytes, and CloudFormation accepts 4096$/],
  ['too long in bytes, not in characters', { ...ANSWER, Reason: 'ä'.repeat(2000) }, /and CloudFormation accepts 4096$/],
  ['not JSON', 'SUCCESS', /^the answer is not JSON$/],
  ['null', 'null', /^the answer has neither the Status SUCCESS nor FAILED$/],
  ['of an unknown status', { ...ANSWER, Status: 'OK' }, /^the answer has neither the Status SUCCESS nor FAILED$/],
  ['without ids', { Status: 'FAILED', StackId: '' }, /^the answer lacks StackId, RequestId, LogicalResourceId, PhysicalResourceId$/],
])('S3 stores an answer that is %s, which CloudFormation cannot use', async (_, body, refused) => {
  expect((await put(body)).status).toBe(200);

  expect(answerUrl.answers).toMatchObject([{ refused: expect.stringMatching(refused) }]);
  expect(answerUrl.answers[0].body).toBeUndefined();
});

test('accepts an answer of exactly 4096 bytes', async () => {
  const empty = Buffer.byteLength(JSON.stringify({ ...ANSWER, Reason: '' }));
  await put({ ...ANSWER, Reason: 'x'.repeat(4096 - empty) });

  expect(answerUrl.answers).toMatchObject([{ body: { Status: 'SUCCESS' } }]);
});

test.each([
  ['another method', () => put(ANSWER, answerUrl.url, 'POST')],
  ['a decoded path', () => put(ANSWER, answerUrl.url.replace(/%3A/g, ':'))],
  ['another query', () => put(ANSWER, answerUrl.url.slice(0, -1))],
])('%s does not match the signature of the URL', async (_, request) => {
  const response = await request();

  expect(response.status).toBe(403);
  expect(await response.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
  expect(answerUrl.answers).toEqual([]);
});

test('S3 refuses a body without a content length', async () => {
  const body = new ReadableStream({ start: (stream) => { stream.enqueue(Buffer.from('{}')); stream.close(); } });
  const response = await fetch(answerUrl.url, { method: 'PUT', body, duplex: 'half' } as RequestInit);

  expect(response.status).toBe(411);
});

test.each([
  ['throttle', 503],
  ['serverError', 500],
  ['accessDenied', 403],
] as const)('the fault %s returns status %i and stores nothing', async (kind, status) => {
  aws.faults.add({ operation: 'PutAnswer', kind });

  expect((await put(ANSWER)).status).toBe(status);
  expect(answerUrl.answers).toEqual([]);
  expect((await put(ANSWER)).status).toBe(200);
});

test('breaks the connection before or after it stores the answer', async () => {
  aws.faults.add({ operation: 'PutAnswer', kind: 'reset' });
  aws.faults.add({ operation: 'PutAnswer', kind: 'resetAfterApply' });

  await expect(put(ANSWER)).rejects.toThrow();
  expect(answerUrl.answers).toHaveLength(0);
  await expect(put(ANSWER)).rejects.toThrow();
  expect(answerUrl.answers).toHaveLength(1);
});

test('a request that is never answered fails when the server stops', async () => {
  aws.faults.add({ operation: 'PutAnswer', kind: 'never' });
  const pending = expect(put(ANSWER)).rejects.toThrow();
  await expect(answerUrl.first(200)).rejects.toThrow('no answer');

  await aws.stop();
  await pending;
  aws = await Aws.start();
});
