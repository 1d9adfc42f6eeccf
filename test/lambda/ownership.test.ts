import { randomUUID } from 'node:crypto';
import { ACCOUNT, context, enterLambda, invoke, LifecycleEvent, lifecycleEvent, REGION, STACK_ID } from './invocation';
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

/** Somebody writes something else into the claim, or what nobody writes any more. */
function changeClaim(part: object): void {
  aws.region(ACCOUNT, REGION).parameters.putByHand(CLAIM, JSON.stringify({ ...claim(), ...part }));
}

const send = async (event: LifecycleEvent) => invoke(aws, { ResourceProperties: TOKEN, ...event });

test('a Create that is delivered twice is carried out once, and answered alike', async () => {
  const event = { RequestType: 'Create', RequestId: randomUUID() };
  const [first, second] = [await send(event), await send(event)];

  expect(first.answer.Status).toBe('SUCCESS');
  expect(second.answer).toEqual(first.answer);
  expect(changes(aws)).toEqual(['ImportSourceCredentials']);
  expect(claim().pending).toBeUndefined();
});

test('a Create that is delivered again once its credential is gone is answered as before', async () => {
  const event = { RequestType: 'Create', RequestId: randomUUID() };
  const first = await send(event);
  aws.region(ACCOUNT, REGION).sourceCredentials.deleteByHand('GITHUB');

  expect((await send(event)).answer).toEqual(first.answer);
  expect(held()).toEqual([]);
});

test('a Create that is delivered again settles what another one has left that died', async () => {
  const event = { RequestType: 'Create', RequestId: randomUUID() };
  await send(event);
  const { force, owners: [owner] } = claim();
  changeClaim({ owners: [], force: undefined, pending: { ...owner, tried: [force], at: 0, base: 0 } });

  await send(event);
  expect(held()).toEqual([]);
  expect(claim().pending).toBeUndefined();
});

test('what another stack owns is left alone when it should not be overwritten, and is named', async () => {
  await send({ RequestType: 'Create' });
  const { owners: [owner] } = claim();
  const elsewhere = { ...owner, stackId: owner.stackId.replace('Infrastructure', 'Else') };
  changeClaim({ owners: [{ ...elsewhere, id: 'GITHUB/before', logicalId: 'Before' }, elsewhere] });
  aws.requests.length = 0;

  const { answer } = await send({ RequestType: 'Create', LogicalResourceId: 'Next', ResourceProperties: { ...TOKEN, ShouldOverwrite: 'false' } });
  expect(answer.Reason).toContain('has a GITHUB credential already (PERSONAL_ACCESS_TOKEN; GitHub of stack Else owns it), and shouldOverwrite is false');
  expect(changes(aws)).toEqual([]);
});

test.each([
  ['what its own stack has there', () => ({})],
  ['what an attempt of ours has left that died', ({ force }: any) => ({ owners: [], force: undefined, pending: { id: 'GITHUB/died', stackId: 'a', logicalId: 'b', tried: [force], at: 0, base: 0 } })],
])('a resource may replace %s, also when it should not overwrite', async (_, change) => {
  await send({ RequestType: 'Create' });
  changeClaim(change(claim()));

  const { answer } = await send({ RequestType: 'Create', LogicalResourceId: 'Next', ResourceProperties: { ...TOKEN, ShouldOverwrite: 'false' } });
  expect(answer.Status).toBe('SUCCESS');
});

describe('the one in force goes, and the secret of the owner before may not be read', () => {
  /** Two resources with a secret each; the second one goes, and for a moment nothing of Secrets Manager may be read. */
  async function leave(stackOfTheFirst: string) {
    await send({ RequestType: 'Create', LogicalResourceId: 'First' });
    aws.region(ACCOUNT, REGION).secrets.put('ci/github', 'ghp_another-token');
    const ResourceProperties = { ...TOKEN, RefreshOnSecretChange: 'false' };
    const { answer: { PhysicalResourceId } } = await send({ RequestType: 'Create', LogicalResourceId: 'Second', ResourceProperties });
    changeClaim({ owners: claim().owners.map((owner: any) => owner.logicalId === 'First' ? { ...owner, stackId: stackOfTheFirst } : owner) });
    aws.region(ACCOUNT, REGION).secrets.put('ci/github', 'ghp_a-token');
    aws.requests.length = 0;
    aws.faults.add({ operation: 'GetSecretValue', kind: 'accessDenied', times: 1 });
    return send({ RequestType: 'Delete', LogicalResourceId: 'Second', PhysicalResourceId, ResourceProperties });
  }

  test('of the same stack, which IAM has yet to learn: it waits', async () => {
    expect((await leave(STACK_ID)).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual(['ghp_a-token']);
    expect(claim().force.id).toBe(claim().owners[0].id);
  });

  test('of another stack, which it never may: that one has to', async () => {
    const { answer, logs } = await leave(STACK_ID.replace('Infrastructure', 'Else'));

    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toEqual(['ghp_another-token']);
    // Of nobody who is alive, but still the library's to delete.
    expect(claim().force).toEqual({ id: '', authType: 'PERSONAL_ACCESS_TOKEN' });
    expect(logs).toContainEqual({
      level: 'warn', message: 'left what was in force: the credential of the owner before could not be imported', serverType: 'GITHUB', owner: 'First of stack Else',
    });
  });
});

test('what somebody else has imported is left alone, and that is told', async () => {
  const { answer: { PhysicalResourceId } } = await send({ RequestType: 'Create' });
  aws.region(ACCOUNT, REGION).sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

  const { logs } = await send({ RequestType: 'Delete', PhysicalResourceId });
  expect(held()).toEqual(['by hand']);
  expect(logs).toContainEqual({ level: 'info', message: 'left alone: somebody else has imported it', serverType: 'GITHUB', authType: 'OAUTH' });
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
  const answerUrl = aws.answerUrl(sent);
  const late = lifecycleEvent({ RequestType: 'Create', ResourceProperties: TOKEN }, answerUrl.url);
  await handler(lifecycleEvent({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-ABC', ResourceProperties: TOKEN }, aws.answerUrl(sent).url), context());
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await handler(late, context());
  jest.restoreAllMocks();

  expect(held()).toEqual([]);
  expect(answerUrl.answers[0].body!.Reason).toContain('a later request for this resource was carried out already: CloudFormation has called this one off');
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
