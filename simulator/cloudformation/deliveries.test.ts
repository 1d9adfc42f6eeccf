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

/** Deploys, and waits until the function is idle, which happens slightly after the stack is done. */
async function deploy(build: (stack: Stack) => void): Promise<LambdaFunction> {
  await cloudFormation.deploy(synthWithLongTimeout(build), 'Test');
  await cloudFormation.idle();
  return cloudFormation.function('Test');
}

const one = (properties: Record<string, unknown> = {}) => (stack: Stack) => { custom(stack, 'One', properties); };
const seen = ({ deliveries }: LambdaFunction) => deliveries.map(({ event, isRepetition }) => `${event.RequestType}${isRepetition ? ' again' : ''}`);

test('redelivers any event, even after a later update of its stack', async () => {
  const target = await deploy(one({ Value: '1' }));
  await deploy(one({ Value: '2' }));
  const [create] = target.deliveries;
  const again = await target.redeliver(create.event.RequestId);

  expect(again).toEqual({ ...create, isRepetition: true });
  expect(seen(target)).toEqual(['Create', 'Update', 'Create again']);
  expect(cloudFormation.stack('Test').resources.One.attributes).toEqual({});
  await expect(target.redeliver('unknown')).rejects.toThrow('has received no event unknown');
});

test('redelivers an EventBridge event by its id', async () => {
  const target = await deploy(one());
  await target.deliver({ id: 'an-event', does: 'throw' });
  expect(await target.redeliver('an-event')).toMatchObject({ attempts: 3, outcome: 'failed', error: expect.stringContaining('on purpose') });
});

test('delivers nothing to a deleted function', async () => {
  const target = await deploy(one());
  await cloudFormation.destroy('Test');
  expect(await target.redeliver(target.deliveries[0].event.RequestId)).toMatchObject({ attempts: 0, outcome: 'failed', error: 'Function not found' });
  expect(target.logs.filter((line) => line === 'Create One')).toHaveLength(1);
});

test('cancels pending retries when their function is deleted', async () => {
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

test('delivers an event twice at the same time', async () => {
  start({ repeats: ({ RequestType }) => RequestType === 'Create' ? 'concurrently' : undefined });
  const target = await deploy(one());
  expect(seen(target)).toEqual(['Create', 'Create again']);
  await cloudFormation.idle();
  await cloudFormation.destroy('Test');
  expect(seen(target)).toEqual(['Create', 'Create again', 'Delete']);
});

test('delivers an event again after the first delivery has ended', async () => {
  start({ repeats: () => 'afterwards' });
  const target = await deploy(one());
  await cloudFormation.idle();
  expect(seen(target)).toEqual(['Create', 'Create again']);

  // For each event, the outcome of the previous delivery at that time.
  const outcomes: unknown[] = [];
  target.hold(() => { outcomes.push(target.deliveries.at(-2)!.outcome); return false; });
  await expect(target.invoke({ does: 'throw' })).rejects.toThrow('on purpose');
  await cloudFormation.idle();
  expect(outcomes).toEqual(['succeeded', 'failed']);
  expect(target.deliveries.slice(2)).toMatchObject([{ attempts: 3 }, { attempts: 3, isRepetition: true }]);
});

describe('a function with held events', () => {
  test('receives them after the release', async () => {
    const target = await deploy(one());
    const release = target.hold(({ held }) => held);
    const held = target.deliver({ held: true });
    expect(await target.deliver({ held: false })).toMatchObject({ outcome: 'succeeded' });
    expect(target.deliveries.at(-2)).toMatchObject({ attempts: 0 });
    release();
    expect(await held).toMatchObject({ attempts: 1, outcome: 'succeeded' });
  });

  test('does not receive those that are too old by then', async () => {
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

  test('before its call: the call has no effect, and the event is retried', async () => {
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

  test('after its call: the call has its effect, and the event is retried', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieAfterApply' });
    let after: unknown;
    const stop = aws.onDeath(() => { after = held(); });
    const target = await deploy(importing);
    stop();
    expect(after).toBe('imported');
    expect(target.deliveries).toMatchObject([{ attempts: 2, outcome: 'succeeded' }]);
  });

  test.each([[0, 1], [1, 2], [2, 2]])('at any call: after %i calls', async (skip, calls) => {
    aws.faults.add({ operation: '*', kind: 'dieBefore', skip });
    const target = await deploy(importing);
    expect(target.deliveries).toMatchObject([{ attempts: 2, outcome: 'succeeded' }]);
    expect(aws.requests).toHaveLength(calls + 2);
    expect(cloudFormation.stack('Test').status).toBe('CREATE_COMPLETE');
  });

  test('after its answer: the event is retried, and the second answer is ignored', async () => {
    aws.faults.add({ operation: 'PutAnswer', kind: 'dieAfterApply' });
    const target = await deploy(importing);
    expect(target.deliveries).toMatchObject([{ attempts: 2, outcome: 'succeeded' }]);
  });

  test('does not affect another process', async () => {
    const target = await deploy(importing);
    const waiting = target.deliver({ does: 'wait' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'dieBefore' });
    expect(await target.deliver({ does: 'import' })).toMatchObject({ attempts: 2 });
    expect(await waiting).toMatchObject({ attempts: 1, outcome: 'succeeded' });
  });
});
