import { Aws as Pseudo, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CloudFormation, LambdaFunction } from '.';
import { Aws } from '../aws';
import { Administrator } from '../aws/principals';
import { call } from '../aws/signed-request';
import { handler, synth, synthWithLongTimeout } from './fixtures/app';
import { useCloudFormation } from './fixtures/engine';

let aws: Aws;
let cloudFormation: CloudFormation;

useCloudFormation((engine, simulated) => { [cloudFormation, aws] = [engine, simulated]; });

/** Puts an event on a bus, as PutEvents does. */
function happen(name: string, { account = '111111111111', region = 'us-east-1', source = 'a-library' } = {}): void {
  aws.region(account, region).events.put({ source, detailType: 'Something Happened', resources: [], detail: { name } });
}

/** Adds a rule that sends every event of a library to the stack's function. */
function rule(stack: Stack, event?: events.RuleTargetInput, more: Partial<events.RuleProps> = {}): events.Rule {
  return new events.Rule(stack, 'Rule', {
    eventPattern: { source: ['a-library'], detailType: ['Something Happened'] },
    targets: [new targets.LambdaFunction(handler(stack), { event })],
    ...more,
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function deploy(build: (stack: Stack) => void): Promise<LambdaFunction> {
  const { status, events: happened } = await cloudFormation.deploy(synthWithLongTimeout(build), 'Test');
  if (!status.match(/^(CREATE|UPDATE)_COMPLETE$/)) throw new Error(JSON.stringify(happened));
  return cloudFormation.function('Test');
}

test('a rule with only a schedule invokes the function on schedule, and for no other event', async () => {
  const target = await deploy((stack) => rule(stack, undefined, { eventPattern: undefined, schedule: events.Schedule.rate(Duration.hours(1)) }));
  happen('value');
  await cloudFormation.idle();
  expect(target.deliveries).toEqual([]);

  await cloudFormation.schedulesComeDue();
  expect(target.deliveries).toMatchObject([{ event: { 'detail-type': 'Scheduled Event', 'source': 'aws.events' }, outcome: 'succeeded' }]);
});

test('a rule with a pattern and a schedule invokes the function for both', async () => {
  const target = await deploy((stack) => rule(stack, undefined, { schedule: events.Schedule.rate(Duration.days(1)) }));
  happen('value');
  await cloudFormation.idle();
  expect(target.deliveries).toMatchObject([{ event: { source: 'a-library' } }]);

  await cloudFormation.schedulesComeDue();
  expect(target.deliveries).toMatchObject([{ event: { source: 'a-library' } }, { event: { source: 'aws.events' }, outcome: 'succeeded' }]);
});

test('refuses a pattern that is too long', async () => {
  const pattern = { source: ['a-library'], resources: ['x'.repeat(2_100)] };
  const created = await cloudFormation.deploy(synthWithLongTimeout((stack) => rule(stack, undefined, { eventPattern: pattern }), 'Long'), 'Long');
  expect(created.status).toBe('ROLLBACK_COMPLETE');
  expect(created.events.find(({ status }) => status === 'CREATE_FAILED')!.reason).toContain('longer than 2048 characters');
});

test('an event of PutEvents invokes only the function of the stack whose rule matches', async () => {
  const ruleForOwnStack = (stack: Stack) => rule(stack, undefined, {
    eventPattern: {
      $or: [
        { 'source': ['a-library'], 'detail-type': ['Something Happened'], 'detail': { stackId: [Pseudo.STACK_ID] } },
        { source: ['aws.secretsmanager'], detail: { name: ['events/secret'] } },
      ],
    } as events.EventPattern,
  });
  for (const stackName of ['One', 'Two']) await cloudFormation.deploy(synthWithLongTimeout(ruleForOwnStack, stackName), stackName);
  const { stackId } = cloudFormation.stack('Two');
  const entry = { Source: 'a-library', DetailType: 'Something Happened', Detail: JSON.stringify({ stackId }) };
  const { body } = await call({
    endpoint: aws.endpoint,
    credentials: aws.credentialsFor(new Administrator()),
    target: 'AWSEvents.PutEvents',
    service: 'events',
    region: 'us-east-1',
    body: { Entries: [entry, { ...entry, Detail: '{"stackId":"of no stack"}' }, { ...entry, Source: 'another' }] },
  });
  await cloudFormation.idle();

  expect(cloudFormation.function('One').deliveries).toEqual([]);
  expect(cloudFormation.function('Two').deliveries).toMatchObject([{ event: { id: body.Entries[0].EventId, detail: { stackId } }, outcome: 'succeeded' }]);

  aws.region('111111111111', 'us-east-1').secrets.create({ name: 'events/secret', value: 'value' });
  await cloudFormation.idle();
  expect(cloudFormation.function('One').deliveries).toMatchObject([{ event: { source: 'aws.secretsmanager' } }]);
});

test('an event that the bus loses invokes no function', async () => {
  const target = await deploy((stack) => rule(stack));
  aws.region('111111111111', 'us-east-1').events.lose();
  happen('lost');
  happen('value');
  await cloudFormation.idle();

  expect(target.deliveries).toMatchObject([{ event: { detail: { name: 'value' } } }]);
});

test('an event on the bus invokes the function of the matching rule', async () => {
  const target = await deploy((stack) => rule(stack));
  happen('value');
  happen('elsewhere', { region: 'eu-west-1' });
  happen('in another account', { account: '222222222222' });
  happen('other', { source: 'another-library' });
  await cloudFormation.idle();

  expect(target.deliveries).toEqual([{
    event: expect.objectContaining({ 'detail-type': 'Something Happened', 'detail': { name: 'value' } }),
    awsRequestId: expect.any(String),
    attempts: 1,
    outcome: 'succeeded',
  }]);
  await until(() => target.logs.includes(`Event ${JSON.stringify(target.deliveries[0].event)}`));
});

test('the function receives the input that the target creates from the event', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({
    name: events.EventField.fromPath('$.detail.name'), source: `from ${events.EventField.fromPath('$.source')}`,
  })));
  happen('value');
  await cloudFormation.idle();

  expect(target.deliveries.map(({ event }) => event)).toEqual([{ name: 'value', source: 'from a-library' }]);
});

test('an event is attempted three times before it counts as a failure', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({ does: 'throw' })));
  const startedAt = aws.clock.now();
  happen('value');
  await cloudFormation.idle();

  // One minute before the second attempt, two before the third.
  expect(aws.clock.now() - startedAt).toBeGreaterThanOrEqual(180_000);
  expect(target.failures).toEqual([{
    event: { does: 'throw' }, awsRequestId: expect.any(String), attempts: 3, outcome: 'failed', error: expect.stringContaining('thrown on purpose'),
  }]);
});

test('does not retry an event that is too old', async () => {
  const target = await deploy((stack) => {
    new lambda.EventInvokeConfig(stack, 'Config', { function: handler(stack), maxEventAge: Duration.seconds(60) });
    rule(stack, events.RuleTargetInput.fromObject({ does: 'throw' }));
  });
  happen('value');
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
])('drops the event with %s', async (_, change) => {
  const target = await deploy((stack) => {
    rule(stack);
    change(stack);
  });
  happen('value');
  await cloudFormation.idle();

  expect(target.deliveries).toEqual([]);
  expect(cloudFormation.droppedEvents).toMatchObject([{ reason: expect.stringContaining('no permission'), event: { detail: { name: 'value' } } }]);
});

function permission(stack: Stack): lambda.CfnPermission {
  return stack.node.findAll().find((one) => one instanceof lambda.CfnPermission) as lambda.CfnPermission;
}

test('a rule sends nothing after it is disabled, changed or deleted', async () => {
  await deploy((stack) => rule(stack, undefined, { enabled: false }));
  happen('1');
  await deploy((stack) => rule(stack, undefined, { eventPattern: { source: ['aws.s3'] } }));
  happen('2');
  const target = await deploy((stack) => handler(stack));
  happen('3');
  await cloudFormation.idle();

  expect(target.deliveries).toEqual([]);
});

test('does not restart a deleted function, and a rule with it as target drops its events', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({ does: 'throw' })));
  const without = synth((stack) => {
    new events.CfnRule(stack, 'Left', {
      eventPattern: { source: ['a-library'] },
      targets: [{ id: 'Target0', arn: 'arn:aws:lambda:us-east-1:111111111111:function:gone' }],
    });
  });
  // The clock does not jump while a process works, so the function is deleted before its next attempt.
  const work = aws.clock.begin(() => undefined);
  happen('1');
  await until(() => target.logs.some((line) => line.startsWith('ERROR')));
  await cloudFormation.deploy(without, 'Test');
  work.end();
  happen('2');
  await cloudFormation.idle();

  expect(target.deliveries).toMatchObject([{ attempts: 1, outcome: 'failed' }]);
  expect(cloudFormation.droppedEvents).toMatchObject([{ reason: expect.stringContaining('function not found') }]);
});

test('a running event finishes with the old code when the function changes', async () => {
  const target = await deploy((stack) => rule(stack, events.RuleTargetInput.fromObject({ does: 'wait' })));
  happen('value');
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
  ['a target that is not a function', { Targets: [{ Id: 'Target0', Arn: 'arn:aws:sqs:us-east-1:111111111111:queue' }] }, 'unsupported target'],
  ['a target with an unsupported property', { Targets: [{ Id: 'Target0', Arn: 'arn:aws:lambda:us-east-1:111111111111:function:f', SqsParameters: {} }] }, 'SqsParameters'],
])('%s is an error', async (_, overrides, message) => {
  await expect(deploy((stack) => {
    const { defaultChild } = rule(stack).node;
    Object.entries(overrides).forEach(([name, value]) => (defaultChild as events.CfnRule).addPropertyOverride(name, value));
  })).rejects.toThrow(message);
});
