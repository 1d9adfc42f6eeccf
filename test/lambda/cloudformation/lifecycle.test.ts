import { answerLifecycleEvent, ResourceHandler } from '../../../lambda/cloudformation/lifecycle';
import { Failure, reasonOf } from '../../../lambda/failure';
import { Aws, LoopbackServer } from '../../../simulator';
import { context, lifecycleEvent } from '../invocation';

/* The protocol of custom resources: how the outcome of a resource handler is answered. */

let aws: Aws;
let log: jest.SpyInstance;

beforeAll(async () => { aws = await Aws.start(); });
afterAll(async () => aws.stop());
beforeEach(() => { log = jest.spyOn(console, 'log').mockImplementation(); });
afterEach(() => log.mockRestore());

const TYPE = 'Custom::CodeBuildSourceCredentials';

/** The calls of the handler. */
type Called = [method: string, request: Record<string, unknown>];

/** Sends an event to a handler that succeeds, unless a test replaces its behavior. */
async function send(event: object, behaviour: Partial<ResourceHandler> = {}, remainingMs = 120_000) {
  const called: Called[] = [];
  const handler: ResourceHandler = {
    create: async () => ({ physicalResourceId: 'GITHUB/1', data: { SourceCredentialsArn: 'an-arn' } }),
    update: async () => ({ physicalResourceId: 'GITHUB/2' }),
    delete: async () => undefined,
    ...behaviour,
  };
  const spied = (method: 'create' | 'update' | 'delete') => async (request: any, deadline: any): Promise<any> => {
    called.push([method, request]);
    return handler[method](request, deadline);
  };
  const answerUrl = aws.answerUrl();
  const sent = { ...lifecycleEvent({ RequestType: 'Create', ResourceProperties: { ServerType: 'GITHUB' } }, answerUrl.url), ...event };
  const error: unknown = await answerLifecycleEvent(sent, context(remainingMs), {
    [TYPE]: { usesFullTimeout: handler.usesFullTimeout, create: spied('create'), update: spied('update'), delete: spied('delete') },
  }).then(() => undefined, (thrown) => thrown);
  return { sent, called, error, answers: answerUrl.answers, answer: answerUrl.answers[0]?.body };
}

const ids = ({ StackId, RequestId, LogicalResourceId }: Record<string, unknown>) => ({ StackId, RequestId, LogicalResourceId });

test.each([
  ['Create', undefined, 'create', 'GITHUB/1', { SourceCredentialsArn: 'an-arn' }],
  ['Update', 'GITHUB/1', 'update', 'GITHUB/2', undefined],
  ['Delete', 'GITHUB/1', 'delete', 'GITHUB/1', undefined],
])('%s is handled and answered once, with its ids', async (RequestType, PhysicalResourceId, method, answeredId, Data) => {
  const { sent, called, answers, answer, error } = await send({ RequestType, PhysicalResourceId });

  expect(error).toBeUndefined();
  expect(called).toMatchObject([[method, { requestId: sent.RequestId, stackId: sent.StackId, logicalId: 'GitHub', properties: { ServerType: 'GITHUB' } }]]);
  expect(answers).toHaveLength(1);
  expect(answer).toEqual({ Status: 'SUCCESS', PhysicalResourceId: answeredId, ...ids(sent), ...Data && { Data } });
});

test('one log line reports the outcome, without the URL', async () => {
  const { sent } = await send({});

  expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([{
    level: 'info',
    message: 'Create SUCCESS',
    logicalResourceId: 'GitHub',
    physicalResourceId: 'GITHUB/1',
    requestId: sent.RequestId,
    stackId: sent.StackId,
    milliseconds: expect.any(Number),
  }]);
  expect(JSON.parse(log.mock.calls[0][0]).milliseconds).toBeLessThan(60_000);
});

describe('the time of the request', () => {
  const anywhere = new LoopbackServer(async () => ({ status: 200, headers: {}, body: '' }));
  beforeAll(async () => anywhere.start());
  afterAll(async () => anywhere.stop());

  /** Returns the time that the handler gets for a request with this date in the response URL. */
  async function sentAt(date: string | undefined): Promise<number> {
    const { called } = await send({ ResponseURL: `${anywhere.endpoint}/${date === undefined ? '' : `?X-Amz-Date=${date}`}` });
    return called[0][1].sentAt as number;
  }

  test('is the date in the response URL, in whole seconds', async () => {
    expect(await sentAt('20260102T030405Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });

  test.each([undefined, '', '20260102T030405', 'x20260102T030405Z', '20260102T030405Zx', '20261302T030405Z'])(
    'by the clock where that says nothing of use: %s', async (date) => {
      const before = Date.now();
      const at = await sentAt(date);
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(Date.now());
    });
});

const REPORT = 'Please report it with the lines of the log';

test.each([
  ['a failure', new Failure('the secret is empty. Store a value'), 'the secret is empty. Store a value'],
  ['an error whose text may be a secret', new TypeError('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 is not a function'), `unexpected TypeError. ${REPORT}`],
  ['text', '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', `unexpected error. ${REPORT}`],
  ['nothing', undefined, `unexpected error. ${REPORT}`],
])('an error becomes the reason: %s', async (_, thrown, reason) => {
  const create = async () => { throw thrown; };
  const { sent, answers, answer } = await send({}, { create });

  expect(answers).toHaveLength(1);
  expect(answer).toEqual({ Status: 'FAILED', Reason: `${reason} (log stream a-log-stream)`, PhysicalResourceId: `untouched/${sent.RequestId}`, ...ids(sent) });
  expect(JSON.parse(log.mock.calls[0][0])).toMatchObject({ level: 'error', message: 'Create FAILED', reason: answer!.Reason });
  expect(JSON.stringify(log.mock.calls)).not.toContain('ghp_');
});

test('a Create that fails after a change gets an id that says so', async () => {
  const create: ResourceHandler['create'] = async (request) => {
    request.markTouched();
    throw new Failure('no');
  };
  const { sent, answer } = await send({}, { create });
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${sent.RequestId}` });
});

test('a Create whose only change was refused gets an id that says that it changed nothing', async () => {
  const create: ResourceHandler['create'] = async (request) =>
    request.change(async () => { throw new Failure('refused'); }, (error) => reasonOf(error) === 'refused');
  const { sent, answer } = await send({}, { create });
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `untouched/${sent.RequestId}` });
});

test.each([
  ['a change that failed in another way', 'no reply', false],
  ['a change that was refused after an earlier one succeeded', 'refused', true],
])('%s counts as a change', async (_, thrown, isSecond) => {
  const isRefusal = (error: unknown) => reasonOf(error) === 'refused';
  const create: ResourceHandler['create'] = async (request) => {
    if (isSecond) await request.change(async () => undefined, isRefusal);
    return request.change(async () => { throw new Failure(thrown); }, isRefusal);
  };
  const { sent, answer } = await send({}, { create });
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${sent.RequestId}` });
});

test('the Delete of a Create that changed nothing is answered without a call', async () => {
  const { called, answer } = await send({ RequestType: 'Delete', PhysicalResourceId: 'untouched/1' });
  expect(called).toEqual([]);
  expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'untouched/1' });
});

test.each(['Update', 'Delete'])('a failed %s keeps its physical id', async (RequestType) => {
  const fail = async () => { throw new Failure('no'); };
  const { answer } = await send({ RequestType, PhysicalResourceId: 'GITHUB/1' }, { update: fail, delete: fail });

  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'GITHUB/1' });
});

test.each([
  ['a'.repeat(10_000)],
  ['ü🔑'.repeat(3_000)],
])('a reason of 10 kB is shortened to CloudFormation\'s limit', async (reason) => {
  const { answers, answer } = await send({}, { create: async () => { throw new Failure(reason); } });

  expect(answers[0].raw.length).toBeLessThanOrEqual(4_096);
  expect(answers[0].raw.length).toBeGreaterThan(4_080);
  expect(reason.startsWith(answer!.Reason!.slice(0, -1))).toBe(true);
});

describe('an invalid event is answered with FAILED:', () => {
  test.each([
    ['an unknown RequestType', { RequestType: 'Import', PhysicalResourceId: 'GITHUB/1' }, "unknown RequestType 'Import': CloudFormation sends Create, Update and Delete"],
    ['no RequestType', { RequestType: undefined, PhysicalResourceId: 'GITHUB/1' }, "unknown RequestType '': CloudFormation sends Create, Update and Delete"],
    ['another ResourceType', { ResourceType: 'Custom::Else' }, `this function handles ${TYPE}, not Custom::Else. Check the ServiceToken of the resource`],
    ['the ResourceType of every object\'s property', { ResourceType: 'constructor' }, `this function handles ${TYPE}, not constructor. Check the ServiceToken of the resource`],
    ['no ResourceType', { ResourceType: undefined }, `this function handles ${TYPE}, not . Check the ServiceToken of the resource`],
    ['an Update without physical id', { RequestType: 'Update' }, 'the Update request has no PhysicalResourceId'],
    ['a Delete with an empty physical id', { RequestType: 'Delete', PhysicalResourceId: '' }, 'the Delete request has no PhysicalResourceId'],
    ['a Delete with a physical id that is not a string', { RequestType: 'Delete', PhysicalResourceId: 7 }, 'the Delete request has no PhysicalResourceId'],
  ])('%s', async (_, event, reason) => {
    const { sent, called, answers, answer, error } = await send(event);

    expect(error).toBeUndefined();
    expect(called).toEqual([]);
    expect(answers).toHaveLength(1);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: `${reason} (log stream a-log-stream)`, ...ids(sent) });
  });
});

describe('an event that cannot be answered causes an error without its URL:', () => {
  test.each([
    ['StackId', undefined], ['StackId', ''], ['StackId', 1],
    ['RequestId', undefined], ['RequestId', null],
    ['LogicalResourceId', undefined], ['LogicalResourceId', ['GitHub']],
    ['ResponseURL', undefined], ['ResponseURL', {}],
  ])('%s is %j', async (name, value) => {
    const { called, answers, error } = await send({ [name]: value });

    expect(error).toEqual(new Error(`not a lifecycle event of CloudFormation: ${name} is missing`));
    expect([called, answers]).toEqual([[], []]);
  });

  test.each([
    'no address with X-Amz-Signature=0f3c', 'https://[X-Amz-Signature=0f3c', 'ftp://127.0.0.1/?X-Amz-Signature=0f3c', 'file:///X-Amz-Signature=0f3c',
  ])('ResponseURL is %s', async (ResponseURL) => {
    const { called, error } = await send({ ResponseURL });

    expect(error).toEqual(new Error('not a lifecycle event of CloudFormation: ResponseURL is not a URL'));
    expect(called).toEqual([]);
  });

  test.each([null, undefined, 'text', 7, [], {}])('the event is %j', async (event) => {
    await expect(answerLifecycleEvent(event, context(), {})).rejects.toThrow('not a lifecycle event of CloudFormation: ResponseURL is missing');
  });
});

test.each([undefined, null, 'text', 7])('invalid properties (%j) become empty properties', async (ResourceProperties) => {
  const { called } = await send({ ResourceProperties });
  expect(called).toMatchObject([['create', { properties: {} }]]);
});

describe('the time that a request may take', () => {
  afterEach(() => { delete process.env.TIMEOUT_SECONDS; });

  test.each([
    ['less than the function\'s timeout', undefined, 1],
    ['the function\'s full timeout, for a wait with its own limit', true, 100],
  ] as const)('is %s', async (_, usesFullTimeout, seconds) => {
    process.env.TIMEOUT_SECONDS = '2';
    let time = 0;
    const create: ResourceHandler['create'] = async (request, deadline) => {
      time = deadline.milliseconds;
      return { physicalResourceId: request.requestId };
    };
    await send({}, { create, usesFullTimeout });
    expect(Math.round(time / 1_000)).toBeGreaterThanOrEqual(seconds);
    expect(time / 1_000).toBeLessThan(seconds + 10);
  });
});

describe('when the time is up', () => {
  test('the answer is sent, even if the handler is still running', async () => {
    const { answers, answer } = await send({}, { create: () => new Promise(() => undefined) }, 6_000);

    expect(answers).toHaveLength(1);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/^not finished after \d seconds: AWS did not reply in time\. /) });
  });

  test('running work is aborted, and a late outcome is ignored', async () => {
    let aborted = false;
    const create: ResourceHandler['create'] = async (_, deadline) => {
      await deadline.pause(60_000).catch(() => { aborted = true; });
      return { physicalResourceId: 'too late' };
    };
    const { answers, answer } = await send({}, { create }, 6_000);

    expect(aborted).toBe(true);
    expect(answers).toHaveLength(1);
    expect(answer!.Status).toBe('FAILED');
  });

  test('the reason says what the work was waiting for', async () => {
    const create: ResourceHandler['create'] = async (_, deadline) => {
      await deadline.pause(60_000).catch(() => { throw new Failure('CodeBuild did not list: ThrottlingException: Rate exceeded'); });
      return { physicalResourceId: 'never' };
    };
    const { answer } = await send({}, { create }, 6_000);
    expect(answer!.Reason).toMatch(/^not finished after \d seconds: CodeBuild did not list: ThrottlingException: Rate exceeded\. Deploy again/);
  });

  test('the deadline of a handler that finished in time is aborted too: nothing continues after the answer', async () => {
    let signal: AbortSignal | undefined;
    const create: ResourceHandler['create'] = async (_, deadline) => {
      signal = deadline.signal;
      return { physicalResourceId: 'GITHUB/1' };
    };
    await send({}, { create });
    expect(signal!.aborted).toBe(true);
  });
});
