import { callAws, errorText } from '../../../lambda/aws/call';
import { Deadline } from '../../../lambda/deadline';
import { SecretText } from '../../../lambda/secret-text';
import { AuthorizationRequest, Aws } from '../../../simulator';
import { FastInvocation, FastOutcome, invokeInFastTime } from '../built-handler';
import { ACCOUNT, REGION } from '../invocation';
import { CANARY, changes } from '../refusal';

/* In these tests, waiting takes no real time. */

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/a-key`;
const CONNECTION = `arn:aws:codeconnections:${REGION}:222222222222:connection/00000000-0000-4000-8000-000000000001`;
const TOKEN = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' };

type Fault = Parameters<Aws['faults']['add']>[0];

/** Sends a Create of an existing token, with these faults. */
function create(faults: readonly Fault[], others: Partial<FastInvocation> = {}): Promise<FastOutcome> {
  return invokeInFastTime({
    RequestType: 'Create',
    ResourceProperties: TOKEN,
    prepare(aws) {
      aws.region(ACCOUNT, REGION).secrets.create({ name: 'ci/github', value: CANARY, kmsKeyArn: KEY });
      aws.region('222222222222', REGION).connections.create({ name: 'not shared', providerType: 'GitHub' });
      faults.forEach((fault) => aws.faults.add(fault));
    },
    ...others,
  });
}

/** Expects one answer within Lambda's timeout and without the secret; returns it. */
function answerOf({ answers, error, logs }: FastOutcome) {
  expect(error).toBeUndefined();
  expect(answers).toHaveLength(1);
  expect([answers[0].raw.toString(), ...logs].join()).not.toContain(CANARY);
  return answers[0].body!;
}

const calls = ({ aws }: FastOutcome, operation: string) => aws.requests.filter((request) => request.operation === operation).length;

test.concurrent.each([
  ['reading', 'secretsmanager:GetSecretValue'],
  ['decrypting', 'kms:Decrypt'],
  ['importing', 'codebuild:ImportSourceCredentials'],
])('waits for a permission for %s that takes 40 seconds to propagate', async (_, action) => {
  const outcome = await create([], { isAllowed: (request, second) => request.action !== action || second > 40 });

  expect(answerOf(outcome).Status).toBe('SUCCESS');
  expect(outcome.seconds).toBeGreaterThan(39);
  expect(outcome.aws.region(ACCOUNT, REGION).sourceCredentials.held('GITHUB')).toMatchObject({ token: CANARY });
});

const without = (action: string) => ({ isAllowed: (request: AuthorizationRequest) => request.action !== action });
const FIX = 'Check the name or ARN. With a customer-managed key, pass encryptionKey. From another account, allow this role in the policies of the secret and its key';

test.concurrent.each([
  ['to read the secret', without('secretsmanager:GetSecretValue'), 'GetSecretValue',
    /^secret ci\/github in us-east-1 may not be read: AccessDeniedException: User: .* secretsmanager:GetSecretValue .*\. /, FIX],
  ['to use the key', without('kms:Decrypt'), 'GetSecretValue',
    /^secret ci\/github in us-east-1 may not be read: AccessDeniedException: Access to KMS is not allowed\. /, 'Allow this role kms:Decrypt on the key of the secret: pass encryptionKey'],
  ['to read a connection that is not shared', { ResourceProperties: { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn: CONNECTION } }, 'GetConnection',
    /^connection arn:.* cannot be read: AccessDeniedException: /, 'If it belongs to another account, share it with this one'],
  ['to import', without('codebuild:ImportSourceCredentials'), 'ImportSourceCredentials',
    /^CodeBuild in us-east-1 did not import the GITHUB credential \(PERSONAL_ACCESS_TOKEN\): AccessDeniedException: /, ''],
] as const)('the handler waits at most a minute for a missing permission %s', async (_, others, operation, what, fix) => {
  const outcome = await create([], others);
  const { Status, Reason } = answerOf(outcome);

  expect(Status).toBe('FAILED');
  expect(Reason).toMatch(what);
  expect(Reason).toContain(fix);
  expect(outcome.seconds).toBeGreaterThan(50);
  // One minute, plus the duration of one call on a busy machine.
  expect(outcome.seconds).toBeLessThan(75);
  expect(calls(outcome, operation)).toBeGreaterThan(5);
  expect(outcome.aws.region(ACCOUNT, REGION).sourceCredentials.list()).toEqual([]);
});

const NO_REPLY = 'Check that the function can reach AWS: in a VPC it needs a NAT gateway or endpoints';

test.concurrent.each([
  ['serverError', 'GetSecretValue', 'secret ci/github in us-east-1 cannot be read: InternalServiceError: An error occurred on the server side'],
  ['reset', 'GetSecretValue', `secret ci/github in us-east-1 cannot be read: no reply (ECONNRESET). ${NO_REPLY}`],
  ['never', 'GetSecretValue', `secret ci/github in us-east-1 cannot be read: no reply (ETIMEDOUT). ${NO_REPLY}`],
  ['reset', 'ImportSourceCredentials', `CodeBuild in us-east-1 did not import the GITHUB credential (PERSONAL_ACCESS_TOKEN): no reply (ECONNRESET). ${NO_REPLY}`],
] as const)('four times %s of %s are retried successfully, but not endless ones', async (kind, operation, reason) => {
  const [retried, endless] = await Promise.all([
    create([{ kind, operation, times: 4 }]),
    create([{ kind, operation, times: 100 }]),
  ]);

  expect(answerOf(retried).Status).toBe('SUCCESS');
  expect(answerOf(endless)).toMatchObject({ Status: 'FAILED', Reason: `${reason} (log stream a-log-stream)` });
  expect(calls(endless, operation)).toBe(5);
  expect(endless.aws.region(ACCOUNT, REGION).sourceCredentials.list()).toEqual([]);
});

test.concurrent.each(['GetParametersByPath', 'PutParameter', 'GetSecretValue', 'ImportSourceCredentials'])(
  'throttling of %s is retried as long as time is left, because other callers share the quota', async (operation) => {
    const [retried, endless] = await Promise.all([
      create([{ kind: 'throttle', operation, times: 12 }]),
      create([{ kind: 'throttle', operation, times: 1_000 }]),
    ]);
    expect(answerOf(retried).Status).toBe('SUCCESS');
    expect(calls(endless, operation)).toBeGreaterThan(12);
    expect(endless.seconds).toBeGreaterThan(90);
    const { Status, Reason } = answerOf(endless);
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('ThrottlingException: Rate exceeded')]);
    expect(endless.aws.region(ACCOUNT, REGION).sourceCredentials.list()).toEqual([]);
  });

test.concurrent.each([10, 30, 60])('with %s seconds left the answer still comes in time', async (timeoutSeconds) => {
  const outcome = await create([{ kind: 'never', operation: 'GetSecretValue', times: 100 }], { timeoutSeconds });
  const { Status, Reason } = answerOf(outcome);

  expect(Status).toBe('FAILED');
  expect(Reason).toMatch(/^not finished after \d+ seconds: AWS did not reply in time\. |: no reply/);
  expect(changes(outcome.aws)).toEqual([]);
});

describe('in this process', () => {
  const denied = () => { throw Object.assign(new Error('no'), { name: 'AccessDeniedException' }); };
  let log: jest.SpyInstance;

  beforeEach(() => { log = jest.spyOn(console, 'log').mockImplementation(); });
  afterEach(() => log.mockRestore());

  test('a denied call is retried', async () => {
    const call = jest.fn().mockImplementationOnce(denied).mockResolvedValueOnce('done');
    const deadline = new Deadline(10_000, 5_000);

    await expect(callAws(deadline, call)).resolves.toBe('done');
    expect(call.mock.calls).toEqual([[{ abortSignal: deadline.signal }], [{ abortSignal: deadline.signal }]]);
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([{ level: 'info', message: 'access denied: waiting until IAM applies the policies', pauseMs: 1_000 }]);
  });

  test.each([
    ['denied, after the time to wait for IAM', denied, 0],
    ['refused otherwise', () => { throw new Error('no'); }, 60_000],
  ])('a call that is %s is not retried', async (_, refuse, iamRetryMs) => {
    const call = jest.fn(refuse);
    await expect(callAws(new Deadline(10_000, iamRetryMs), call)).rejects.toThrow('no');
    expect(call).toHaveBeenCalledTimes(1);
  });

  test('when the deadline aborts an attempt, the error is the throttling before it', async () => {
    const throttling = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $fault: 'client' });
    const deadline = new Deadline(10_000);
    const call = jest.fn().mockRejectedValueOnce(throttling).mockImplementationOnce(async () => {
      deadline.end();
      throw Object.assign(new Error('aborted'), { name: 'AbortError' });
    });
    await expect(callAws(deadline, call)).rejects.toBe(throttling);
    expect(call).toHaveBeenCalledTimes(2);
  });

  test('waiting ends with the deadline', async () => {
    const call = jest.fn(denied);
    await expect(callAws(new Deadline(1_500), call)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(call).toHaveBeenCalledTimes(2);
  });
});

describe('the text of an error', () => {
  const fromService = (message: string) => Object.assign(new Error(message), { name: 'InvalidInputException', $fault: 'client' });
  const secrets = [new SecretText('ghp_0123456789')];

  test('is the message of the service', () => {
    expect(errorText(fromService('Token is required'), secrets)).toBe('InvalidInputException: Token is required');
  });

  test.each(['token ghp_0123456789 is bad', "Value 'ghp_01...' is too long", 'near 456789'])('is withheld when it repeats a part of the secret: %s', (message) => {
    expect(errorText(fromService(message), secrets)).toBe('InvalidInputException (its text is withheld: it repeats the secret)');
  });

  test.each([
    ['ENOTFOUND', { code: 'ENOTFOUND' }],
    ['TimeoutError', { name: 'TimeoutError' }],
  ])('says what to check when the network fails with %s', (name, properties) => {
    expect(errorText(Object.assign(new Error('secretsmanager.us-east-1.amazonaws.com'), properties))).toBe(`no reply (${name}). ${NO_REPLY}`);
  });

  test.each([
    ['a parser error, whose message contains the text that it could not parse', new SyntaxError('Unexpected token \'g\', "ghp_012"... is not valid JSON'), 'SyntaxError'],
    ['a value that is not an error', 'ghp_0123456789', 'unknown error'],
    ['nothing', undefined, 'unknown error'],
  ])('is only a name for %s', (_, error, text) => {
    expect(errorText(error)).toBe(text);
  });
});
