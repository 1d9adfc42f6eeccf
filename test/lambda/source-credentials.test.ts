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
  aws.requests.length = 0;
  aws.faults.clear();
});

const region = () => aws.region(ACCOUNT, REGION);
const arn = (serverType: string) => `arn:aws:codebuild:${REGION}:${ACCOUNT}:token/${serverType}`;
const called = () => aws.requests.map(({ operation }) => operation);
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
    expect(called()).toEqual(['GetSecretValue', 'ImportSourceCredentials']);
    expect(held()).toMatchObject([{ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'ghp_a-token' }]);
  });

  test('removes a trailing newline, and says so', async () => {
    const { logs } = await create(gitHub(secret('ghp_a-token\r\n')));

    expect(held()).toMatchObject([{ token: 'ghp_a-token' }]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: 'a trailing newline was removed' }));
  });

  test('warns when the user name of Bitbucket is no e-mail address', async () => {
    const { logs, answer } = await create({ ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH', SecretId: secret('{"username":"me","password":"ATBB-x"}') });

    expect(answer.Status).toBe('SUCCESS');
    expect(held()).toMatchObject([{ username: 'me', token: 'ATBB-x' }]);
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('no e-mail address') }));
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
    expect(answer.Reason).toContain(`CodeBuild in us-east-1 has a GITHUB credential already (CODECONNECTIONS, arn:aws:codeconnections:us-east-1:111111111111:connection/x; ${arn('github')}), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${arn('github')}', or allow it to be overwritten`);
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
  const update = async (physicalId: string, properties: object) =>
    invoke(aws, { RequestType: 'Update', PhysicalResourceId: physicalId, ResourceProperties: properties });

  test('in place overwrites its own, also when it should not overwrite others', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'its own' });
    const { answer } = await update('GITHUB/1', gitHub(secret('ghp_new'), { ShouldOverwrite: 'false' }));

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'GITHUB/1' });
    expect(held()).toMatchObject([{ token: 'ghp_new' }]);
  });

  test('to another server type takes a new id, and leaves what is there when it should not overwrite', async () => {
    const { answer } = await update('BITBUCKET/1', gitHub(secret('ghp_new'), { ShouldOverwrite: 'false' }));
    expect(answer.PhysicalResourceId).toBe(`GITHUB/${answer.RequestId}/after/BITBUCKET`);

    const again = await update('BITBUCKET/1', gitHub(secret('ghp_other'), { ShouldOverwrite: 'false' }));
    expect(again.answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'BITBUCKET/1' });
    expect(held()).toMatchObject([{ token: 'ghp_new' }]);
  });

  test('back in a rollback overwrites the former credential, which is its own', async () => {
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'its own' });

    const { answer } = await update('BITBUCKET/2/after/GITHUB', gitHub(secret('ghp_new'), { ShouldOverwrite: 'false' }));
    expect(answer.Status).toBe('SUCCESS');
  });
});

describe('Delete', () => {
  const remove = async (physicalId: string, properties: object) =>
    invoke(aws, { RequestType: 'Delete', PhysicalResourceId: physicalId, ResourceProperties: properties });
  const importByHand = (authType: 'PERSONAL_ACCESS_TOKEN' | 'OAUTH' | 'CODECONNECTIONS' | 'SECRETS_MANAGER', token = 'x') =>
    region().sourceCredentials.importByHand({ serverType: 'GITHUB', authType, token });

  test('deletes what was imported', async () => {
    importByHand('PERSONAL_ACCESS_TOKEN');

    expect((await remove('GITHUB/1', gitHub('ci/gone'))).answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'GITHUB/1' });
    expect(held()).toEqual([]);
  });

  test('of something that is gone succeeds', async () => {
    expect((await remove('GITHUB/1', gitHub('ci/gone'))).answer.Status).toBe('SUCCESS');
    expect(called()).toEqual(['ListSourceCredentials']);
  });

  test('of something that goes at the same moment succeeds', async () => {
    importByHand('PERSONAL_ACCESS_TOKEN');
    // The first request is carried out but its response is lost; the retry finds nothing.
    aws.faults.add({ operation: 'DeleteSourceCredentials', kind: 'resetAfterApply' });

    expect((await remove('GITHUB/1', gitHub('ci/gone'))).answer.Status).toBe('SUCCESS');
    expect(aws.requests.at(-1)!.errorType).toContain('ResourceNotFoundException');
  });

  test('leaves it with RETAIN', async () => {
    importByHand('PERSONAL_ACCESS_TOKEN');

    expect((await remove('GITHUB/1', gitHub('ci/x', { RemovalPolicy: 'retain' }))).answer.Status).toBe('SUCCESS');
    expect(called()).toEqual([]);
  });

  test('leaves another auth type alone', async () => {
    importByHand('OAUTH');

    expect((await remove('GITHUB/1', gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    expect(held()).toHaveLength(1);
  });

  test('of a failed or unknown id leaves everything alone', async () => {
    importByHand('PERSONAL_ACCESS_TOKEN');

    for (const physicalId of ['failed/1', 'Infrastructure-GitHub-ABCDEF', 'BITBUCKET/1', 'GITHUB']) {
      expect((await remove(physicalId, gitHub('ci/x'))).answer.Status).toBe('SUCCESS');
    }
    expect(held()).toHaveLength(1);
  });

  test('with properties that cannot be read leaves everything alone', async () => {
    importByHand('PERSONAL_ACCESS_TOKEN');

    expect((await remove('GITHUB/1', { ServerType: 'GITHUB' })).answer.Status).toBe('SUCCESS');
    expect(held()).toHaveLength(1);
  });

  test('says what CodeBuild refused', async () => {
    importByHand('PERSONAL_ACCESS_TOKEN');
    aws.faults.add({ operation: 'ListSourceCredentials', kind: 'serverError', times: 9 });
    expect((await remove('GITHUB/1', gitHub('ci/x'))).answer.Reason).toMatch(/^CodeBuild in us-east-1 did not list its source credentials: /);

    aws.faults.clear();
    aws.faults.add({ operation: 'DeleteSourceCredentials', kind: 'serverError', times: 9 });
    expect((await remove('GITHUB/1', gitHub('ci/x'))).answer.Reason).toContain(`CodeBuild did not delete ${arn('github')}: `);
  });

  const CONNECTION = 'arn:aws:codeconnections:us-east-1:111111111111:connection/a';
  const SECRET = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/my-token-AbCdEf';

  test.each([
    ['the same connection', 'CODECONNECTIONS', CONNECTION, { ConnectionArn: CONNECTION }, 0],
    ['another connection', 'CODECONNECTIONS', CONNECTION, { ConnectionArn: `${CONNECTION}b` }, 1],
    ['the same secret by complete ARN', 'SECRETS_MANAGER', SECRET, { SecretId: SECRET }, 0],
    ['the same secret by partial ARN', 'SECRETS_MANAGER', SECRET, { SecretId: SECRET.slice(0, -7) }, 0],
    ['the same secret by name', 'SECRETS_MANAGER', SECRET, { SecretId: 'ci/my-token' }, 0],
    ['a secret whose name begins alike', 'SECRETS_MANAGER', SECRET, { SecretId: 'ci/my' }, 1],
    ['another secret', 'SECRETS_MANAGER', SECRET, { SecretId: 'my-token' }, 1],
  ] as const)('%s', async (_, authType, resource, properties, left) => {
    importByHand(authType, resource);

    expect((await remove('GITHUB/1', { ServerType: 'GITHUB', AuthType: authType, ...properties })).answer.Status).toBe('SUCCESS');
    expect(held()).toHaveLength(left);
  });
});
