import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import { CloudFormation, Deployment } from '.';
import { Aws } from '../aws';
import { custom, synth } from './fixtures/app';
import { useCloudFormation } from './fixtures/engine';

let aws: Aws;
let cloudFormation: CloudFormation;

useCloudFormation((engine, simulated) => { [cloudFormation, aws] = [engine, simulated]; });

const region = () => aws.region('111111111111', 'us-east-1');
const held = (serverType: 'GITHUB' | 'BITBUCKET' = 'GITHUB') => region().sourceCredentials.held(serverType)?.token;

async function deploy(build: (stack: Stack) => void, failing?: string[]): Promise<Deployment> {
  return cloudFormation.deploy(synth(build), 'Test', { failing });
}

function native(stack: Stack, token: string, more: Partial<codebuild.CfnSourceCredentialProps> = {}, id = 'Native'): codebuild.CfnSourceCredential {
  const props = { authType: 'PERSONAL_ACCESS_TOKEN', serverType: 'GITHUB', token, ...more };
  return new codebuild.CfnSourceCredential(stack, id, props);
}

test('is created and deleted with the stack, and its Ref is the ARN', async () => {
  await deploy((stack) => { custom(stack, 'One', { Value: native(stack, 'token').ref }); });
  expect(region().sourceCredentials.list()).toMatchObject([{ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'token' }]);
  expect(cloudFormation.stack('Test').resources.Native.physicalId).toBe('arn:aws:codebuild:us-east-1:111111111111:token/github');

  await cloudFormation.destroy('Test');
  expect(held()).toBeUndefined();
});

test('fails if a credential of the server type exists, and keeps that one', async () => {
  region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  const { events, status } = await deploy((stack) => native(stack, 'token'));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(events.find((event) => event.status === 'CREATE_FAILED')?.reason).toBe(
    'Failed to call ImportSourceCredentials, reason: Access token with server type GITHUB already exists. Delete its source credential and try again.',
  );
  expect(held()).toBe('by hand');
});

test('fails without a token', async () => {
  const { events } = await deploy((stack) => native(stack, ''));
  expect(events.find((event) => event.status === 'CREATE_FAILED')?.reason).toContain('Token is required');
});

test('changes in place, and a rollback restores it', async () => {
  await deploy((stack) => native(stack, 'first'));
  const build = (stack: Stack) => {
    const changed = native(stack, 'second', { authType: 'BASIC_AUTH', username: 'me' });
    custom(stack, 'Last').node.addDependency(changed);
  };
  expect((await deploy(build, ['Last'])).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(held()).toBe('first');
  expect((await deploy(build)).status).toBe('UPDATE_COMPLETE');
  expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ authType: 'BASIC_AUTH', token: 'second', username: 'me' });
});

test('is replaced when the server type changes', async () => {
  await deploy((stack) => native(stack, 'token'));
  await deploy((stack) => native(stack, 'token', { serverType: 'BITBUCKET' }));
  expect([held(), held('BITBUCKET')]).toEqual([undefined, 'token']);
});

test('is not replaced if a credential of the new server type exists', async () => {
  await deploy((stack) => native(stack, 'token'));
  region().sourceCredentials.importByHand({ serverType: 'BITBUCKET', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  const { status } = await deploy((stack) => native(stack, 'token', { serverType: 'BITBUCKET' }));
  expect([status, held(), held('BITBUCKET')]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'token', 'by hand']);
});

test('cannot change its logical id', async () => {
  await deploy((stack) => native(stack, 'token'));
  const { status } = await deploy((stack) => native(stack, 'token', {}, 'Renamed'));
  expect([status, held()]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'token']);
});

test('its deletion deletes a credential that a person imported since, unless it is retained', async () => {
  await deploy((stack) => native(stack, 'token'));
  region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  await deploy((stack) => { custom(stack, 'One'); });
  expect(held()).toBeUndefined();

  await cloudFormation.destroy('Test');
  await deploy((stack) => native(stack, 'token').applyRemovalPolicy(RemovalPolicy.RETAIN));
  await cloudFormation.destroy('Test');
  expect(held()).toBe('token');
});

describe('dynamic references', () => {
  const SECRETS = '{{resolve:secretsmanager:ci/github:SecretString:token}}';

  test('are resolved when the properties change, not when the secret does', async () => {
    region().secrets.create({ name: 'ci/github', value: '{"token":"first"}' });
    await deploy((stack) => native(stack, SECRETS));
    expect(held()).toBe('first');

    region().secrets.put('ci/github', '{"token":"second"}');
    expect((await deploy((stack) => native(stack, SECRETS))).events).toEqual([]);
    expect(held()).toBe('first');

    await deploy((stack) => native(stack, `${SECRETS.slice(0, -2)}::}}`));
    expect(held()).toBe('second');
  });

  test.each([
    ['a name', () => 'ci/github:SecretString:token', 'second'],
    ['a name alone', () => 'ci/plain', 'all of it'],
    ['a complete ARN', (arn: string) => `${arn}:SecretString:token`, 'second'],
    ['a partial ARN', (arn: string) => `${arn.slice(0, -7)}:SecretString:token`, 'second'],
    ['a stage', () => 'ci/github:SecretString:token:AWSPREVIOUS', 'first'],
    ['a version', (_: string, id: string) => `ci/github:SecretString:token::${id}`, 'first'],
  ])('by %s', async (_, reference, token) => {
    const arn = region().secrets.create({ name: 'ci/github', value: '{"token":"first"}' });
    const [{ id }] = region().secrets.get('ci/github').versions;
    region().secrets.put('ci/github', '{"token":"second"}');
    region().secrets.create({ name: 'ci/plain', value: 'all of it' });
    await deploy((stack) => native(stack, `{{resolve:secretsmanager:${reference(arn, id)}}}`));
    expect(held()).toBe(token);
  });

  test.each([
    ['to a missing secret', 'ci/absent', "can't find"],
    ['to a missing field', 'ci/github:SecretString:absent', 'JSONKey'],
    ['to a field of a value that is not JSON', 'ci/plain:SecretString:token', 'Could not parse'],
    ['to the binary value', 'ci/github:SecretBinary', 'Could not parse'],
  ])('%s fail', async (_, reference, reason) => {
    region().secrets.create({ name: 'ci/github', value: '{"token":"first"}' });
    region().secrets.create({ name: 'ci/plain', value: 'no JSON' });
    const { events } = await deploy((stack) => native(stack, `{{resolve:secretsmanager:${reference}}}`));
    expect(events.find((event) => event.status === 'CREATE_FAILED')?.reason).toContain(reason);
  });

  test('are an error where they are not supported', async () => {
    await expect(deploy((stack) => { custom(stack, 'One', { Value: SECRETS }); })).rejects.toThrow('dynamic references are not supported');
    cloudFormation = new CloudFormation(aws);
    await expect(deploy((stack) => native(stack, '{{resolve:ssm:name}}'))).rejects.toThrow('dynamic references are not supported');
  });
});

test('a rolled back replacement keeps the old credential', async () => {
  await deploy((stack) => native(stack, 'token'));
  const { status } = await deploy((stack) => {
    custom(stack, 'Last').node.addDependency(native(stack, 'other', { serverType: 'BITBUCKET' }));
  }, ['Last']);
  expect([status, held(), held('BITBUCKET')]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'token', undefined]);
});
