import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CloudFormation, CloudFormationOptions, LambdaFunction } from '.';
import { Aws } from '../aws';
import { custom, handler, synthWithLongTimeout } from './fixtures/app';
import { JumpingClock } from '../time/jumping-clock';

let aws: Aws;
let cloudFormation: CloudFormation;

beforeEach(async () => {
  aws = await Aws.start(new JumpingClock());
  cloudFormation = new CloudFormation(aws);
});
afterEach(async () => {
  cloudFormation.close();
  await aws.stop();
});

function start(options: CloudFormationOptions): void {
  cloudFormation.close();
  cloudFormation = new CloudFormation(aws, options);
}

/** Until the function is at rest again, which it is a little later than the stack. */
async function deploy(build: (stack: Stack) => void): Promise<LambdaFunction> {
  await cloudFormation.deploy(synthWithLongTimeout(build), 'Test');
  await cloudFormation.idle();
  return cloudFormation.function('Test');
}

const one = (properties: Record<string, unknown> = {}) => (stack: Stack) => { custom(stack, 'One', properties); };
const seen = ({ deliveries }: LambdaFunction) => deliveries.map(({ event, isRepetition }) => `${event.RequestType}${isRepetition ? ' again' : ''}`);

test('any event can be delivered again, also after its stack has moved on', async () => {
  const target = await deploy(one({ Value: '1' }));
  await deploy(one({ Value: '2' }));
  const [create] = target.deliveries;
  const again = await target.redeliver(create.event.RequestId);

  expect(again).toEqual({ ...create, isRepetition: true });
  expect(seen(target)).toEqual(['Create', 'Update', 'Create again']);
  expect(cloudFormation.stack('Test').resources.One.attributes).toEqual({});
  await expect(target.redeliver('of-nobody')).rejects.toThrow('was never handed an event of-nobody');
});

test('an event of EventBridge is told by its id', async () => {
  const target = await deploy(one());
  await target.deliver({ id: 'an-event', does: 'throw' });
  expect(await target.redeliver('an-event')).toMatchObject({ attempts: 3, outcome: 'failed', error: expect.stringContaining('on purpose') });
});

test('nothing reaches a function that is gone', async () => {
  const target = await deploy(one());
  await cloudFormation.destroy('Test');
  expect(await target.redeliver(target.deliveries[0].event.RequestId)).toMatchObject({ attempts: 0, outcome: 'failed', error: 'Function not found' });
  expect(target.logs.filter((line) => line === 'Create One')).toHaveLength(1);
});

test('what waits to be tried again ends with its function', async () => {
  await aws.stop();
  aws = await Aws.start();
  start({});
  const target = await deploy(one());
  const waiting = target.deliver({ does: 'throw' });
  while (!target.deliveries.at(-1)!.error) await new Promise((resolve) => setTimeout(resolve, 10));
  await cloudFormation.destroy('Test');
  await cloudFormation.idle();

  expect(await waiting).toMatchObject({ attempts: 1, outcome: 'failed', error: 'Function not found' });
}, 20_000);

test('events are delivered twice at once', async () => {
  start({ repeats: ({ RequestType }) => RequestType === 'Create' ? 'concurrently' : undefined });
  const target = await deploy(one());
  expect(seen(target)).toEqual(['Create', 'Create again']);
  await cloudFormation.idle();
  await cloudFormation.destroy('Test');
  expect(seen(target)).toEqual(['Create', 'Create again', 'Delete']);
});

test('events are delivered again afterwards', async () => {
  start({ repeats: () => 'afterwards' });
  const target = await deploy(one());
  await cloudFormation.idle();
  expect(seen(target)).toEqual(['Create', 'Create again']);

  // With each event, what had come of the one before when it was handed over.
  const outcomes: unknown[] = [];
  target.hold(() => { outcomes.push(target.deliveries.at(-2)!.outcome); return false; });
  await expect(target.invoke({ does: 'throw' })).rejects.toThrow('on purpose');
  await cloudFormation.idle();
  expect(outcomes).toEqual(['succeeded', 'failed']);
  expect(target.deliveries.slice(2)).toMatchObject([{ attempts: 3 }, { attempts: 3, isRepetition: true }]);
});

describe('a function that is held back', () => {
  test('gets its events later', async () => {
    const target = await deploy(one());
    const release = target.hold(({ held }) => held);
    const held = target.deliver({ held: true });
    expect(await target.deliver({ held: false })).toMatchObject({ outcome: 'succeeded' });
    expect(target.deliveries.at(-2)).toMatchObject({ attempts: 0 });
    release();
    expect(await held).toMatchObject({ attempts: 1, outcome: 'succeeded' });
  });

  test('does not get those that have become too old', async () => {
    const target = await deploy((stack) => {
      handler(stack).configureAsyncInvoke({ maxEventAge: Duration.seconds(60) });
      one()(stack);
    });
    const release = target.hold();
    const held = target.deliver({});
    await aws.clock.sleep(70_000);
    release();
    expect(await held).toMatchObject({ attempts: 0, outcome: 'failed', error: 'EventAgeExceeded' });
  });
});

describe('a process that dies', () => {
  const importing = (stack: Stack) => {
    handler(stack).addEnvironment('CODEBUILD_CLIENT', require.resolve('@aws-sdk/client-codebuild'));
    handler(stack).addToRolePolicy(new iam.PolicyStatement({ actions: ['codebuild:*'], resources: ['*'] }));
    custom(stack, 'One', { Does: { Create: 'import' } }).node.addDependency(handler(stack));
  };
  const held = () => aws.region('111111111111', 'us-east-1').sourceCredentials.held('GITHUB')?.token;
  const operations = () => aws.requests.map(({ operation, status }) => `${operation} ${status}`);

  test('before its call does nothing, and the event is tried again', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieBefore' });
    let before: unknown = 'nothing';
    const stop = aws.onDeath(() => { before = held(); });
    const target = await deploy(importing);
    stop();
    expect(before).toBeUndefined();
    expect(target.deliveries).toMatchObject([{ attempts: 2, outcome: 'succeeded', error: 'Runtime exited: SIGKILL' }]);
    expect(operations()).toEqual([
      'ListSourceCredentials 200', 'ImportSourceCredentials undefined', 'ListSourceCredentials 200', 'ImportSourceCredentials 200',
    ]);
  });

  test('after its call leaves what it did', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieAfterApply' });
    let after: unknown;
    const stop = aws.onDeath(() => { after = held(); });
    const target = await deploy(importing);
    stop();
    expect(after).toBe('imported');
    expect(target.deliveries).toMatchObject([{ attempts: 2, outcome: 'succeeded' }]);
  });

  test.each([[0, 1], [1, 2], [2, 2]])('at any call: %i of them pass', async (skip, calls) => {
    aws.faults.add({ operation: '*', kind: 'dieBefore', skip });
    const target = await deploy(importing);
    expect(target.deliveries).toMatchObject([{ attempts: 2, outcome: 'succeeded' }]);
    expect(aws.requests).toHaveLength(calls + 2);
    expect(cloudFormation.stack('Test').status).toBe('CREATE_COMPLETE');
  });

  test('after its answer is tried again, and its second answer is not heard', async () => {
    aws.faults.add({ operation: 'PutAnswer', kind: 'dieAfterApply' });
    const target = await deploy(importing);
    expect(target.deliveries).toMatchObject([{ attempts: 2, outcome: 'succeeded' }]);
  });

  test('takes no other with it', async () => {
    const target = await deploy(importing);
    const waiting = target.deliver({ does: 'wait' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieBefore' });
    expect(await target.deliver({ does: 'import' })).toMatchObject({ attempts: 2 });
    expect(await waiting).toMatchObject({ attempts: 1, outcome: 'succeeded' });
  });
});
