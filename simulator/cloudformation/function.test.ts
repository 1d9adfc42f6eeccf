import { Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CloudFormation, Deployment } from '.';
import { Aws } from '../aws';
import { custom, handler, synth } from './fixtures/app';
import { useCloudFormation } from './fixtures/engine';

let aws: Aws;
let cloudFormation: CloudFormation;

useCloudFormation((engine, simulated) => { [cloudFormation, aws] = [engine, simulated]; });

/** Deploys, and waits until the function is idle, which happens slightly after the stack is done. */
async function deploy(build: (stack: Stack) => void): Promise<Deployment> {
  const deployment = await cloudFormation.deploy(synth(build), 'Test');
  await cloudFormation.idle();
  return deployment;
}

function data(logicalId: string): Record<string, any> {
  return cloudFormation.stack('Test').resources[logicalId].attributes;
}

test('has the environment variables that Lambda sets, and none of this machine', async () => {
  process.env.OF_THIS_MACHINE = 'yes';
  await deploy((stack) => {
    handler(stack).addEnvironment('OWN', 'variable');
    custom(stack, 'One', { Does: { Create: 'report' } });
  });
  delete process.env.OF_THIS_MACHINE;

  const environment = JSON.parse(data('One').environment);
  const { physicalId } = Object.values(cloudFormation.stack('Test').resources).find(({ type }) => type === 'AWS::Lambda::Function')!;
  expect(environment).toMatchObject({
    AWS_ACCESS_KEY_ID: expect.any(String),
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_LAMBDA_FUNCTION_NAME: physicalId,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${physicalId}`,
    AWS_REGION: 'us-east-1',
    AWS_SESSION_TOKEN: expect.any(String),
    OWN: 'variable',
    TZ: ':UTC',
  });
  expect(environment).not.toHaveProperty('OF_THIS_MACHINE');
  expect(environment).not.toHaveProperty('HOME');

  const context = JSON.parse(data('One').context);
  expect(context).toMatchObject({ awsRequestId: expect.any(String), functionName: physicalId, logGroupName: `/aws/lambda/${physicalId}` });
  expect(context.logStreamName).toBe(environment.AWS_LAMBDA_LOG_STREAM_NAME);
  expect(context.remaining).toBeGreaterThan(60_000);
  expect(context.remaining).toBeLessThanOrEqual(120_000);
});

test('reuses the process for the next event, and starts a new one after a kill', async () => {
  await deploy((stack) => {
    custom(stack, 'One', { Does: { Create: 'report' } });
    custom(stack, 'Two', { Does: { Create: 'report' } });
  });
  const { pid } = data('One');
  expect(data('Two').pid).toBe(pid);

  cloudFormation.function('Test').kill();
  await deploy((stack) => custom(stack, 'Three', { Does: { Create: 'report' } }));
  expect(data('Three').pid).not.toBe(pid);
});

test('skips a minute in which all processes only wait, and advances the clock and the remaining time', async () => {
  const startedAt = Date.now();
  await deploy((stack) => custom(stack, 'One', { Does: { Create: 'wait-a-minute' } }));
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  expect(Number(data('One').waited)).toBeGreaterThanOrEqual(59_000);
  expect(Number(data('One').remaining)).toBeLessThan(61_000);
});

test('retries after an exception', async () => {
  const { status } = await deploy((stack) => custom(stack, 'One', { Does: { Create: 'throw-first' } }));
  expect(status).toBe('CREATE_COMPLETE');
  expect(cloudFormation.function('Test').logs.filter((line) => line === 'Create One')).toHaveLength(2);
});

test.each(['throw', 'die'])('is attempted at most three times (%s)', async (Create) => {
  const created = await deploy((stack) => custom(stack, 'One', { Does: { Create } }, Duration.seconds(400)));
  expect(created.status).toBe('ROLLBACK_COMPLETE');
  expect(created.events.find(({ request }) => request?.RequestType === 'Create')!.milliseconds).toBeGreaterThanOrEqual(400_000);
});

test('invoke rejects with the last error after three attempts', async () => {
  await deploy((stack) => custom(stack, 'One'));
  const lambdaFunction = cloudFormation.function('Test');
  await expect(lambdaFunction.invoke({ RequestType: 'Create', LogicalResourceId: 'Unknown', ResourceProperties: { Does: { Create: 'die' } } }))
    .rejects.toThrow('Runtime exited: 1');
  expect(lambdaFunction.logs.filter((line) => line === 'Create Unknown')).toHaveLength(3);
});

test('is killed at its timeout', async () => {
  await deploy((stack) => {
    handler(stack).configureAsyncInvoke({ retryAttempts: 0 });
    custom(stack, 'One');
  });
  const startedAt = Date.now();
  await expect(cloudFormation.function('Test').invoke({ RequestType: 'Update', ResourceProperties: { Does: { Update: 'hang' } } }))
    .rejects.toThrow('Task timed out after 120.00 seconds');
  expect(Date.now() - startedAt).toBeLessThan(30_000);
});

test('follows the retry attempts of an event invoke config', async () => {
  await deploy((stack) => {
    handler(stack).configureAsyncInvoke({ retryAttempts: 0 });
    custom(stack, 'One');
  });
  const lambdaFunction = cloudFormation.function('Test');
  await expect(lambdaFunction.invoke({ RequestType: 'Update', ResourceProperties: { Does: { Update: 'throw' } } })).rejects.toThrow('on purpose');
  expect(lambdaFunction.logs.filter((line) => line.startsWith('Update'))).toHaveLength(1);
});

test('refuses code that is not in the cloud assembly', async () => {
  await expect(deploy((stack) => {
    new lambda.CfnFunction(stack, 'Function', { code: { s3Bucket: 'bucket', s3Key: 'elsewhere' }, role: 'arn:aws:iam::1:role/x' });
  })).rejects.toThrow('no file asset has the key elsewhere');
});
