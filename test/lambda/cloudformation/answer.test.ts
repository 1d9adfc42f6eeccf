import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { Answer, encodeAnswer, putAnswer } from '../../../lambda/cloudformation/answer';
import { Aws } from '../../../simulator';
import { invokeInFastTime } from '../built-handler';
import { ACCOUNT, REGION } from '../invocation';

const ANSWER: Answer = {
  Status: 'FAILED',
  Reason: 'it did not work',
  PhysicalResourceId: 'GITHUB/1',
  StackId: 'arn:aws:cloudformation:us-east-1:111111111111:stack/Infrastructure/00000000-0000-4000-8000-000000000000',
  RequestId: '00000000-0000-4000-8000-000000000001',
  LogicalResourceId: 'GitHub',
};

describe('an answer that is too long', () => {
  test.each([
    ['letters', 'a', 3_600],
    ['umlauts', 'ü', 1_800],
    ['emoji', '🔑', 900],
    ['quotes, which JSON writes with a backslash', '"', 1_800],
    ['control characters, which JSON writes with six', '\u0001', 600],
    ['halves of surrogate pairs', '\ud83d', 600],
  ])('is shortened at a character boundary: %s', (_, character, atLeast) => {
    const body = encodeAnswer({ ...ANSWER, Reason: character.repeat(10_000) });
    const { Reason, ...others } = JSON.parse(body.toString());

    expect(body.length).toBeLessThanOrEqual(4_096);
    expect(Reason).toMatch(new RegExp(`^(${character})+…$`, 'u'));
    expect([...Reason].length).toBeGreaterThan(atLeast);
    expect({ ...others, Reason: ANSWER.Reason }).toEqual(ANSWER);
  });

  test('is shortened by no more than necessary, whatever its reason', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 500, maxLength: 6_000, size: 'max' }), (reason) => {
      const whole = Buffer.byteLength(JSON.stringify({ ...ANSWER, Reason: reason }));
      const body = encodeAnswer({ ...ANSWER, Reason: reason });
      expect(body.length).toBeLessThanOrEqual(4_096);
      expect(body.length).toBeGreaterThan(Math.min(whole, 4_050) - 1);
      const kept = JSON.parse(body.toString()).Reason.replace(/…$/, '');
      expect(reason.startsWith(kept)).toBe(true);
      expect(kept).not.toMatch(/\p{Surrogate}/u);
    }), { numRuns: 50 });
  });

  test.each(['', undefined])('because of its ids alone is sent unchanged (reason: %j)', (Reason) => {
    const answer = { ...ANSWER, Reason, PhysicalResourceId: 'x'.repeat(5_000) };
    expect(JSON.parse(encodeAnswer(answer).toString())).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  test('because of its ids is sent without its reason', () => {
    const body = encodeAnswer({ ...ANSWER, PhysicalResourceId: 'x'.repeat(5_000) });
    expect(JSON.parse(body.toString()).Reason).toBe('…');
  });
});

describe('a PUT', () => {
  let aws: Aws;
  let log: jest.SpyInstance;

  beforeAll(async () => { aws = await Aws.start(); });
  afterAll(async () => aws.stop());
  beforeEach(() => {
    aws.faults.clear();
    log = jest.spyOn(console, 'log').mockImplementation();
  });
  afterEach(() => log.mockRestore());

  const problems = () => log.mock.calls.map(([line]) => JSON.parse(line).problem);
  const put = async (url: string, milliseconds: number) => {
    const endsAt = Date.now() + milliseconds;
    await putAnswer(new URL(url), ANSWER, () => endsAt - Date.now());
  };

  test('has the body, its length, and an empty content type, as the URL is signed', async () => {
    const answerUrl = aws.answerUrl();
    const body = { ...ANSWER, Reason: 'ü🔑' };
    await putAnswer(new URL(answerUrl.url), body, () => 10_000);

    const { raw, headers } = await answerUrl.first(1_000);
    expect(raw.toString()).toBe(JSON.stringify(body));
    expect(headers).toMatchObject({ 'content-type': '', 'content-length': String(Buffer.byteLength(JSON.stringify(body))) });
    expect(problems()).toEqual([]);
  });

  test.each([
    ['answered 500 twice', 'serverError', 'HTTP status 500'],
    ['throttled twice', 'throttle', 'HTTP status 503'],
    ['cut off twice', 'reset', 'ECONNRESET'],
  ] as const)('is tried again when it is %s', async (_, kind, problem) => {
    aws.faults.add({ operation: 'PutAnswer', kind, times: 2 });
    const answerUrl = aws.answerUrl();
    await put(answerUrl.url, 10_000);

    expect(answerUrl.answers).toHaveLength(1);
    expect(answerUrl.answers[0].body).toEqual(ANSWER);
    expect(problems()).toEqual([problem, problem]);
  });

  test('is abandoned in time, without revealing the URL', async () => {
    aws.faults.add({ operation: 'PutAnswer', kind: 'serverError', times: 100 });
    await expect(put(aws.answerUrl().url, 2_000)).rejects.toThrow(/^the answer could not be delivered to CloudFormation: HTTP status 500$/);
    expect(problems().length).toBeGreaterThan(1);
  });

  test('that S3 refuses is reported with the likely cause, without the URL', async () => {
    const url = new URL(aws.answerUrl().url);
    url.searchParams.set('X-Amz-Signature', '0'.repeat(64));
    await expect(put(url.href, 1_500)).rejects.toThrow(/HTTP status 403: the URL has expired, or the policy of an S3 endpoint .* does not allow s3:PutObject on cloudformation-custom-resource-response/);
    expect(JSON.stringify(log.mock.calls)).not.toContain('X-Amz');
  });

  test('without a server is abandoned with the code of the network error', async () => {
    await expect(put('https://127.0.0.1:1/answer?X-Amz-Signature=a', 2_000)).rejects.toThrow(/^the answer could not be delivered to CloudFormation: ECONNREFUSED$/);
    expect(JSON.stringify(log.mock.calls)).not.toContain('X-Amz');
  });

  test('succeeds with the status, even if the rest of the response never comes', async () => {
    const server: Server = createServer((request, response) => request.resume().on('end', () => response.writeHead(200, { 'content-length': 10 }).flushHeaders()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await put(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 1_300);
    // Wait until the attempt would have timed out: that must not throw either.
    await new Promise((resolve) => setTimeout(resolve, 400));

    expect(problems()).toEqual([]);
    server.closeAllConnections();
    server.close();
  });
});

test.concurrent('a PUT that is never answered ends, and again, and then throws in time, for Lambda to try again', async () => {
  const outcome = await invokeInFastTime({
    RequestType: 'Delete',
    PhysicalResourceId: 'GITHUB/1',
    ResourceProperties: { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' },
    timeoutSeconds: 11,
    prepare: (aws) => aws.faults.add({ operation: 'PutAnswer', kind: 'never', times: 100 }),
  });

  expect(outcome.answers).toEqual([]);
  expect(outcome.error).toContain('the answer could not be delivered to CloudFormation: no response');
  expect(outcome.error).not.toContain('X-Amz');
  expect(outcome.logs.filter((line) => line.includes('"problem":"no response"'))).toHaveLength(2);
});

test.concurrent('a PUT that is answered at the third try is one answer', async () => {
  const { answers, aws, error, event } = await invokeInFastTime({
    RequestType: 'Create',
    ResourceProperties: { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' },
    prepare(prepared) {
      prepared.region(ACCOUNT, REGION).secrets.create({ name: 'ci/github', value: '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' });
      prepared.faults.add({ operation: 'PutAnswer', kind: 'never' });
      prepared.faults.add({ operation: 'PutAnswer', kind: 'serverError' });
    },
  });

  expect(error).toBeUndefined();
  expect(answers.map(({ body }) => body)).toEqual([{
    Status: 'SUCCESS',
    PhysicalResourceId: `GITHUB/${event.RequestId}`,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: { SourceCredentialsArn: `arn:aws:codebuild:${REGION}:${ACCOUNT}:token/github` },
  }]);
  expect(aws.requests.filter(({ operation }) => operation === 'ImportSourceCredentials')).toHaveLength(1);
});
