import { Aws } from '../aws';
import { ACCOUNT, enterLambda, invoke, REGION } from './invocation';

let aws: Aws;
let secrets = 0;

beforeAll(async () => {
  aws = await Aws.start();
  enterLambda(aws);
});

afterAll(async () => aws.stop());

beforeEach(() => {
  for (const { serverType } of region().sourceCredentials.list()) region().sourceCredentials.deleteByHand(serverType);
  for (const serverType of ['GITHUB', 'BITBUCKET']) {
    if (claim(serverType)) region().parameters.deleteByHand(`/codebuild-source-credentials/${serverType}`);
  }
  aws.requests.length = 0;
  aws.faults.clear();
});

const region = () => aws.region(ACCOUNT, REGION);
const arn = (serverType: string) => `arn:aws:codebuild:${REGION}:${ACCOUNT}:token/${serverType}`;
const called = () => aws.requests.map(({ operation }) => operation);
const claim = (serverType = 'GITHUB') => JSON.parse(region().parameters.get(`/codebuild-source-credentials/${serverType}`)?.value ?? 'null');
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

async function create(properties: object) {
  return invoke(aws, { RequestType: 'Create', ResourceProperties: properties });
}

describe('Create', () => {
  test('imports what the secret holds and answers with the ARN', async () => {
    const { answer } = await create(gitHub(secret('ghp_a-token')));

    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { SourceCredentialsArn: arn('github') } });
    expect(answer.PhysicalResourceId).toBe(`GITHUB/${answer.RequestId}`);
    // Whether others are at work; checks, at the same time; the lease; the value again, CodeBuild, and the claim last.
    const [read, one, other, ...rest] = called();
    expect([read, ...[one, other].sort()]).toEqual(['GetParameter', 'GetSecretValue', 'ListSourceCredentials']);
    expect(rest).toEqual(['PutParameter', 'GetSecretValue', 'ImportSourceCredentials', 'PutParameter']);
    expect(held()).toMatchObject([{ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'ghp_a-token' }]);
  });

  test('removes a trailing newline, and says so', async () => {
    const { logs } = await create(gitHub(secret('ghp_a-token\r\n')));

    expect(held()).toMatchObject([{ token: 'ghp_a-token' }]);
    expect(logs.filter(({ message }) => message === 'a trailing newline was removed')).toMatchObject([{ level: 'warn' }]);
  });

  test('warns when the user name of Bitbucket is no e-mail address', async () => {
    const bitbucket = (username: string) => ({ ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH', SecretId: secret(JSON.stringify({ username, password: 'ATBB-x' })) });
    const properties = bitbucket('me');
    const { logs, answer } = await create(properties);

    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ username: 'me', token: 'ATBB-x' }]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('no e-mail address'), secretId: properties.SecretId }));

    const quiet = await create(bitbucket('me@example.com'));
    expect(quiet.logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('overwrites what is there', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    expect((await create(gitHub(secret('ghp_a-token')))).answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: 'ghp_a-token' }]);
  });

  test('leaves what is there when it should not overwrite, and names it', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'CODECONNECTIONS', token: 'arn:aws:codeconnections:us-east-1:111111111111:connection/x' });
    const { answer } = await create(gitHub(secret('ghp_a-token'), { ShouldOverwrite: 'false' }));

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`CodeBuild in us-east-1 has a GITHUB credential already (CODECONNECTIONS, arn:aws:codeconnections:us-east-1:111111111111:connection/x; nobody that this library knows owns it), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${arn('github')}', or allow it to be overwritten`);
    expect(called()).not.toContain('ImportSourceCredentials');
  });

  test('imports when it should not overwrite and nothing is there', async () => {
    region().sourceCredentials.importByHand({ serverType: 'BITBUCKET', authType: 'OAUTH', token: 'another' });
    await create(gitHub(secret('ghp_a-token'), { ShouldOverwrite: 'false' }));

    expect(aws.requests.find(({ operation }) => operation === 'ImportSourceCredentials')!.body.shouldOverwrite).toBe(false);
    expect(held()).toHaveLength(2);
  });

  test('gives its failure an id that a Delete ignores', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
    const { answer } = await create(gitHub('ci/missing'));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${answer.RequestId}` });

    const deleted = await invoke(aws, { RequestType: 'Delete', PhysicalResourceId: answer.PhysicalResourceId, ResourceProperties: gitHub('ci/missing') });
    expect(deleted.answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: 'by hand' }]);
  });

  test('says what CodeBuild refused', async () => {
    aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 9 });
    const { answer } = await create(gitHub(secret('ghp_a-token')));

    expect(answer.Reason).toMatch(/^CodeBuild in us-east-1 did not import the GITHUB credential \(PERSONAL_ACCESS_TOKEN\): /);
  });
});

describe('Update', () => {
  const update = async (physicalId: string, properties: object, oldProperties: object = {}) =>
    invoke(aws, { RequestType: 'Update', PhysicalResourceId: physicalId, ResourceProperties: properties, OldResourceProperties: oldProperties });

  test('in place overwrites its own, also when it should not overwrite others', async () => {
    const { answer: { PhysicalResourceId } } = await create(gitHub(secret('ghp_old')));
    const { answer } = await update(PhysicalResourceId, gitHub(secret('ghp_new'), { ShouldOverwrite: 'false' }));

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
    expect(held()).toMatchObject([{ token: 'ghp_new' }]);
    expect(claim().owners).toHaveLength(1);
  });

  test('in place keeps what the update before in place has imported', async () => {
    const properties = gitHub(secret('ghp_old'));
    const { answer: { PhysicalResourceId } } = await create(properties);
    expect((await update(PhysicalResourceId, properties, gitHub('ci/another'))).answer.Status).toBe('SUCCESS');

    expect(held()).toMatchObject([{ token: 'ghp_old' }]);
    expect(claim()).toMatchObject({ owners: [{ id: PhysicalResourceId }], force: { id: PhysicalResourceId } });
  });

  test('in place overwrites what is there though nothing tells any more that it is its own', async () => {
    const properties = gitHub(secret('ghp_old'), { ShouldOverwrite: 'false' });
    const { answer: { PhysicalResourceId } } = await create(properties);
    region().parameters.deleteByHand('/codebuild-source-credentials/GITHUB');

    expect((await update(PhysicalResourceId, properties, properties)).answer.Status).toBe('SUCCESS');
  });

  test('to another server type takes a new id, and leaves what is there when it should not overwrite', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
    const refused = await update('BITBUCKET/1', gitHub(secret('ghp_new'), { ShouldOverwrite: 'false' }));
    expect(refused.answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'BITBUCKET/1' });
    expect(held()).toMatchObject([{ token: 'by hand' }]);

    const { answer } = await update('BITBUCKET/1', gitHub(secret('ghp_new')));
    expect(answer.PhysicalResourceId).toBe(`GITHUB/${answer.RequestId}`);
  });

  test('back in a rollback takes up its former id, under which nothing had changed', async () => {
    const properties = gitHub(secret('ghp_old'), { ShouldOverwrite: 'false' });
    const { answer: { PhysicalResourceId } } = await create(properties);
    aws.requests.length = 0;
    const { answer } = await update('BITBUCKET/2', properties);

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId, Data: { SourceCredentialsArn: arn('github') } });
    expect(called()).toEqual(['GetParameter']);
  });

  test('back from a change of server type that was called off takes along what that has imported', async () => {
    const properties = gitHub(secret('ghp_old'));
    const attempted = { ...properties, ServerType: 'BITBUCKET' };
    const { answer: { PhysicalResourceId } } = await create(properties);
    await update(PhysicalResourceId, attempted, properties);
    expect(held()).toHaveLength(2);

    await update(PhysicalResourceId, properties, attempted);
    expect(held()).toMatchObject([{ serverType: 'GITHUB' }]);
    expect(claim('BITBUCKET').owners).toEqual([]);
  });

  test('of a rollback fails with its secret where the update had changed something', async () => {
    const [before, meanwhile] = [secret('ghp_old'), secret('ghp_new')];
    const { answer: { PhysicalResourceId } } = await create(gitHub(before));
    await update(PhysicalResourceId, gitHub(meanwhile), gitHub(before));
    region().secrets.scheduleDeletion(before);

    expect((await update(PhysicalResourceId, gitHub(before), gitHub(meanwhile))).answer.Status).toBe('FAILED');
    // Nobody knows this id.
    expect((await update('GITHUB/else', gitHub(before), gitHub('ci/another'))).answer.Status).toBe('FAILED');
  });

  test('of a rollback succeeds where nothing had changed, though the secret cannot be read any more', async () => {
    const name = secret('ghp_old');
    const { answer: { PhysicalResourceId } } = await create(gitHub(name));
    region().secrets.scheduleDeletion(name);

    const rolledBack = await update(PhysicalResourceId, gitHub(name), gitHub('ci/another'));
    expect(rolledBack.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId, Data: { SourceCredentialsArn: arn('github') } });
    expect(rolledBack.logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('left as it was'), serverType: 'GITHUB' }));

    // Nothing that a rollback would send: a deploy of somebody who should know.
    expect((await update(PhysicalResourceId, gitHub(name), gitHub(name))).answer.Status).toBe('FAILED');
  });
});

describe('Delete', () => {
  const remove = async (physicalId: string, properties: object) =>
    invoke(aws, { RequestType: 'Delete', PhysicalResourceId: physicalId, ResourceProperties: properties });

  /** A GitHub token that was imported; removes it. */
  async function imported(others: object = {}) {
    const properties = gitHub(secret('ghp_a-token'), others);
    const { answer: { PhysicalResourceId } } = await create(properties);
    aws.requests.length = 0;
    return { id: PhysicalResourceId, remove: async () => (await remove(PhysicalResourceId, properties)).answer };
  }

  test('deletes what was imported, and leaves an empty claim', async () => {
    const credential = await imported();

    expect(await credential.remove()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: credential.id });
    expect(held()).toEqual([]);
    expect(claim().owners).toEqual([]);
    expect(called()).toEqual(['GetParameter', 'GetParameter', 'PutParameter', 'ListSourceCredentials', 'DeleteSourceCredentials', 'PutParameter']);
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

  test('of a Create that has failed leaves nothing, though a second delivery has imported what is to be retained', async () => {
    const ResourceProperties = gitHub(secret('ghp_a-token'), { RemovalPolicy: 'retain' });
    const RequestId = 'delivered-twice';
    aws.faults.add({ operation: 'GetSecretValue', kind: 'serverError', times: 5 });
    const { answer } = await invoke(aws, { RequestType: 'Create', RequestId, ResourceProperties });
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `failed/${RequestId}` });
    expect((await invoke(aws, { RequestType: 'Create', RequestId, ResourceProperties })).answer.Status).toBe('SUCCESS');
    expect(held()).toHaveLength(1);

    await invoke(aws, { RequestType: 'Delete', PhysicalResourceId: `failed/${RequestId}`, ResourceProperties });
    expect(held()).toEqual([]);
  });

  test('leaves it with RETAIN, and forgets it', async () => {
    const credential = await imported({ RemovalPolicy: 'retain' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toHaveLength(1);
    expect(claim()).toMatchObject({ owners: [] });
    expect(claim().force).toBeUndefined();
  });

  test('leaves what somebody has imported over it', async () => {
    const credential = await imported();
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    expect((await credential.remove()).Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ token: 'by hand' }]);
  });

  test('of another id leaves everything alone', async () => {
    await imported();

    for (const physicalId of ['GITHUB/1', 'BITBUCKET/1', 'GITHUB']) {
      const { answer, logs } = await remove(physicalId, gitHub('ci/x'));
      expect(answer.Status).toBe('SUCCESS');
      expect(logs).toContainEqual({ level: 'info', message: 'nothing to do: not an owner', serverType: physicalId.split('/')[0] });
    }
    expect(called()).toEqual(['GetParameter', 'GetParameter', 'GetParameter']);
    // What has failed may be tried again: that it has gone is remembered.
    expect((await remove('failed/1', gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    expect(held()).toHaveLength(1);
  });

  test('of an id that CloudFormation made up goes by stack and logical id', async () => {
    await imported();

    expect((await remove('Infrastructure-GitHub-ABCDEF', gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    expect(held()).toEqual([]);
  });

  test('with properties that were never imported has nothing to do', async () => {
    await imported();

    const { answer, logs } = await remove('failed/1', { ServerType: 'GITHUB' });
    expect(answer.Status).toBe('SUCCESS');
    expect(logs).toContainEqual({ level: 'info', message: 'nothing to do: with these properties nothing was ever imported' });
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
