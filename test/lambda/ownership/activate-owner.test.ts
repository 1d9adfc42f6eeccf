import { randomUUID } from 'node:crypto';
import { handler } from '../../../lambda/handler';
import { Aws } from '../../../simulator';
import { StoredRecords } from '../../stored-records';
import { GITHUB_TOKEN, storeSecret, useAccount } from '../account';
import { ACCOUNT, context, invoke, LifecycleEvent, lifecycleEvent, REGION, sentAt, STACK_ID } from '../invocation';
import { changes } from '../refusal';

/* A Create or Update beside others, and after attempts that died; whole deployments are in test/deployments. */

let aws: Aws;

useAccount((started) => { aws = started; });

beforeEach(() => storeSecret(region(), 'ci/github', GITHUB_TOKEN));

const ELSE = STACK_ID.replace('Infrastructure', 'Else');
const TOKEN = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' };
const BY_HAND = { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' } as const;

const region = () => aws.region(ACCOUNT, REGION);
const records = () => new StoredRecords(region());
const held = () => region().sourceCredentials.list().map(({ token }) => token);
const send = async (event: LifecycleEvent & { sentAt?: number }) => invoke(aws, { ResourceProperties: TOKEN, ...event });
const create = async (event: Partial<LifecycleEvent> = {}) => send({ RequestType: 'Create', ...event });

/** What an attempt at a request leaves that dies at its import. */
function diesAtImport(requestId: string, { ownerId = requestId, before, ...others }: Record<string, unknown> = {}) {
  records().put(`owners/${ownerId}/${requestId}`, {
    format: 1,
    stackId: STACK_ID,
    logicalId: 'GitHub',
    sentAt: sentAt(requestId),
    seq: 0,
    deployedAt: sentAt(requestId),
    credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github', RefreshOnSecretChange: 'true' },
    fingerprint: { authType: 'PERSONAL_ACCESS_TOKEN' },
    unfinished: { before },
    ...others,
  });
}

describe('a Create that is delivered again', () => {
  test('is answered alike, and has one owner', async () => {
    const event = { RequestType: 'Create', RequestId: randomUUID() };
    const [first, second] = [await send(event), await send(event)];

    expect(first.answer.Status).toBe('SUCCESS');
    expect(second.answer).toEqual(first.answer);
    expect(records().names()).toEqual([`owners/${event.RequestId}/${event.RequestId}`]);
    expect(held()).toEqual([GITHUB_TOKEN]);
  });

  test('brings back what was deleted meanwhile', async () => {
    const event = { RequestType: 'Create', RequestId: randomUUID() };
    const first = await send(event);
    region().sourceCredentials.deleteByHand('GITHUB');

    expect((await send(event)).answer).toEqual(first.answer);
    expect(held()).toEqual([GITHUB_TOKEN]);
  });

  test('is answered alike though its secret cannot be read any more', async () => {
    const event = { RequestType: 'Create', RequestId: randomUUID() };
    const first = await send(event);
    region().secrets.scheduleDeletion('ci/github');
    const second = await send(event);
    region().secrets.restore('ci/github');
    expect(second.answer).toEqual(first.answer);
  });

  test('finishes what another attempt has begun that died', async () => {
    const RequestId = randomUUID();
    diesAtImport(RequestId);
    region().sourceCredentials.importByHand({ ...BY_HAND, token: GITHUB_TOKEN });

    expect((await create({ RequestId, ResourceProperties: { ...TOKEN, ShouldOverwrite: 'false' } })).answer.Status).toBe('SUCCESS');
    expect(records().owners()).toMatchObject([{ name: `owners/${RequestId}/${RequestId}` }]);
    expect(records().owners()[0]).not.toHaveProperty('unfinished');
    expect(records().owners()[0]).not.toHaveProperty('overwrote');
  });

  test('does not overwrite what was there before the attempt that died, where it should not', async () => {
    const RequestId = randomUUID();
    diesAtImport(RequestId, { before: { authType: 'PERSONAL_ACCESS_TOKEN' } });
    region().sourceCredentials.importByHand(BY_HAND);

    expect((await create({ RequestId, ResourceProperties: { ...TOKEN, ShouldOverwrite: 'false' } })).answer.Status).toBe('FAILED');
    expect([held(), records().owners()]).toEqual([['by hand'], []]);
  });

  test('touches nothing where it fails before its import: what its twin has done, a Delete settles', async () => {
    const RequestId = randomUUID();
    diesAtImport(RequestId);
    region().sourceCredentials.importByHand({ ...BY_HAND, token: GITHUB_TOKEN });
    aws.faults.add({ operation: 'GetSecretValue', kind: 'serverError', times: 5 });

    const { answer } = await create({ RequestId });
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${RequestId}` });
    expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ unfinished: {} }]]);

    await send({ RequestType: 'Delete', PhysicalResourceId: answer.PhysicalResourceId });
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('after its Delete is not carried out', async () => {
    const RequestId = randomUUID();
    const { answer } = await create({ RequestId });
    await send({ RequestType: 'Delete', PhysicalResourceId: answer.PhysicalResourceId });
    const again = await create({ RequestId });

    expect(again.answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('superseded: CloudFormation has deleted this resource meanwhile') });
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('after a Delete with an id that CloudFormation made up, sent in the same second, is not carried out', async () => {
    const [RequestId, date] = [randomUUID(), sentAt('the second of both')];
    await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-ABC', sentAt: date });
    const { answer } = await send({ RequestType: 'Create', RequestId, sentAt: date });

    expect(answer.Reason).toContain('superseded');
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('after such a Delete does not keep a later Create of the same resource from being carried out', async () => {
    await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-ABC' });
    expect((await create()).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([GITHUB_TOKEN]);
  });
});

describe('a Create that is cancelled', () => {
  /** Somebody deletes the resource while the Create waits for IAM between two tries to import. */
  async function cancelWhileWaiting(RequestId: string) {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'accessDenied' });
    const creation = create({ RequestId });
    while (!changes(aws).length) await new Promise((resolve) => setTimeout(resolve, 10));
    records().put(`removed/${RequestId}`, { format: 1, stackId: STACK_ID, logicalId: 'GitHub', ownerId: RequestId, sentAt: sentAt('the-delete'), proof: [] });
    return creation;
  }

  test('while it waits for IAM does not import any more', async () => {
    const { answer } = await cancelWhileWaiting(randomUUID());
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('superseded') });
    expect([held(), records().owners()]).toEqual([[], []]);
    expect(changes(aws)).toEqual(['ImportSourceCredentials']);
  });

  test('leaves the proof of what an event may have imported on its behalf', async () => {
    const RequestId = randomUUID();
    await cancelWhileWaiting(RequestId);
    expect(records().get(`removed/${RequestId}`).proof).toEqual([{ fingerprint: { authType: 'PERSONAL_ACCESS_TOKEN' } }]);
  });
});

describe('with shouldOverwrite: false', () => {
  const ResourceProperties = { ...TOKEN, ShouldOverwrite: 'false' };

  test('what another stack owns is left alone, and its owner is named', async () => {
    await create({ StackId: ELSE });
    aws.requests.length = 0;
    const { answer } = await create({ LogicalResourceId: 'Next', ResourceProperties });

    expect(answer.Reason).toContain('already has a GITHUB credential (PERSONAL_ACCESS_TOKEN; GitHub of stack Else owns it), and shouldOverwrite is false');
    expect(changes(aws)).toEqual([]);
  });

  test('a resource may replace what its own stack has there', async () => {
    await create();
    expect((await create({ LogicalResourceId: 'Next', ResourceProperties })).answer.Status).toBe('SUCCESS');
  });

  test('a resource may not replace what its own stack has had there until somebody replaced it', async () => {
    await create();
    region().sourceCredentials.importByHand({ ...BY_HAND, authType: 'OAUTH' });
    expect((await create({ LogicalResourceId: 'Next', ResourceProperties })).answer.Status).toBe('FAILED');
    expect(held()).toEqual(['by hand']);
  });
});

describe('an Update', () => {
  const BEFORE = TOKEN;
  const AFTER = { ...TOKEN, JsonField: 'token' };

  test('that CloudFormation has cancelled and that comes after its rollback is not carried out', async () => {
    const { answer: { PhysicalResourceId } } = await create();
    const update = { RequestType: 'Update', RequestId: randomUUID(), PhysicalResourceId, ResourceProperties: AFTER, OldResourceProperties: BEFORE };
    sentAt(update.RequestId);
    await send({ ...update, RequestId: randomUUID(), ResourceProperties: BEFORE, OldResourceProperties: AFTER });
    region().secrets.put('ci/github', '{"token":"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"}');
    aws.requests.length = 0;

    expect((await send(update)).answer.Status).toBe('SUCCESS');
    expect(records().owners()).toMatchObject([{ credential: { SecretId: 'ci/github' } }]);
    expect(records().owners()[0].credential).not.toHaveProperty('JsonField');
  });

  test('takes along what an attempt at an earlier one has left that died', async () => {
    const { answer: { PhysicalResourceId, RequestId } } = await create();
    const died = randomUUID();
    diesAtImport(died, { ownerId: RequestId, credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/other', RefreshOnSecretChange: 'true' } });
    region().sourceCredentials.importByHand({ ...BY_HAND, token: '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' });

    const { answer } = await send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: { ...TOKEN, SecretId: 'ci/other' } });
    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([GITHUB_TOKEN]);
    // The rollback of an attempt does not make its owner the last one that was deployed.
    expect(records().owners()).toMatchObject([{ name: `owners/${RequestId}/${answer.RequestId}`, deployedAt: sentAt(RequestId) }]);
  });

  test('makes its owner the last one that was deployed', async () => {
    const { answer: { PhysicalResourceId } } = await create();
    const ResourceProperties = { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn: region().connections.create({ name: 'a', providerType: 'GitHub' }) };
    await create({ StackId: ELSE, LogicalResourceId: 'Next', ResourceProperties });
    expect(held()).toEqual([ResourceProperties.ConnectionArn]);

    const SecretId = region().secrets.create({ name: `ci/${randomUUID()}`, value: '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' });
    await send({ RequestType: 'Update', PhysicalResourceId, ResourceProperties: { ...TOKEN, SecretId } });
    expect(held()).toEqual(['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']);
    expect(records().owners().at(-1)).toMatchObject({ logicalId: 'GitHub' });
  });
});

test('a value that changes while it is imported is imported again', async () => {
  aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'delay', delayMs: 200 });
  const creation = create();
  setTimeout(() => region().secrets.put('ci/github', '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'), 100);

  expect((await creation).answer.Status).toBe('SUCCESS');
  expect(held()).toEqual(['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']);
  expect(changes(aws)).toHaveLength(2);
});

test('two that come at the same moment both become owners, and CodeBuild holds what the later one wants', async () => {
  const SecretId = region().secrets.create({ name: `ci/${randomUUID()}`, value: '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' });
  const log = jest.spyOn(console, 'log').mockImplementation();
  // The earlier one imports last.
  aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'delay', delayMs: 300 });
  const answers = [['One', TOKEN], ['Two', { ...TOKEN, SecretId }]].map(async ([LogicalResourceId, ResourceProperties], index) => {
    const RequestId = randomUUID();
    const answerUrl = aws.answerUrl(sentAt(RequestId));
    await new Promise((resolve) => setTimeout(resolve, 100 * index));
    await handler(lifecycleEvent({ RequestType: 'Create', RequestId, LogicalResourceId, ResourceProperties } as LifecycleEvent, answerUrl.url), context());
    return answerUrl.answers[0].body!.Status;
  });
  expect(await Promise.all(answers)).toEqual(['SUCCESS', 'SUCCESS']);
  log.mockRestore();

  expect(records().owners()).toMatchObject([{ logicalId: 'One' }, { logicalId: 'Two' }]);
  expect(held()).toEqual(['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']);
});

test('a token that was imported, and could not be recorded, is taken out again', async () => {
  // CodeBuild shows the same before and after: only the reply to the import proves whose it is.
  region().sourceCredentials.importByHand(BY_HAND);
  aws.faults.add({ operation: 'PutParameter', kind: 'serverError', skip: 1, times: 5 });
  const { answer } = await create();

  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${answer.RequestId}` });
  expect([held(), records().owners()]).toEqual([[], []]);
});

test('what fails after the import and its record is left to the next look: the Create has succeeded', async () => {
  aws.faults.add({ operation: 'GetParametersByPath', kind: 'serverError', skip: 2, times: 5 });
  const { answer, logs } = await create();

  expect(answer.Status).toBe('SUCCESS');
  expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ logicalId: 'GitHub' }]]);
  expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: 'the credential was imported, but what follows failed: the next event or look continues' }));
});

describe('a connection that somebody is about to delete', () => {
  const connection = () => {
    const ConnectionArn = region().connections.create({ name: 'a', providerType: 'GitHub' });
    const id = ConnectionArn.split('/')[1];
    return { properties: { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn }, id, arn: ConnectionArn };
  };

  test('is not imported, and who deletes it is named', async () => {
    const { arn, id, properties } = connection();
    records().put(`connections/${id}/deleting/1`, { format: 1, stackId: ELSE, logicalId: 'Connection', connectionArn: arn });
    const { answer } = await create({ ResourceProperties: properties });

    expect(answer.Reason).toContain(`connection ${arn} is being deleted by Connection of stack Else. Use another connection, or set its removal policy to RETAIN, and deploy again`);
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test.each([
    ['another connection is', '0', { format: 1, stackId: ELSE, logicalId: 'Connection', connectionArn: 'another' }],
    ['the mark cannot be read', '', 'no JSON'],
  ])('is imported where %s', async (_, suffix, record) => {
    const { arn, id, properties } = connection();
    records().put(`connections/${id}${suffix}/deleting/1`, record);
    expect((await create({ ResourceProperties: properties })).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([arn]);
  });
});

describe('a record of a newer release', () => {
  const newer = (others: object = {}) => ({ format: 2, stackId: STACK_ID, logicalId: 'Newer', sentAt: sentAt('newer'), seq: 0, deployedAt: sentAt('newer'), wanted: { by: 'the future' }, ...others });

  test('of this stack, which was deployed last, makes a deployment fail that does not know it, and leaves CodeBuild', async () => {
    region().sourceCredentials.importByHand(BY_HAND);
    records().put('owners/newer/newer', newer());
    aws.requests.length = 0;
    const { answer } = await create();

    expect(answer.Reason).toContain('the record of Newer of stack Infrastructure in Parameter Store was written by a newer release of cdk-codebuild-source-credentials, or changed by hand. Deploy with that release');
    expect(answer.PhysicalResourceId).toMatch(/^untouched\//);
    expect([held(), changes(aws), records().names()]).toEqual([['by hand'], [], ['owners/newer/newer']]);
  });

  test('of another stack is one of an owner: a deployment goes on, and its stack is asked when this one goes', async () => {
    records().put('owners/newer/newer', newer({ stackId: ELSE }));
    const { answer } = await create();
    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([GITHUB_TOKEN]);

    await send({ RequestType: 'Delete', PhysicalResourceId: answer.PhysicalResourceId });
    expect(aws.requests.filter(({ operation }) => operation === 'PutEvents').map(({ body }) => JSON.parse(body.Entries[0].Detail)))
      .toEqual([{ stackId: ELSE, serverType: 'GITHUB' }]);
    expect(held()).toEqual([GITHUB_TOKEN]);
    expect(records().names()).toContain('owners/newer/newer');
  });
});
