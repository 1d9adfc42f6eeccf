import { randomUUID } from 'node:crypto';
import { ACCOUNT, context, enterLambda, invoke, LifecycleEvent, lifecycleEvent, REGION } from './invocation';
import { changes } from './refusal';
import { handler } from '../../lambda/handler';
import { Aws } from '../aws';

/* What the claim is for in one process; whole deployments are in test/deployments. */

let aws: Aws;

beforeAll(async () => {
  aws = await Aws.start();
  enterLambda(aws);
});

afterAll(async () => aws.stop());

beforeEach(() => {
  const { parameters, secrets, sourceCredentials } = aws.region(ACCOUNT, REGION);
  if (parameters.get(CLAIM)) parameters.deleteByHand(CLAIM);
  if (sourceCredentials.held('GITHUB')) sourceCredentials.deleteByHand('GITHUB');
  if (!secrets.find(({ name }) => name === 'ci/github')) secrets.create({ name: 'ci/github', value: 'ghp_a-token' });
  aws.requests.length = 0;
  aws.faults.clear();
});

const CLAIM = '/codebuild-source-credentials/GITHUB';
const TOKEN = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' };

const claim = () => JSON.parse(aws.region(ACCOUNT, REGION).parameters.get(CLAIM)!.value);
const held = () => aws.region(ACCOUNT, REGION).sourceCredentials.list().map(({ token }) => token);

const send = async (event: LifecycleEvent) => invoke(aws, { ResourceProperties: TOKEN, ...event });

test('a Create that is delivered twice is carried out once, and answered alike', async () => {
  const event = { RequestType: 'Create', RequestId: randomUUID() };
  const [first, second] = [await send(event), await send(event)];

  expect(first.answer.Status).toBe('SUCCESS');
  expect(second.answer).toEqual(first.answer);
  expect(changes(aws)).toEqual(['ImportSourceCredentials']);
});

test('a Create that failed under the lease fails again when it is delivered again', async () => {
  const event = { RequestType: 'Create', RequestId: randomUUID() };
  aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 5 });
  const [first, second] = [await send(event), await send(event)];

  expect(first.answer.Status).toBe('FAILED');
  expect(second.answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('this request was answered before, as failed') });
  expect(held()).toEqual([]);
});

test('a token that was imported, and could not be written into the claim, is taken out again', async () => {
  // CodeBuild shows the same before and after: only the reply to the import proves whose it is.
  aws.region(ACCOUNT, REGION).sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  aws.faults.add({ operation: 'PutParameter', kind: 'throttle', skip: 1, times: 5 });
  const { answer } = await send({ RequestType: 'Create' });

  expect(answer.Status).toBe('FAILED');
  expect(held()).toEqual([]);
});

test('a Create that is tried again after its Delete, sent in the same second, is not carried out', async () => {
  jest.spyOn(console, 'log').mockImplementation();
  const sent = Math.floor(Date.now() / 1_000) * 1_000;
  const late = lifecycleEvent({ RequestType: 'Create', ResourceProperties: TOKEN }, aws.answerUrl(sent).url);
  await handler(lifecycleEvent({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-ABC', ResourceProperties: TOKEN }, aws.answerUrl(sent).url), context());
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await handler(late, context());
  jest.restoreAllMocks();

  expect(held()).toEqual([]);
});

test('while it waits for IAM others may go on: the lease is given back', async () => {
  aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'accessDenied', times: 1 });
  const { answer } = await send({ RequestType: 'Create' });

  expect(answer.Status).toBe('SUCCESS');
  expect(aws.requests.map(({ operation }) => operation).filter((operation) => operation === 'PutParameter')).toHaveLength(4);
});

test('two that come at the same moment take turns', async () => {
  // Both read the claim before either has written.
  aws.faults.add({ operation: 'PutParameter', kind: 'delay', delayMs: 300, times: 2 });
  const log = jest.spyOn(console, 'log').mockImplementation();
  const answers = await Promise.all(['One', 'Two'].map(async (LogicalResourceId) => {
    const answerUrl = aws.answerUrl();
    await handler(lifecycleEvent({ RequestType: 'Create', ResourceProperties: TOKEN, LogicalResourceId }, answerUrl.url), context());
    return answerUrl.answers[0].body?.Status;
  }));
  log.mockRestore();

  expect(answers).toEqual(['SUCCESS', 'SUCCESS']);
  expect(claim().owners.map(({ logicalId }: { logicalId: string }) => logicalId).sort()).toEqual(['One', 'Two']);
  expect(held()).toEqual(['ghp_a-token']);
});

test('a claim that somebody has broken by hand is told, and nothing is touched', async () => {
  await send({ RequestType: 'Create' });
  aws.region(ACCOUNT, REGION).parameters.putByHand(CLAIM, 'no JSON');
  aws.requests.length = 0;

  expect((await send({ RequestType: 'Create' })).answer.Reason).toContain(`the claim ${CLAIM} in us-east-1 could not be read: SyntaxError`);
  expect(changes(aws)).toEqual([]);
});
