import { CfnResource, CustomResource, Stack } from 'aws-cdk-lib';
import { CloudFormation, Deployment, DeployOptions, StackEvent } from '.';
import { Aws } from '../aws';
import { custom, synthWithLongTimeout } from './fixtures/app';
import { JumpingClock } from '../time/jumping-clock';

let aws: Aws;
let cloudFormation: CloudFormation;

beforeAll(async () => { aws = await Aws.start(new JumpingClock()); });
afterAll(async () => aws.stop());
beforeEach(() => { cloudFormation = new CloudFormation(aws, { order: 'parallel' }); });
afterEach(() => cloudFormation.close());

function start(onEvent: (event: StackEvent) => void): void {
  cloudFormation.close();
  cloudFormation = new CloudFormation(aws, { order: 'parallel', onEvent });
}

async function deploy(build: (stack: Stack) => void, options?: DeployOptions): Promise<Deployment> {
  return cloudFormation.deploy(synthWithLongTimeout(build), 'Test', options);
}

/** Returns the sent requests, in order. */
function sent(): string[] {
  return cloudFormation.function('Test').deliveries.map(({ event }) => [event.RequestType, event.LogicalResourceId, event.PhysicalResourceId, event.ResourceProperties.Value].filter(Boolean).join(' '));
}

function topic(stack: Stack, id: string, ...after: CustomResource[]): void {
  const resource = new CfnResource(stack, id, { type: 'AWS::SNS::Topic' });
  if (after.length > 0) resource.node.addDependency(...after);
}

const WAIT = { Does: { Create: 'wait-a-minute', Update: 'wait-a-minute', Delete: 'wait-a-minute' } };

test('creates and deletes resources in parallel as soon as their dependencies allow', async () => {
  const build = (stack: Stack) => {
    const one = custom(stack, 'One', WAIT);
    custom(stack, 'Two', WAIT);
    custom(stack, 'Three', WAIT).node.addDependency(one);
  };
  // For each event of a custom resource, the requests sent so far.
  const sentBy: string[] = [];
  start(({ logicalId, request, status }) => request && sentBy.push(`${logicalId} ${status}: ${sent().slice(-2).join(', ')}`));
  expect((await deploy(build)).status).toBe('CREATE_COMPLETE');
  expect(sentBy[0]).toMatch(/: Create One, Create Two$/);
  expect(sentBy).toContain('One CREATE_COMPLETE: Create One, Create Two');

  expect((await cloudFormation.destroy('Test')).status).toBe('DELETE_COMPLETE');
  expect(sentBy[3]).toContain('Delete Two');
  expect(sentBy[3]).toContain('Delete Three');
  expect(sentBy.find((one) => one.startsWith('Three DELETE_COMPLETE'))).not.toContain('Delete One');
});

test('cancels a running Create, and sends a Delete with a generated id while the function is still running', async () => {
  const created = await deploy((stack) => {
    custom(stack, 'Slow', WAIT);
    topic(stack, 'Last');
  }, { failing: ['Last'], failAfterMs: 20_000 });

  expect(created.status).toBe('ROLLBACK_COMPLETE');
  expect(created.events.filter(({ status }) => status === 'CREATE_FAILED').map(({ logicalId, reason }) => [logicalId, reason])).toEqual([
    ['Last', 'made to fail'], ['Slow', 'Resource creation cancelled'],
  ]);
  const [create, remove] = created.events.filter(({ request }) => request);
  expect([create.request!.RequestType, create.answer]).toEqual(['Create', undefined]);
  expect(remove.request).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: expect.stringMatching(/^Test-Slow-[A-Z0-9]{12}$/) });
});

test('starts no further resources after a failure', async () => {
  const created = await deploy((stack) => {
    custom(stack, 'Never').node.addDependency(custom(stack, 'Slow', WAIT));
    topic(stack, 'Last');
  }, { failing: ['Last'] });
  expect(created.events.filter(({ logicalId }) => logicalId === 'Never')).toEqual([]);
});

test('cancels a running Update, and rolls it back', async () => {
  const build = (Value: string) => (stack: Stack) => {
    custom(stack, 'Slow', { ...WAIT, Value });
    if (Value === '2') topic(stack, 'Last');
  };
  await deploy(build('1'));
  const failed = await deploy(build('2'), { failing: ['Last'], failAfterMs: 20_000 });

  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(failed.events.find(({ logicalId, status }) => logicalId === 'Slow' && status === 'UPDATE_FAILED')?.reason).toBe('Resource update cancelled');
  expect(sent()).toEqual(['Create Slow 1', 'Update Slow id-of-Slow 2', 'Update Slow id-of-Slow 1']);
});

test('ignores a late answer to a cancelled request', async () => {
  await deploy((stack) => { custom(stack, 'Other'); });
  const failed = await deploy((stack) => {
    custom(stack, 'Other');
    custom(stack, 'Slow', { Does: { Create: 'wait-a-minute' } });
    topic(stack, 'Last');
  }, { failing: ['Last'] });
  await cloudFormation.idle();

  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(failed.events.filter(({ logicalId }) => logicalId === 'Slow').map(({ status }) => status)).toEqual(['CREATE_FAILED', 'DELETE_COMPLETE']);
  expect(Object.keys(cloudFormation.stack('Test').resources)).not.toContain('Slow');
  expect(cloudFormation.function('Test').deliveries.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
});

test('a failed deletion keeps only the dependencies of the resource', async () => {
  await deploy((stack) => {
    custom(stack, 'Two', { Answers: { Delete: { Status: 'FAILED' } } }).node.addDependency(custom(stack, 'One'));
    custom(stack, 'Free');
  });
  expect((await cloudFormation.destroy('Test')).status).toBe('DELETE_FAILED');
  const left = Object.keys(cloudFormation.stack('Test').resources);
  expect(left).toEqual(expect.arrayContaining(['One', 'Two']));
  expect(left).not.toContain('Free');
});

test('a failed rollback waits for the running resources, and can be continued', async () => {
  const build = (Value: string, Does: object = {}) => (stack: Stack) => {
    const one = custom(stack, 'Fails', { Value, Does });
    const other = custom(stack, 'Slow', { Value, ...WAIT });
    if (Value === '2') topic(stack, 'Last', one, other);
  };
  await deploy(build('1', { Update: 'fail' }));
  const failed = await deploy(build('2'), { failing: ['Last'] });
  expect(failed.status).toBe('UPDATE_ROLLBACK_FAILED');
  expect(failed.events.slice(-2).map(({ logicalId, status }) => `${logicalId} ${status}`)).toEqual(['Fails UPDATE_FAILED', 'Slow UPDATE_COMPLETE']);

  const { events } = await cloudFormation.continueUpdateRollback('Test');
  expect(events.map(({ logicalId }) => logicalId)).toEqual(['Fails']);
});

describe('two stacks', () => {
  const assembly = (name: string) => synthWithLongTimeout((stack) => { custom(stack, 'One', WAIT); }, name);

  test('are deployed at the same time, each with its own events', async () => {
    const [first, second] = [assembly('First'), assembly('Second')];
    const atOnce: number[] = [];
    start(({ request }) => {
      if (request) atOnce.push(['First', 'Second'].filter((name) => cloudFormation.function(name).deliveries.length > 0).length);
    });
    const deployments = await Promise.all([cloudFormation.deploy(first, 'First'), cloudFormation.deploy(second, 'Second')]);
    expect(atOnce).toEqual([2, 2]);
    for (const { events, stackName, status } of deployments) {
      expect(status).toBe('CREATE_COMPLETE');
      expect(new Set(events.map((event) => event.stackName))).toEqual(new Set([stackName]));
      expect(events.filter(({ request }) => request)).toHaveLength(1);
    }
  });

  test('a stack has one operation at a time', async () => {
    const first = cloudFormation.deploy(assembly('First'), 'First');
    await expect(cloudFormation.deploy(assembly('First'), 'First')).rejects.toThrow('IN_PROGRESS');
    expect((await first).status).toBe('CREATE_COMPLETE');
  });
});
