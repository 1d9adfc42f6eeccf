import { Aws } from '../../../simulator';
import { StoredRecords } from '../../stored-records';
import { useAccount } from '../account';
import { ACCOUNT, invoke, LifecycleEvent, REGION, sentAt, STACK_ID } from '../invocation';

let aws: Aws;
let secrets = 0;

useAccount((started) => { aws = started; });

const region = () => aws.region(ACCOUNT, REGION);
const arn = (serverType: string) => `arn:aws:codebuild:${REGION}:${ACCOUNT}:token/${serverType}`;
const called = () => aws.requests.map(({ operation }) => operation);
const records = (serverType = 'GITHUB') => new StoredRecords(region(), serverType);
const held = () => region().sourceCredentials.list();

/** Creates a secret and returns its name. */
function secret(value: string): string {
  secrets += 1;
  region().secrets.create({ name: `ci/secret-${secrets}`, value });
  return `ci/secret-${secrets}`;
}

/** Returns the properties of a GitHub token. */
function gitHub(secretId: string, others: object = {}) {
  return { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: secretId, ShouldOverwrite: 'true', RemovalPolicy: 'destroy', ...others };
}

async function create(properties: object, others: Partial<LifecycleEvent> = {}) {
  return invoke(aws, { RequestType: 'Create', ResourceProperties: properties, ...others });
}

describe('Create', () => {
  test('imports the value of the secret and answers with the ARN', async () => {
    const { answer } = await create(gitHub(secret('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')));

    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { SourceCredentialsArn: arn('github') } });
    expect(answer.PhysicalResourceId).toBe(`GITHUB/${answer.RequestId}`);
    expect(called()).toEqual([
      // The records, CodeBuild's credentials, and the value.
      'GetParametersByPath', 'ListSourceCredentials', 'GetSecretValue',
      // The record of the import, a check for newer requests, and the record of the result.
      'PutParameter', 'GetParametersByPath', 'ImportSourceCredentials', 'PutParameter',
      // A check for other owners, and for a newer value.
      'GetParametersByPath', 'GetSecretValue',
    ]);
    expect(held()).toMatchObject([{ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: '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' }]);
  });

  test('records its owner: first that the import has begun, then that it is complete', async () => {
    const SecretId = secret('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');
    const { answer: { RequestId } } = await create(gitHub(SecretId, { JsonField: undefined }));

    const record = {
      format: 1,
      stackId: STACK_ID,
      logicalId: 'GitHub',
      sentAt: sentAt(RequestId),
      seq: 0,
      deployedAt: sentAt(RequestId),
      credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId, RefreshOnSecretChange: 'true' },
      fingerprint: { authType: 'PERSONAL_ACCESS_TOKEN' },
    };
    const writes = region().parameters.history().filter(({ name }) => name.includes(RequestId));
    expect(new Set(writes.map(({ name }) => name))).toEqual(new Set([`/codebuild-source-credentials/GITHUB/owners/${RequestId}/${RequestId}`]));
    expect(writes.map(({ value }) => JSON.parse(value))).toEqual([{ ...record, unfinished: {} }, record]);
  });

  test('removes a trailing newline, and logs it', async () => {
    const { logs } = await create(gitHub(secret('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\r\n')));

    expect(held()).toMatchObject([{ token: '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' }]);
    expect(logs.filter(({ message }) => message === 'a trailing newline was removed')).toMatchObject([{ level: 'warn' }]);
  });

  test('warns if the user name of Bitbucket is not an e-mail address', async () => {
    const bitbucket = (username: string) => ({ ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH', SecretId: secret(JSON.stringify({ username, password: 'ATATT-x' })) });
    const properties = bitbucket('me');
    const { logs, answer } = await create(properties);

    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ username: 'me', token: 'ATATT-x' }]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('not an e-mail address'), secretId: properties.SecretId }));

    const quiet = await create(bitbucket('me@example.com'));
    expect(quiet.logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('overwrites an existing credential', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    const { answer, logs } = await create(gitHub(secret('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')));
    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: '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' }]);
    expect(records().owners()).toMatchObject([{ overwrote: { authType: 'OAUTH' } }]);
    expect(logs).toContainEqual({
      level: 'warn', message: 'overwrote a credential that no stack owns: CodeBuild never reveals a token, so it cannot be restored', serverType: 'GITHUB', authType: 'OAUTH',
    });
  });

  test('overwrites the credential of another resource of the library without a warning', async () => {
    await create(gitHub(secret('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')));
    const { logs } = await create(gitHub(secret('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')), { LogicalResourceId: 'Other' });
    expect(logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('keeps an existing credential with shouldOverwrite false, and reports it', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'CODECONNECTIONS', token: 'arn:aws:codeconnections:us-east-1:111111111111:connection/x' });
    const { answer } = await create(gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`CodeBuild in us-east-1 already has a GITHUB credential (CODECONNECTIONS, arn:aws:codeconnections:us-east-1:111111111111:connection/x; no stack owns it), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${arn('github')}', or allow it to be overwritten`);
    expect(called()).not.toContain('ImportSourceCredentials');
  });

  test('imports with shouldOverwrite false if there is no credential', async () => {
    region().sourceCredentials.importByHand({ serverType: 'BITBUCKET', authType: 'OAUTH', token: 'another' });
    await create(gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(aws.requests.find(({ operation }) => operation === 'ImportSourceCredentials')!.body.shouldOverwrite).toBe(false);
    expect(held()).toHaveLength(2);
  });

  test('reports CodeBuild\'s refusal', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 9 });
    const { answer } = await create(gitHub(secret('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')));

    expect(answer.Reason).toMatch(/^CodeBuild in us-east-1 did not import the GITHUB credential \(PERSONAL_ACCESS_TOKEN\): /);
  });

  test('with shouldOverwrite false treats the credential as its own after a lost reply to its import', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply' });
    const { answer } = await create(gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: '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' }]);
  });

  test.each(['throttle', 'serverError', 'reset'] as const)('waits for IAM even if the first attempt to import ended in %s', async (kind) => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind });
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'accessDenied' });
    expect((await create(gitHub(secret('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')))).answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: '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' }]);
  });
});

describe('a Create that fails', () => {
  const remove = async (PhysicalResourceId: string, ResourceProperties: object) => invoke(aws, { RequestType: 'Delete', PhysicalResourceId, ResourceProperties });

  const BY_HAND = { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' } as const;

  test.each([
    ['its properties', gitHub(''), (): void => undefined],
    ['its secret', gitHub('ci/missing'), (): void => undefined],
    ['CodeBuild\'s list', gitHub('ci/missing'), () => aws.faults.add({ operation: 'ListSourceCredentials', kind: 'serverError', times: 5 })],
    ['an error of Parameter Store', gitHub('ci/missing'), () => aws.faults.add({ operation: 'GetParametersByPath', kind: 'serverError', times: 5 })],
    ['a credential that it may not overwrite', gitHub('ci/missing', { ShouldOverwrite: 'false' }), (): void => undefined],
  ])('before it wrote anything, because of %s, has an id that says so, and its Delete makes no call', async (_, properties, prepare) => {
    region().sourceCredentials.importByHand(BY_HAND);
    prepare();
    const { answer } = await create(properties);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `untouched/${answer.RequestId}` });
    aws.requests.length = 0;

    const deleted = await remove(answer.PhysicalResourceId, properties);
    expect(deleted.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: answer.PhysicalResourceId });
    expect(called()).toEqual([]);
    expect(held()).toMatchObject([{ token: 'by hand' }]);
    expect(records().names()).toEqual([]);
  });

  test('after it has written its record gets an id that says so, leaves nothing, and can be deleted', async () => {
    const properties = gitHub(secret('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'));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    const { answer } = await create(properties);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${answer.RequestId}` });
    expect([held(), records().owners()]).toEqual([[], []]);

    expect((await remove(answer.PhysicalResourceId, properties)).answer.Status).toBe('SUCCESS');
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('leaves nothing although its removal policy is RETAIN, and fails again when it is delivered again', async () => {
    const properties = gitHub(secret('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'), { RemovalPolicy: 'retain' });
    const RequestId = 'delivered-twice';
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    expect((await create(properties, { RequestId })).answer.Status).toBe('FAILED');
    expect(held()).toEqual([]);

    expect((await create(properties, { RequestId })).answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('superseded') });
    await remove(`failed/${RequestId}`, properties);
    expect(held()).toEqual([]);
  });

  test('after overwriting a manually imported credential reports that it cannot be restored', async () => {
    region().sourceCredentials.importByHand({ ...BY_HAND, authType: 'OAUTH' });
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    const { answer, logs } = await create(gitHub(secret('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')));

    expect(answer.Reason).toContain('. The credential that was there before (OAUTH) may be overwritten, and CodeBuild never reveals a token: import it again if it is needed');
    expect(held()).toEqual([]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('is not restored: CodeBuild never reveals a token'), authType: 'OAUTH' }));
  });

  test('before its import keeps a manually imported credential of the same auth type', async () => {
    region().sourceCredentials.importByHand(BY_HAND);
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'reset', times: 5 });
    const properties = gitHub(secret('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'));
    const { answer } = await create(properties);
    await remove(answer.PhysicalResourceId, properties);

    expect(held()).toMatchObject([{ token: 'by hand' }]);
  });
});

describe('Update', () => {
  const update = async (physicalId: string, properties: object, oldProperties: object = {}) =>
    invoke(aws, { RequestType: 'Update', PhysicalResourceId: physicalId, ResourceProperties: properties, OldResourceProperties: oldProperties });

  test('in place overwrites its own credential, even with shouldOverwrite false', async () => {
    const { answer: { PhysicalResourceId } } = await create(gitHub(secret('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')));
    const { answer } = await update(PhysicalResourceId, gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
    expect(held()).toMatchObject([{ token: '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' }]);
    const ownerId = PhysicalResourceId.replace('GITHUB/', '');
    expect(records().names()).toEqual([`owners/${ownerId}/${answer.RequestId}`]);
  });

  test('that does not change the credential writes its own record and does not make its owner the most recently deployed one', async () => {
    const properties = gitHub(secret('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'));
    const { answer: { PhysicalResourceId, RequestId } } = await create(properties);
    const { answer } = await update(PhysicalResourceId, properties, gitHub('ci/another'));

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId, Data: { SourceCredentialsArn: arn('github') } });
    expect(held()).toMatchObject([{ token: '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' }]);
    expect(records().list('')).toMatchObject([{ name: `owners/${RequestId}/${answer.RequestId}`, sentAt: sentAt(answer.RequestId), seq: 1, deployedAt: sentAt(RequestId) }]);
  });

  test('that rolls back another Update in the same second is ordered after it', async () => {
    const [before, meanwhile] = [gitHub(secret('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')), gitHub(secret('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'))];
    const { answer: { PhysicalResourceId, RequestId } } = await create(before);
    const date = sentAt('one-second');
    await invoke(aws, { RequestType: 'Update', RequestId: 'z', PhysicalResourceId, ResourceProperties: meanwhile, OldResourceProperties: before, sentAt: date });
    await invoke(aws, { RequestType: 'Update', RequestId: 'a', PhysicalResourceId, ResourceProperties: before, OldResourceProperties: meanwhile, sentAt: date });

    expect(held()).toMatchObject([{ token: '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' }]);
    expect(records().list('')).toMatchObject([{ name: `owners/${RequestId}/a`, seq: 1 }]);
  });

  test('in place overwrites a credential even if no record shows that it is its own', async () => {
    const properties = gitHub(secret('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'), { ShouldOverwrite: 'false' });
    const { answer: { PhysicalResourceId } } = await create(properties);
    records().clear();

    expect((await update(PhysicalResourceId, properties, properties)).answer.Status).toBe('SUCCESS');
  });

  test('to another server type is refused, because that needs a new resource', async () => {
    const { answer: { PhysicalResourceId } } = await create({ ...gitHub(secret('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')), ServerType: 'BITBUCKET' });
    aws.requests.length = 0;
    const { answer } = await update(PhysicalResourceId, gitHub(secret('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')));

    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId });
    expect(answer.Reason).toContain(`resource ${PhysicalResourceId} cannot become a GITHUB credential: a change of server type needs a new resource. Do not override its logical id`);
    expect(called()).toEqual([]);
  });

  test('that fails keeps the record of the previous request', async () => {
    const { answer: { PhysicalResourceId, RequestId } } = await create(gitHub(secret('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')));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 5 });
    const { answer } = await update(PhysicalResourceId, gitHub(secret('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')));

    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId });
    expect(records().names()).toEqual([`owners/${RequestId}/${RequestId}`]);
    expect(held()).toMatchObject([{ token: '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' }]);
  });

  test('that fails after its import restores the previous credential, even after a lost reply', async () => {
    const { answer: { PhysicalResourceId } } = await create(gitHub(secret('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')));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    expect((await update(PhysicalResourceId, gitHub(secret('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')))).answer.Status).toBe('FAILED');
    expect(held()).toMatchObject([{ token: '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' }]);
  });

  test('of a rollback fails if its secret cannot be read and the rolled-back Update had changed something', async () => {
    const [before, meanwhile] = [secret('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'), secret('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')];
    const { answer: { PhysicalResourceId } } = await create(gitHub(before));
    await update(PhysicalResourceId, gitHub(meanwhile), gitHub(before));
    region().secrets.scheduleDeletion(before);

    expect((await update(PhysicalResourceId, gitHub(before), gitHub(meanwhile))).answer.Status).toBe('FAILED');
    // The physical id is unknown.
    expect((await update('GITHUB/else', gitHub(before), gitHub('ci/another'))).answer.Status).toBe('FAILED');
  });

  test('of a rollback restores a connection in any status', async () => {
    const ConnectionArn = region().connections.create({ name: 'ci', providerType: 'GitHub' });
    const [before, meanwhile] = [{ ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', ConnectionArn }, gitHub(secret('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'))];
    const { answer: { PhysicalResourceId } } = await create(before);
    await update(PhysicalResourceId, meanwhile, before);
    region().connections.setStatus(ConnectionArn, 'ERROR');

    const { answer, logs } = await update(PhysicalResourceId, before, meanwhile);
    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ authType: 'CODECONNECTIONS', resource: ConnectionArn }]);
    expect(logs).toContainEqual(expect.objectContaining({
      level: 'warn', message: expect.stringMatching(/^restored a connection that CodeBuild cannot use: connection .* is in status ERROR/), connectionArn: ConnectionArn,
    }));
    // An Update that is not a rollback is refused.
    expect((await create(before)).answer.Status).toBe('FAILED');
  });

  test('of a rollback succeeds if nothing had changed, even if the secret can no longer be read', async () => {
    const name = secret('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');
    const { answer: { PhysicalResourceId } } = await create(gitHub(name));
    region().secrets.scheduleDeletion(name);

    const rolledBack = await update(PhysicalResourceId, gitHub(name), gitHub('ci/another'));
    expect(rolledBack.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId, Data: { SourceCredentialsArn: arn('github') } });
    expect(rolledBack.logs).toContainEqual(expect.objectContaining({
      level: 'warn', message: 'could not make sure that CodeBuild holds the credential of the active owner: the next event or daily check continues', serverType: 'GITHUB',
    }));
  });
});

describe('Delete', () => {
  const remove = async (physicalId: string, properties: object) =>
    invoke(aws, { RequestType: 'Delete', PhysicalResourceId: physicalId, ResourceProperties: properties });

  /** Imports a GitHub token. Returns a function that removes it. */
  async function imported(others: object = {}) {
    const properties = gitHub(secret('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'), others);
    const { answer: { PhysicalResourceId } } = await create(properties);
    aws.requests.length = 0;
    return { id: PhysicalResourceId, remove: async () => (await remove(PhysicalResourceId, properties)).answer };
  }

  test('deletes the imported credential, and keeps a record of the removal for a while', async () => {
    const credential = await imported();

    expect(await credential.remove()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: credential.id });
    expect(held()).toEqual([]);
    const key = credential.id.replace('GITHUB/', '');
    expect(records().list('')).toEqual([
      { name: 'cleared', format: 1 },
      { name: `removed/${key}`, format: 1, ownerId: key, stackId: STACK_ID, logicalId: 'GitHub', sentAt: expect.any(Number), proof: [{ fingerprint: { authType: 'PERSONAL_ACCESS_TOKEN' } }] },
    ]);
    expect(called()).toEqual([
      'GetParametersByPath', 'PutParameter',
      // Deletes, and lists again.
      'GetParametersByPath', 'ListSourceCredentials', 'DeleteSourceCredentials', 'GetParametersByPath', 'ListSourceCredentials', 'PutParameter',
      'DeleteParameter',
      // A check for new owners.
      'GetParametersByPath', 'ListSourceCredentials',
    ]);
  });

  test('of a credential that no longer exists succeeds', async () => {
    const credential = await imported();
    region().sourceCredentials.deleteByHand('GITHUB');

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect((await credential.remove()).Status).toBe('SUCCESS');
  });

  test('of a credential that is deleted at the same moment succeeds', async () => {
    const credential = await imported();
    // The first request succeeds but its response is lost; the retry finds nothing.
    aws.faults.add({ operation: 'DeleteSourceCredentials', kind: 'resetAfterApply' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(aws.requests.filter(({ errorType }) => errorType?.includes('ResourceNotFoundException'))).toHaveLength(1);
  });

  test('keeps the credential with RETAIN, and deletes its record', async () => {
    const credential = await imported({ RemovalPolicy: 'retain' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toHaveLength(1);
    expect(records().owners()).toEqual([]);
    // The earlier imports no longer prove anything.
    expect(records().names()).toContain('cleared');
  });

  test('keeps a manual import that replaced its credential', async () => {
    const credential = await imported();
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: 'by hand' }]);
  });

  test.each(['GITHUB/1', 'BITBUCKET/1', 'failed/1'])('with another id, %s, keeps the credential and its owner', async (physicalId) => {
    await imported();

    expect((await remove(physicalId, gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    expect(called()).not.toContain('DeleteSourceCredentials');
    expect([held(), records().owners()]).toMatchObject([[{ token: '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' }], [{ logicalId: 'GitHub' }]]);
  });

  test('with a generated id finds the owner by stack and logical id', async () => {
    await imported();

    expect((await remove('Infrastructure-GitHub-ABCDEF', gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([]);
  });

  test('with properties that cannot have been imported has nothing to do', async () => {
    await imported();

    const { answer, logs } = await remove('failed/1', { ServerType: 'SVN' });
    expect(answer.Status).toBe('SUCCESS');
    expect(logs).toContainEqual({ level: 'info', message: 'nothing to delete: nothing can have been imported with these properties' });
    expect(called()).toEqual([]);
    expect(held()).toHaveLength(1);
  });

  test('with invalid properties finds the owner by its id', async () => {
    const { id } = await imported();

    expect((await remove(id, {})).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([]);
  });

  test('reports CodeBuild\'s refusal', async () => {
    const credential = await imported();
    aws.faults.add({ operation: 'ListSourceCredentials', kind: 'serverError', times: 9 });
    expect((await credential.remove()).Reason).toMatch(/^CodeBuild in us-east-1 did not list its source credentials: /);

    aws.faults.clear();
    aws.faults.add({ operation: 'DeleteSourceCredentials', kind: 'serverError', times: 9 });
    expect((await credential.remove()).Reason).toContain(`CodeBuild did not delete ${arn('github')}: `);

    // A failed Delete can be repeated immediately.
    aws.faults.clear();
    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toEqual([]);
  });
});
