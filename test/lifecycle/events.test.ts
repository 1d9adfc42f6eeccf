import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CloudFormation, LambdaFunction } from '.';
import { Aws } from '../aws';
import { handler, synth, synthPatient } from './fixtures/app';

let aws: Aws;
let cloudFormation: CloudFormation;

beforeAll(async () => { aws = await Aws.start(); });
afterAll(async () => aws.stop());
beforeEach(() => { cloudFormation = new CloudFormation(aws, { timeScale: 200 }); });
afterEach(() => cloudFormation.close());

const region = () => aws.region('111111111111', 'us-east-1');
const parameters = () => region().parameters;

/** A rule that sends every change of a parameter to the stack's function. */
function rule(stack: Stack, event?: events.RuleTargetInput, more: Partial<events.RuleProps> = {}): events.Rule {
  return new events.Rule(stack, 'Rule', {
    eventPattern: { source: ['aws.ssm'], detailType: ['Parameter Store Change'] },
    targets: [new targets.LambdaFunction(handler(stack), { event })],
    ...more,
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function deploy(build: (stack: Stack) => void): Promise<LambdaFunction> {
  const { status, events: happened } = await cloudFormation.deploy(synthPatient(build), 'Test');
  if (!status.match(/^(CREATE|UPDATE)_COMPLETE$/)) throw new Error(JSON.stringify(happened));
  return cloudFormation.function('Test');
}

test('a rule with a schedule invokes the function when that comes due, and for nothing else', async () => {
  const target = await deploy((stack) => rule(stack, undefined, { eventPattern: undefined, schedule: events.Schedule.rate(Duration.hours(1)) }));
  parameters().putByHand('/events/scheduled', 'value');
  await cloudFormation.idle();
  expect(target.deliveries).toEqual([]);

  await cloudFormation.schedulesComeDue();
  expect(target.deliveries).toMatchObject([{ event: { 'detail-type': 'Scheduled Event', 'source': 'aws.events' }, outcome: 'succeeded' }]);
});

test('a change on the bus invokes the function of the rule that fits', async () => {
  const target = await deploy((stack) => rule(stack));
  parameters().putByHand('/events/one', 'value');
  aws.region('111111111111', 'eu-west-1').parameters.putByHand('/events/one', 'elsewhere');
  aws.region('222222222222', 'us-east-1').parameters.putByHand('/events/one', 'of others');
  region().secrets.create({ name: 'events/secret', value: 'value' });
  await cloudFormation.idle();

  expect(target.deliveries).toEqual([{
    event: expect.objectContaining({ 'detail-type': 'Parameter Store Change', 'detail': { operation: 'Create', name: '/events/one', type: 'String' } }),
    awsRequestId: expect.any(String),
    attempts: 1,
    outcome: 'succeeded',
  }]);
  await until(() => target.logs.includes(`Event ${JSON.stringify(target.deliveries[0].event)}`));
});

test('the function gets what the target makes of the event', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({
    name: events.EventField.fromPath('$.detail.name'), source: `from ${events.EventField.fromPath('$.source')}`,
  })));
  parameters().putByHand('/events/two', 'value');
  await cloudFormation.idle();

  expect(target.deliveries.map(({ event }) => event)).toEqual([{ name: '/events/two', source: 'from aws.ssm' }]);
});

test('an event whose function fails is tried three times and then shows as a failure', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({ does: 'throw' })));
  const startedAt = Date.now();
  parameters().putByHand('/events/three', 'value');
  await cloudFormation.idle();

  // Three minutes between the attempts, two hundred times as fast.
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(890);
  expect(target.failures).toEqual([{
    event: { does: 'throw' }, awsRequestId: expect.any(String), attempts: 3, outcome: 'failed', error: expect.stringContaining('thrown on purpose'),
  }]);
});

test('an event that is too old is not tried again', async () => {
  const target = await deploy((stack) => {
    new lambda.EventInvokeConfig(stack, 'Config', { function: handler(stack), maxEventAge: Duration.seconds(60) });
    rule(stack, events.RuleTargetInput.fromObject({ does: 'throw' }));
  });
  parameters().putByHand('/events/old', 'value');
  await cloudFormation.idle();

  expect(target.failures).toMatchObject([{ attempts: 1 }]);
});

test.each([
  ['no permission', (stack: Stack) => stack.node.findAll().filter((one) => one instanceof lambda.CfnPermission).forEach((one) => one.node.scope!.node.tryRemoveChild(one.node.id))],
  ['a permission for another rule', (stack: Stack) => permission(stack).addPropertyOverride('SourceArn', 'arn:aws:events:us-east-1:111111111111:rule/Other')],
  ['a permission for another service', (stack: Stack) => permission(stack).addPropertyOverride('Principal', 's3.amazonaws.com')],
  ['a permission for another action', (stack: Stack) => permission(stack).addPropertyOverride('Action', 'lambda:GetFunction')],
  ['a permission for another account', (stack: Stack) => permission(stack).addPropertyOverride('SourceAccount', '222222222222')],
  ['a permission on another function', (stack: Stack) => permission(stack).addPropertyOverride('FunctionName', 'other')],
])('with %s the event is dropped', async (_, change) => {
  const target = await deploy((stack) => {
    rule(stack);
    change(stack);
  });
  parameters().putByHand('/events/dropped', 'value');
  await cloudFormation.idle();

  expect(target.deliveries).toEqual([]);
  expect(cloudFormation.droppedEvents).toMatchObject([{ reason: expect.stringContaining('no permission'), event: { detail: { name: '/events/dropped' } } }]);
});

function permission(stack: Stack): lambda.CfnPermission {
  return stack.node.findAll().find((one) => one instanceof lambda.CfnPermission) as lambda.CfnPermission;
}

test('a rule that is disabled, changed or gone sends nothing', async () => {
  await deploy((stack) => rule(stack, undefined, { enabled: false }));
  parameters().putByHand('/events/four', '1');
  await deploy((stack) => rule(stack, undefined, { eventPattern: { source: ['aws.s3'] } }));
  parameters().putByHand('/events/four', '2');
  const target = await deploy((stack) => handler(stack));
  parameters().putByHand('/events/four', '3');
  await cloudFormation.idle();

  expect(target.deliveries).toEqual([]);
});

test('a function that is gone is not started again, and a rule that is left over drops its events', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({ does: 'throw' })));
  const without = synth((stack) => {
    new events.CfnRule(stack, 'Left', {
      eventPattern: { source: ['aws.ssm'] },
      targets: [{ id: 'Target0', arn: 'arn:aws:lambda:us-east-1:111111111111:function:gone' }],
    });
  });
  parameters().putByHand('/events/five', '1');
  await until(() => target.logs.some((line) => line.startsWith('ERROR')));
  await cloudFormation.deploy(without, 'Test');
  parameters().putByHand('/events/five', '2');
  await cloudFormation.idle();

  expect(target.deliveries).toMatchObject([{ attempts: 1, outcome: 'failed' }]);
  expect(cloudFormation.droppedEvents).toMatchObject([{ reason: expect.stringContaining('function not found') }]);
});

test('what is under way when the function changes ends with the old code', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({ does: 'wait' })));
  parameters().putByHand('/events/six', 'value');
  await until(() => target.logs.length > 0);
  await deploy((stack) => {
    rule(stack, events.RuleTargetInput.fromObject({ does: 'wait' }));
    handler(stack).addEnvironment('NEW', 'variable');
  });
  await cloudFormation.idle();
  expect(target.deliveries).toMatchObject([{ attempts: 1, outcome: 'succeeded' }]);
});

test.each([
  ['another bus', { EventBusName: 'custom' }, 'unsupported event bus custom'],
  ['a target that is no function', { Targets: [{ Id: 'Target0', Arn: 'arn:aws:sqs:us-east-1:111111111111:queue' }] }, 'unsupported target'],
  ['a queue for dead letters', { Targets: [{ Id: 'Target0', Arn: 'arn:aws:lambda:us-east-1:111111111111:function:f', DeadLetterConfig: {} }] }, 'DeadLetterConfig'],
])('%s is an error', async (_, overrides, message) => {
  await expect(deploy((stack) => {
    const { defaultChild } = rule(stack).node;
    Object.entries(overrides).forEach(([name, value]) => (defaultChild as events.CfnRule).addPropertyOverride(name, value));
  })).rejects.toThrow(message);
});
