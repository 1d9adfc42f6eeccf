import { setTimeout } from 'node:timers/promises';
import { CodeBuildClient, ImportSourceCredentialsCommand, ListSourceCredentialsCommand } from '@aws-sdk/client-codebuild';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Aws } from './aws';
import { ACCOUNT, Administrator } from './principals';

const IMPORT = new ImportSourceCredentialsCommand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'a-token' });
const operation = 'ImportSourceCredentials';

let aws: Aws;

beforeEach(async () => {
  aws = await Aws.start();
});
afterEach(() => aws.stop());

function client(maxAttempts = 1): CodeBuildClient {
  const credentials = aws.credentialsFor(new Administrator());
  return new CodeBuildClient({ endpoint: aws.endpoint, region: 'eu-west-1', credentials, maxAttempts });
}

function held(): string | undefined {
  return aws.region(ACCOUNT, 'eu-west-1').sourceCredentials.held('GITHUB')?.token;
}

test.each([
  ['throttle', 'ThrottlingException', 'Rate exceeded', 400],
  ['serverError', 'InternalFailure', 'An error occurred on the server side.', 500],
  ['accessDenied', 'AccessDeniedException', expect.stringContaining('is not authorized to perform: codebuild:ImportSourceCredentials'), 400],
] as const)('%s returns an error and does nothing', async (kind, name, message, httpStatusCode) => {
  aws.faults.add({ operation, kind });

  await expect(client().send(IMPORT)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode } });
  expect(held()).toBeUndefined();
  expect(aws.requests).toMatchObject([{ status: httpStatusCode, errorType: name }]);
});

test("serverError returns the service's own error if it has one", async () => {
  aws.faults.add({ service: 'secretsmanager', operation: 'GetSecretValue', kind: 'serverError' });
  const credentials = aws.credentialsFor(new Administrator());
  const secretsManager = new SecretsManagerClient({ endpoint: aws.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });

  await expect(secretsManager.send(new GetSecretValueCommand({ SecretId: 'ci/github' }))).rejects.toMatchObject({ name: 'InternalServiceError' });
});

test.each([
  ['reset', undefined],
  ['resetAfterApply', 'a-token'],
] as const)('%s breaks the connection', async (kind, token) => {
  aws.faults.add({ operation, kind });

  await expect(client().send(IMPORT)).rejects.toThrow('ECONNRESET');
  expect(held()).toBe(token);
  expect(aws.requests).toMatchObject([{ operation }]);
  expect(aws.requests[0].status).toBeUndefined();
});

test('delay answers later', async () => {
  aws.faults.add({ operation, kind: 'delay', delayMs: 200 });
  const started = performance.now();
  await client().send(IMPORT);

  expect(performance.now() - started).toBeGreaterThanOrEqual(190);
  expect(held()).toBe('a-token');
});

test('never answers until the server stops', async () => {
  aws.faults.add({ operation, kind: 'never' });
  const answered = jest.fn();
  const pending = client().send(IMPORT).finally(answered);
  pending.catch(() => undefined);
  await setTimeout(200);

  expect(answered).not.toHaveBeenCalled();
  expect(aws.requests).toMatchObject([{ operation }]);
  expect(held()).toBeUndefined();

  await aws.stop();
  await expect(pending).rejects.toThrow();
  aws = await Aws.start();
});

test('faults take effect in order, as often as requested, for their operation and service', async () => {
  aws.faults.add({ operation: 'ListSourceCredentials', kind: 'throttle' });
  aws.faults.add({ service: 'secretsmanager', operation, kind: 'throttle' });
  aws.faults.add({ operation, kind: 'throttle', times: 2 });
  aws.faults.add({ operation, kind: 'serverError' });
  await client(4).send(IMPORT);

  expect(aws.requests.map(({ status }) => status)).toEqual([400, 400, 500, 200]);
  expect(aws.faults.pending).toMatchObject([{ operation: 'ListSourceCredentials' }, { service: 'secretsmanager' }]);
  aws.faults.clear();
  expect(aws.faults.pending).toEqual([]);
});

test.each([
  ['dieBefore', undefined],
  ['dieAfterApply', 'a-token'],
] as const)('%s reports the caller to terminate by its access key, and never answers', async (kind, token) => {
  aws.faults.add({ operation, kind });
  const credentials = aws.credentialsFor(new Administrator());
  const calling = new CodeBuildClient({ endpoint: aws.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  const dead = new Promise((resolve) => aws.onDeath((caller) => {
    resolve([caller, held()]);
    calling.destroy();
  }));
  const answered = jest.fn();
  calling.send(IMPORT).then(answered, answered);

  expect(await dead).toEqual([{ accessKeyId: credentials.accessKeyId }, token]);
  await setTimeout(50);
  expect(aws.requests).toMatchObject([{ operation }]);
  expect(aws.requests[0].status).toBeUndefined();
});

test('a fault can skip requests, and can apply to any operation', async () => {
  aws.faults.add({ operation: '*', kind: 'throttle', skip: 1 });
  aws.faults.add({ operation, kind: 'serverError', skip: 2 });
  await client(4).send(new ListSourceCredentialsCommand({}));
  await client(4).send(IMPORT);
  await client(4).send(IMPORT);

  expect(aws.requests.map(({ status }) => status)).toEqual([200, 400, 200, 500, 200]);
  expect(aws.faults.pending).toEqual([]);
});

test('a fault does not hide a bad signature', async () => {
  aws.faults.add({ operation, kind: 'throttle' });
  const credentials = { ...aws.credentialsFor(new Administrator()), secretAccessKey: 'wrong' };
  const wrong = new CodeBuildClient({ endpoint: aws.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });

  await expect(wrong.send(IMPORT)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
});
