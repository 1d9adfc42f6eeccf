import { randomUUID } from 'node:crypto';
import { handler } from '../../../lambda/handler';
import { Aws } from '../../../simulator';
import { StoredRecords } from '../../stored-records';
import { GITHUB_TOKEN, storeSecret, useAccount } from '../account';
import { ACCOUNT, context, invoke, LifecycleEvent, lifecycleEvent, REGION, sentAt, STACK_ID } from '../invocation';
import { changes } from '../refusal';

/* Creates and Updates, concurrent or after terminated attempts. Whole deployments are tested in test/deployments. */

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

/** Simulates an attempt that is terminated during its import. */
function terminateAtImport(requestId: string, { ownerId = requestId, before, ...others }: Record<string, unknown> = {}) {
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

describe('a Create that is delivered twice', () => {
  test('gets the same answer again, and has one owner', async () => {
    const event = { RequestType: 'Create', RequestId: randomUUID() };
    const [first, second] = [await send(event), await send(event)];

    expect(first.answer.Status).toBe('SUCCESS');
    expect(second.answer).toEqual(first.answer);
    expect(records().names()).toEqual([`owners/${event.RequestId}/${event.RequestId}`]);
    expect(held()).toEqual([GITHUB_TOKEN]);
  });

  test('restores a credential that was deleted in between', async () => {
    const event = { RequestType: 'Create', RequestId: randomUUID() };
    const first = await send(event);
    region().sourceCredentials.deleteByHand('GITHUB');

    expect((await send(event)).answer).toEqual(first.answer);
    expect(held()).toEqual([GITHUB_TOKEN]);
  });

  test('gets the same answer again although its secret can no longer be read', async () => {
    const event = { RequestType: 'Create', RequestId: randomUUID() };
    const first = await send(event);
    region().secrets.scheduleDeletion('ci/github');
    const second = await send(event);
    region().secrets.restore('ci/github');
    expect(second.answer).toEqual(first.answer);
  });

  test('completes the work of a terminated attempt', async () => {
    const RequestId = randomUUID();
    terminateAtImport(RequestId);
    region().sourceCredentials.importByHand({ ...BY_HAND, token: GITHUB_TOKEN });

    expect((await create({ RequestId, ResourceProperties: { ...TOKEN, ShouldOverwrite: 'false' } })).answer.Status).toBe('SUCCESS');
    expect(records().owners()).toMatchObject([{ name: `owners/${RequestId}/${RequestId}` }]);
    expect(records().owners()[0]).not.toHaveProperty('unfinished');
    expect(records().owners()[0]).not.toHaveProperty('overwrote');
  });

  test('does not overwrite a credential from before the terminated attempt, with shouldOverwrite false', async () => {
    const RequestId = randomUUID();
    terminateAtImport(RequestId, { before: { authType: 'PERSONAL_ACCESS_TOKEN' } });
    region().sourceCredentials.importByHand(BY_HAND);

    expect((await create({ RequestId, ResourceProperties: { ...TOKEN, ShouldOverwrite: 'false' } })).answer.Status).toBe('FAILED');
    expect([held(), records().owners()]).toEqual([['by hand'], []]);
  });

  test('changes nothing if it fails before its import; a Delete undoes what its duplicate did', async () => {
    const RequestId = randomUUID();
    terminateAtImport(RequestId);
    region().sourceCredentials.importByHand({ ...BY_HAND, token: GITHUB_TOKEN });
    aws.faults.add({ operation: 'GetSecretValue', kind: 'serverError', times: 5 });

    const { answer } = await create({ RequestId });
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${RequestId}` });
    expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ unfinished: {} }]]);

    await send({ RequestType: 'Delete', PhysicalResourceId: answer.PhysicalResourceId });
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('after its Delete does nothing', async () => {
    const RequestId = randomUUID();
    const { answer } = await create({ RequestId });
    await send({ RequestType: 'Delete', PhysicalResourceId: answer.PhysicalResourceId });
    const again = await create({ RequestId });

    expect(again.answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('superseded: CloudFormation has deleted this resource in the meantime') });
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('after a Delete with an id that CloudFormation generated, sent in the same second, does nothing', async () => {
    const [RequestId, date] = [randomUUID(), sentAt('the second of both')];
    await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-ABC', sentAt: date });
    const { answer } = await send({ RequestType: 'Create', RequestId, sentAt: date });

    expect(answer.Reason).toContain('superseded');
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('after a Delete with a generated id does not prevent a later Create of the same resource', async () => {
    await send({ RequestType: 'Delete', PhysicalResourceId: 'Infrastructure-GitHub-ABC' });
    expect((await create()).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([GITHUB_TOKEN]);
  });
});

describe('a Create that is cancelled', () => {
  /** Deletes the resource while its Create waits for IAM between two attempts to import. */
  async function cancelWhileWaiting(RequestId: string) {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'accessDenied' });
    const creation = create({ RequestId });
    while (!changes(aws).length) await new Promise((resolve) => setTimeout(resolve, 10));
    records().put(`removed/${RequestId}`, { format: 1, stackId: STACK_ID, logicalId: 'GitHub', ownerId: RequestId, sentAt: sentAt('the-delete'), proof: [] });
    return creation;
  }

  test('while it waits for IAM imports nothing afterwards', async () => {
    const { answer } = await cancelWhileWaiting(randomUUID());
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('superseded') });
    expect([held(), records().owners()]).toEqual([[], []]);
    expect(changes(aws)).toEqual(['ImportSourceCredentials']);
  });

  test('leaves the proof of an import that an event may have made for it', async () => {
    const RequestId = randomUUID();
    await cancelWhileWaiting(RequestId);
    expect(records().get(`removed/${RequestId}`).proof).toEqual([{ fingerprint: { authType: 'PERSONAL_ACCESS_TOKEN' } }]);
  });
});

describe('with shouldOverwrite: false', () => {
  const ResourceProperties = { ...TOKEN, ShouldOverwrite: 'false' };

  test('a credential of another stack is kept, and its owner is named', async () => {
    await create({ StackId: ELSE });
    aws.requests.length = 0;
    const { answer } = await create({ LogicalResourceId: 'Next', ResourceProperties });

    expect(answer.Reason).toContain('already has a GITHUB credential (PERSONAL_ACCESS_TOKEN; GitHub of stack Else owns it), and shouldOverwrite is false');
    expect(changes(aws)).toEqual([]);
  });

  test('a resource may replace the credential of its own stack', async () => {
    await create();
    expect((await create({ LogicalResourceId: 'Next', ResourceProperties })).answer.Status).toBe('SUCCESS');
  });

  test('a resource may not replace a manual import that replaced its own stack\'s credential', async () => {
    await create();
    region().sourceCredentials.importByHand({ ...BY_HAND, authType: 'OAUTH' });
    expect((await create({ LogicalResourceId: 'Next', ResourceProperties })).answer.Status).toBe('FAILED');
    expect(held()).toEqual(['by hand']);
  });
});

describe('an Update', () => {
  const BEFORE = TOKEN;
  const AFTER = { ...TOKEN, JsonField: 'token' };

  test('that arrives after its rollback does nothing, because CloudFormation has cancelled it', async () => {
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

  test('removes the record of a terminated attempt at an earlier Update', async () => {
    const { answer: { PhysicalResourceId, RequestId } } = await create();
    const died = randomUUID();
    terminateAtImport(died, { ownerId: RequestId, credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/other', RefreshOnSecretChange: 'true' } });
    region().sourceCredentials.importByHand({ ...BY_HAND, token: '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' });

    const { answer } = await send({ RequestType: 'Update', PhysicalResourceId, OldResourceProperties: { ...TOKEN, SecretId: 'ci/other' } });
    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([GITHUB_TOKEN]);
    // The rollback does not count as a deployment of its owner.
    expect(records().owners()).toMatchObject([{ name: `owners/${RequestId}/${answer.RequestId}`, deployedAt: sentAt(RequestId) }]);
  });

  test('makes its owner the most recently deployed one', async () => {
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

test('a value that changes during its import is imported again', async () => {
  aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'delay', delayMs: 200 });
  const creation = create();
  setTimeout(() => region().secrets.put('ci/github', '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'), 100);

  expect((await creation).answer.Status).toBe('SUCCESS');
  expect(held()).toEqual(['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']);
  expect(changes(aws)).toHaveLength(2);
});

test('two concurrent Creates both become owners, and CodeBuild holds the credential of the later one', async () => {
  const SecretId = region().secrets.create({ name: `ci/${randomUUID()}`, value: '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' });
  const log = jest.spyOn(console, 'log').mockImplementation();
  // The earlier Create imports last.
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

test('a token that was imported but could not be recorded is deleted again', async () => {
  // CodeBuild lists the same before and after the import: only its reply proves whose credential it is.
  region().sourceCredentials.importByHand(BY_HAND);
  aws.faults.add({ operation: 'PutParameter', kind: 'serverError', skip: 1, times: 5 });
  const { answer } = await create();

  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${answer.RequestId}` });
  expect([held(), records().owners()]).toEqual([[], []]);
});

test('a failure after the import is recorded does not fail the Create; the next daily check repairs it', async () => {
  aws.faults.add({ operation: 'GetParametersByPath', kind: 'serverError', skip: 2, times: 5 });
  const { answer, logs } = await create();

  expect(answer.Status).toBe('SUCCESS');
  expect([held(), records().owners()]).toMatchObject([[GITHUB_TOKEN], [{ logicalId: 'GitHub' }]]);
  expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: 'the credential was imported, but a later step failed: the next event or daily check continues' }));
});

describe('a connection that is being deleted', () => {
  const connection = () => {
    const ConnectionArn = region().connections.create({ name: 'a', providerType: 'GitHub' });
    const id = ConnectionArn.split('/')[1];
    return { properties: { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn }, id, arn: ConnectionArn };
  };

  test('is not imported, and the error names who deletes it', async () => {
    const { arn, id, properties } = connection();
    records().put(`connections/${id}/deleting/1`, { format: 1, stackId: ELSE, logicalId: 'Connection', connectionArn: arn });
    const { answer } = await create({ ResourceProperties: properties });

    expect(answer.Reason).toContain(`connection ${arn} is being deleted by Connection of stack Else. Use another connection, or set its removal policy to RETAIN, and deploy again`);
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test.each([
    ['another connection is being deleted', '0', { format: 1, stackId: ELSE, logicalId: 'Connection', connectionArn: 'another' }],
    ['the deletion record cannot be read', '', 'no JSON'],
  ])('is imported if %s', async (_, suffix, record) => {
    const { arn, id, properties } = connection();
    records().put(`connections/${id}${suffix}/deleting/1`, record);
    expect((await create({ ResourceProperties: properties })).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([arn]);
  });
});

describe('a record of a newer release', () => {
  const newer = (others: object = {}) => ({ format: 2, stackId: STACK_ID, logicalId: 'Newer', sentAt: sentAt('newer'), seq: 0, deployedAt: sentAt('newer'), wanted: { by: 'the future' }, ...others });

  test('of this stack, which was deployed last, makes a deployment of an older release fail without changing CodeBuild', async () => {
    region().sourceCredentials.importByHand(BY_HAND);
    records().put('owners/newer/newer', newer());
    aws.requests.length = 0;
    const { answer } = await create();

    expect(answer.Reason).toContain('the record of Newer of stack Infrastructure in Parameter Store was written by a newer release of cdk-codebuild-source-credentials, or changed by hand. Deploy with that release');
    expect(answer.PhysicalResourceId).toMatch(/^untouched\//);
    expect([held(), changes(aws), records().names()]).toEqual([['by hand'], [], ['owners/newer/newer']]);
  });

  test('of another stack counts as an owner: a deployment succeeds, and its stack is asked to restore when this one is removed', async () => {
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
