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

/** The name of a new secret. */
function secret(value: string): string {
  secrets += 1;
  region().secrets.create({ name: `ci/secret-${secrets}`, value });
  return `ci/secret-${secrets}`;
}

/** What a stack sends for a GitHub token. */
function gitHub(secretId: string, others: object = {}) {
  return { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: secretId, ShouldOverwrite: 'true', RemovalPolicy: 'destroy', ...others };
}

async function create(properties: object, others: Partial<LifecycleEvent> = {}) {
  return invoke(aws, { RequestType: 'Create', ResourceProperties: properties, ...others });
}

describe('Create', () => {
  test('imports what the secret holds and answers with the ARN', async () => {
    const { answer } = await create(gitHub(secret('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')));

    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { SourceCredentialsArn: arn('github') } });
    expect(answer.PhysicalResourceId).toBe(`GITHUB/${answer.RequestId}`);
    expect(called()).toEqual([
      // What the others want, what is there, and the value.
      'GetParametersByPath', 'ListSourceCredentials', 'GetSecretValue',
      // What is about to be imported, whether somebody objects, and afterwards what was imported.
      'PutParameter', 'GetParametersByPath', 'ImportSourceCredentials', 'PutParameter',
      // Whether others have come, and whether the value is still the same.
      'GetParametersByPath', 'GetSecretValue',
    ]);
    expect(held()).toMatchObject([{ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: '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' }]);
  });

  test('records its owner: first that the import is under way, and then that it is done', async () => {
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

  test('removes a trailing newline, and says so', async () => {
    const { logs } = await create(gitHub(secret('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\r\n')));

    expect(held()).toMatchObject([{ token: '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' }]);
    expect(logs.filter(({ message }) => message === 'a trailing newline was removed')).toMatchObject([{ level: 'warn' }]);
  });

  test('warns when the user name of Bitbucket is not an e-mail address', async () => {
    const bitbucket = (username: string) => ({ ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH', SecretId: secret(JSON.stringify({ username, password: 'ATATT-x' })) });
    const properties = bitbucket('me');
    const { logs, answer } = await create(properties);

    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ username: 'me', token: 'ATATT-x' }]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('not an e-mail address'), secretId: properties.SecretId }));

    const quiet = await create(bitbucket('me@example.com'));
    expect(quiet.logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('overwrites what is there', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    const { answer, logs } = await create(gitHub(secret('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')));
    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: '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' }]);
    expect(records().owners()).toMatchObject([{ overwrote: { authType: 'OAUTH' } }]);
    expect(logs).toContainEqual({
      level: 'warn', message: 'overwrote a credential that no stack owns: CodeBuild never reveals a token, so it cannot be restored', serverType: 'GITHUB', authType: 'OAUTH',
    });
  });

  test('overwrites what another resource of the library owns without a warning', async () => {
    await create(gitHub(secret('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')));
    const { logs } = await create(gitHub(secret('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')), { LogicalResourceId: 'Other' });
    expect(logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('leaves what is there when it should not overwrite, and names it', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'CODECONNECTIONS', token: 'arn:aws:codeconnections:us-east-1:111111111111:connection/x' });
    const { answer } = await create(gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`CodeBuild in us-east-1 already has a GITHUB credential (CODECONNECTIONS, arn:aws:codeconnections:us-east-1:111111111111:connection/x; no stack owns it), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${arn('github')}', or allow it to be overwritten`);
    expect(called()).not.toContain('ImportSourceCredentials');
  });

  test('imports when it should not overwrite and nothing is there', async () => {
    region().sourceCredentials.importByHand({ serverType: 'BITBUCKET', authType: 'OAUTH', token: 'another' });
    await create(gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(aws.requests.find(({ operation }) => operation === 'ImportSourceCredentials')!.body.shouldOverwrite).toBe(false);
    expect(held()).toHaveLength(2);
  });

  test('says what CodeBuild refused', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 9 });
    const { answer } = await create(gitHub(secret('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')));

    expect(answer.Reason).toMatch(/^CodeBuild in us-east-1 did not import the GITHUB credential \(PERSONAL_ACCESS_TOKEN\): /);
  });

  test('that is not to overwrite, whose reply to the import is lost, takes what is there then for its own', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply' });
    const { answer } = await create(gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: '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' }]);
  });

  test.each(['throttle', 'serverError', 'reset'] as const)('waits for IAM also where the first try to import ended in %s', async (kind) => {
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
    ['Parameter Store, which refuses', gitHub('ci/missing'), () => aws.faults.add({ operation: 'GetParametersByPath', kind: 'serverError', times: 5 })],
    ['a credential that it may not overwrite', gitHub('ci/missing', { ShouldOverwrite: 'false' }), (): void => undefined],
  ])('before it has written anything, because of %s, says so in its id, and its Delete makes no call', async (_, properties, prepare) => {
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

  test('after it has written its record says so in its id, leaves nothing, and is deleted', async () => {
    const properties = gitHub(secret('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'));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    const { answer } = await create(properties);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${answer.RequestId}` });
    expect([held(), records().owners()]).toEqual([[], []]);

    expect((await remove(answer.PhysicalResourceId, properties)).answer.Status).toBe('SUCCESS');
    expect([held(), records().owners()]).toEqual([[], []]);
  });

  test('leaves nothing though its credential is to be retained, and fails again when it is delivered again', async () => {
    const properties = gitHub(secret('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'), { RemovalPolicy: 'retain' });
    const RequestId = 'delivered-twice';
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    expect((await create(properties, { RequestId })).answer.Status).toBe('FAILED');
    expect(held()).toEqual([]);

    expect((await create(properties, { RequestId })).answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('superseded') });
    await remove(`failed/${RequestId}`, properties);
    expect(held()).toEqual([]);
  });

  test('over a credential that somebody has imported says that nobody can bring that back', async () => {
    region().sourceCredentials.importByHand({ ...BY_HAND, authType: 'OAUTH' });
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    const { answer, logs } = await create(gitHub(secret('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')));

    expect(answer.Reason).toContain('. The credential that was there before (OAUTH) may be overwritten, and CodeBuild never reveals a token: import it again if it is needed');
    expect(held()).toEqual([]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('is not restored: CodeBuild never reveals a token'), authType: 'OAUTH' }));
  });

  test('over one of the same kind that somebody has imported, before its own import, leaves that', async () => {
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

  test('in place overwrites its own, also when it should not overwrite others', async () => {
    const { answer: { PhysicalResourceId } } = await create(gitHub(secret('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')));
    const { answer } = await update(PhysicalResourceId, gitHub(secret('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'), { ShouldOverwrite: 'false' }));

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
    expect(held()).toMatchObject([{ token: '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' }]);
    const ownerId = PhysicalResourceId.replace('GITHUB/', '');
    expect(records().names()).toEqual([`owners/${ownerId}/${answer.RequestId}`]);
  });

  test('that leaves the credential as it is writes its own record and does not make its owner the last one that was deployed', async () => {
    const properties = gitHub(secret('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'));
    const { answer: { PhysicalResourceId, RequestId } } = await create(properties);
    const { answer } = await update(PhysicalResourceId, properties, gitHub('ci/another'));

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId, Data: { SourceCredentialsArn: arn('github') } });
    expect(held()).toMatchObject([{ token: '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' }]);
    expect(records().list('')).toMatchObject([{ name: `owners/${RequestId}/${answer.RequestId}`, sentAt: sentAt(answer.RequestId), seq: 1, deployedAt: sentAt(RequestId) }]);
  });

  test('after another one in the same second, whose rollback it is, comes after that', async () => {
    const [before, meanwhile] = [gitHub(secret('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')), gitHub(secret('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'))];
    const { answer: { PhysicalResourceId, RequestId } } = await create(before);
    const date = sentAt('one-second');
    await invoke(aws, { RequestType: 'Update', RequestId: 'z', PhysicalResourceId, ResourceProperties: meanwhile, OldResourceProperties: before, sentAt: date });
    await invoke(aws, { RequestType: 'Update', RequestId: 'a', PhysicalResourceId, ResourceProperties: before, OldResourceProperties: meanwhile, sentAt: date });

    expect(held()).toMatchObject([{ token: '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' }]);
    expect(records().list('')).toMatchObject([{ name: `owners/${RequestId}/a`, seq: 1 }]);
  });

  test('in place overwrites what is there though nothing tells any more that it is its own', async () => {
    const properties = gitHub(secret('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'), { ShouldOverwrite: 'false' });
    const { answer: { PhysicalResourceId } } = await create(properties);
    records().clear();

    expect((await update(PhysicalResourceId, properties, properties)).answer.Status).toBe('SUCCESS');
  });

  test('to another server type is refused: that is another resource', async () => {
    const { answer: { PhysicalResourceId } } = await create({ ...gitHub(secret('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')), ServerType: 'BITBUCKET' });
    aws.requests.length = 0;
    const { answer } = await update(PhysicalResourceId, gitHub(secret('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')));

    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId });
    expect(answer.Reason).toContain(`resource ${PhysicalResourceId} cannot become a GITHUB credential: a change of server type needs a new resource. Do not override its logical id`);
    expect(called()).toEqual([]);
  });

  test('that fails keeps the record of the request before', async () => {
    const { answer: { PhysicalResourceId, RequestId } } = await create(gitHub(secret('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')));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 5 });
    const { answer } = await update(PhysicalResourceId, gitHub(secret('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')));

    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId });
    expect(records().names()).toEqual([`owners/${RequestId}/${RequestId}`]);
    expect(held()).toMatchObject([{ token: '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' }]);
  });

  test('that fails after it has imported brings back what was there, also where nobody has replied', async () => {
    const { answer: { PhysicalResourceId } } = await create(gitHub(secret('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')));
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'resetAfterApply', times: 5 });
    expect((await update(PhysicalResourceId, gitHub(secret('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')))).answer.Status).toBe('FAILED');
    expect(held()).toMatchObject([{ token: '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' }]);
  });

  test('of a rollback fails with its secret where the update had changed something', async () => {
    const [before, meanwhile] = [secret('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'), secret('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')];
    const { answer: { PhysicalResourceId } } = await create(gitHub(before));
    await update(PhysicalResourceId, gitHub(meanwhile), gitHub(before));
    region().secrets.scheduleDeletion(before);

    expect((await update(PhysicalResourceId, gitHub(before), gitHub(meanwhile))).answer.Status).toBe('FAILED');
    // Nobody knows this id.
    expect((await update('GITHUB/else', gitHub(before), gitHub('ci/another'))).answer.Status).toBe('FAILED');
  });

  test('of a rollback succeeds where nothing had changed, though the secret cannot be read any more', async () => {
    const name = secret('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');
    const { answer: { PhysicalResourceId } } = await create(gitHub(name));
    region().secrets.scheduleDeletion(name);

    const rolledBack = await update(PhysicalResourceId, gitHub(name), gitHub('ci/another'));
    expect(rolledBack.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId, Data: { SourceCredentialsArn: arn('github') } });
    expect(rolledBack.logs).toContainEqual(expect.objectContaining({
      level: 'warn', message: 'could not make sure that CodeBuild holds the credential of the active owner: the next event or look continues', serverType: 'GITHUB',
    }));
  });
});

describe('Delete', () => {
  const remove = async (physicalId: string, properties: object) =>
    invoke(aws, { RequestType: 'Delete', PhysicalResourceId: physicalId, ResourceProperties: properties });

  /** A GitHub token that was imported; removes it. */
  async function imported(others: object = {}) {
    const properties = gitHub(secret('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'), others);
    const { answer: { PhysicalResourceId } } = await create(properties);
    aws.requests.length = 0;
    return { id: PhysicalResourceId, remove: async () => (await remove(PhysicalResourceId, properties)).answer };
  }

  test('deletes what was imported, and says for a while that the resource is gone', async () => {
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
      // Deletes, and looks again.
      'GetParametersByPath', 'ListSourceCredentials', 'DeleteSourceCredentials', 'GetParametersByPath', 'ListSourceCredentials', 'PutParameter',
      'DeleteParameter',
      // Whether somebody has come meanwhile.
      'GetParametersByPath', 'ListSourceCredentials',
    ]);
  });

  test('of something that is gone succeeds', async () => {
    const credential = await imported();
    region().sourceCredentials.deleteByHand('GITHUB');

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect((await credential.remove()).Status).toBe('SUCCESS');
  });

  test('of something that goes at the same moment succeeds', async () => {
    const credential = await imported();
    // The first request is carried out but its response is lost; the retry finds nothing.
    aws.faults.add({ operation: 'DeleteSourceCredentials', kind: 'resetAfterApply' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(aws.requests.filter(({ errorType }) => errorType?.includes('ResourceNotFoundException'))).toHaveLength(1);
  });

  test('leaves it with RETAIN, and forgets it', async () => {
    const credential = await imported({ RemovalPolicy: 'retain' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toHaveLength(1);
    expect(records().owners()).toEqual([]);
    // What was imported until now proves nothing any more.
    expect(records().names()).toContain('cleared');
  });

  test('leaves what somebody has imported over it', async () => {
    const credential = await imported();
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: 'by hand' }]);
  });

  test.each(['GITHUB/1', 'BITBUCKET/1', 'failed/1'])('of another id, %s, leaves the credential and its owner', async (physicalId) => {
    await imported();

    expect((await remove(physicalId, gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    expect(called()).not.toContain('DeleteSourceCredentials');
    expect([held(), records().owners()]).toMatchObject([[{ token: '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' }], [{ logicalId: 'GitHub' }]]);
  });

  test('of an id that CloudFormation made up goes by stack and logical id', async () => {
    await imported();

    expect((await remove('Infrastructure-GitHub-ABCDEF', gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([]);
  });

  test('with properties that were never imported has nothing to do', async () => {
    await imported();

    const { answer, logs } = await remove('failed/1', { ServerType: 'SVN' });
    expect(answer.Status).toBe('SUCCESS');
    expect(logs).toContainEqual({ level: 'info', message: 'nothing to delete: nothing can have been imported with these properties' });
    expect(called()).toEqual([]);
    expect(held()).toHaveLength(1);
  });

  test('with properties that nobody can read goes by the id', async () => {
    const { id } = await imported();

    expect((await remove(id, {})).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([]);
  });

  test('says what CodeBuild refused', async () => {
    const credential = await imported();
    aws.faults.add({ operation: 'ListSourceCredentials', kind: 'serverError', times: 9 });
    expect((await credential.remove()).Reason).toMatch(/^CodeBuild in us-east-1 did not list its source credentials: /);

    aws.faults.clear();
    aws.faults.add({ operation: 'DeleteSourceCredentials', kind: 'serverError', times: 9 });
    expect((await credential.remove()).Reason).toContain(`CodeBuild did not delete ${arn('github')}: `);

    // What was given up can be tried again at once.
    aws.faults.clear();
    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toEqual([]);
  });
});
