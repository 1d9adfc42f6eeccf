import { deleteCredential, find, importCredential, isShownAs, RefusedImport } from '../../lambda/codebuild';
import type { Credential } from '../../lambda/credential';
import { Deadline } from '../../lambda/deadline';
import { SecretText } from '../../lambda/secret-text';
import { LoopbackServer, Reply } from '../aws/server';

/* What CodeBuild may answer, also where the stand-in never does: a service that repeats what it was sent. */

const TOKEN = 'ghp_cAnArY7f3e';
const ARN = 'arn:aws:codebuild:us-east-1:111111111111:token/github';

let replies: Reply[];
let log: jest.SpyInstance;
let deadline: Deadline;
const server = new LoopbackServer(async () => replies.length > 1 ? replies.shift()! : replies[0]);

beforeAll(async () => {
  await server.start();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key',
  });
});

afterAll(async () => server.stop());

beforeEach(() => {
  log = jest.spyOn(console, 'log').mockImplementation();
  deadline = new Deadline(30_000, 0);
});

afterEach(() => {
  log.mockRestore();
  deadline.end();
});

const lines = () => log.mock.calls.map(([line]) => JSON.parse(line));
const ok = (body: object): Reply => ({ status: 200, headers: {}, body: JSON.stringify(body) });
const refused = (message: string, status = 400, type = 'InvalidInputException'): Reply => ({ status, headers: {}, body: JSON.stringify({ __type: type, message }) });

const PAT: Credential = { authType: 'PERSONAL_ACCESS_TOKEN', token: new SecretText(TOKEN), remarks: [] };

/** What becomes of an import: the error, if there is one. */
async function importing(credential: Credential, ...answers: Reply[]): Promise<Error> {
  replies = answers;
  return importCredential('GITHUB', credential, true, deadline).then(() => new Error('imported'), (error) => error);
}

test('an import is told, with what is worth a warning', async () => {
  replies = [ok({ arn: ARN })];
  const remarks = [{ message: 'a remark', fields: { secretId: 'ci/github' } }];

  expect(await importCredential('GITHUB', { ...PAT, remarks }, true, deadline)).toBe(ARN);
  expect(lines()).toEqual([
    { level: 'info', message: 'imported', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' },
    { level: 'warn', message: 'a remark', secretId: 'ci/github' },
  ]);
});

test.each([
  ['the token', PAT, `token ${TOKEN} is not valid`],
  ['a part of the token', PAT, `token ${TOKEN.slice(0, 8)}... is not valid`],
  ['the user name', { ...PAT, authType: 'BASIC_AUTH' as const, username: new SecretText('ci@example.com') }, 'user ci@example.com is not known'],
])('a refusal that repeats %s is not repeated', async (_, credential, message) => {
  const error = await importing(credential, refused(message));
  expect(error.message).toBe(`CodeBuild in us-east-1 did not import the GITHUB credential (${credential.authType}): InvalidInputException (its text is withheld: it repeats the secret)`);
});

test('a refusal may repeat an ARN, which is no secret', async () => {
  const resource = 'arn:aws:codeconnections:us-east-1:111111111111:connection/a';
  const credential: Credential = { authType: 'CODECONNECTIONS', token: new SecretText(resource), resource, remarks: [] };

  expect((await importing(credential, refused(`${resource} is not yours.`))).message).toBe(
    `CodeBuild in us-east-1 did not import the GITHUB credential (CODECONNECTIONS): InvalidInputException: ${resource} is not yours`);
});

describe('CodeBuild has certainly not imported', () => {
  test.each([
    ['what it refuses at once', [refused('no')], true],
    ['nothing: the reply to the first try was lost', ['reset' as const, refused('no')], false],
    ['nothing: it failed itself', [refused('', 500, 'InternalFailure')], false],
    ['nothing: it never replied', ['reset' as const], false],
  ])('%s', async (_, answers, isCertain) => {
    const error = await importing(PAT, ...answers);
    expect(error.message).toMatch(/^CodeBuild in us-east-1 did not import the GITHUB credential/);
    expect(error instanceof RefusedImport).toBe(isCertain);
  });
});

test.each([
  ['the one of the server type', { sourceCredentialsInfos: [{ serverType: 'BITBUCKET' }, { serverType: 'GITHUB', arn: ARN, authType: 'OAUTH' }] }, { arn: ARN, authType: 'OAUTH', resource: undefined }],
  ['none where there are others only', { sourceCredentialsInfos: [{ serverType: 'BITBUCKET' }] }, undefined],
  ['none in an empty reply', {}, undefined],
])('of the credentials that are listed it finds %s', async (_, reply, found) => {
  replies = [ok(reply)];
  expect(await find('GITHUB', deadline)).toEqual(found);
});

test('a list that cannot be had is told, with its cause', async () => {
  replies = [refused('no', 400, 'InvalidInputException')];
  await expect(find('GITHUB', deadline)).rejects.toMatchObject({
    message: 'CodeBuild in us-east-1 did not list its source credentials: InvalidInputException: no', cause: { name: 'InvalidInputException' },
  });
});

test('a deletion is told; what is gone already is as good, and anything else an error', async () => {
  replies = [ok({ arn: ARN }), refused('', 400, 'ResourceNotFoundException'), refused('no')];
  await deleteCredential(ARN, deadline);
  await deleteCredential(ARN, deadline);

  expect(lines()).toEqual([{ level: 'info', message: 'deleted', arn: ARN }]);
  await expect(deleteCredential(ARN, deadline)).rejects.toMatchObject({
    message: `CodeBuild did not delete ${ARN}: InvalidInputException: no`, cause: { name: 'InvalidInputException' },
  });
});

test.each([
  [undefined, { authType: 'CODECONNECTIONS', resource: 'a' }, false],
  [{ authType: 'CODECONNECTIONS', resource: 'a' }, { authType: 'CODECONNECTIONS', resource: 'a' }, true],
  [{ authType: 'CODECONNECTIONS', resource: 'a' }, { authType: 'CODECONNECTIONS', resource: 'b' }, false],
  [{ authType: 'CODECONNECTIONS', resource: 'a' }, { authType: 'SECRETS_MANAGER', resource: 'a' }, false],
  [{ authType: 'OAUTH' }, { authType: 'PERSONAL_ACCESS_TOKEN' }, false],
  [{ authType: 'PERSONAL_ACCESS_TOKEN' }, { authType: 'PERSONAL_ACCESS_TOKEN' }, true],
] as const)('whether %j is shown as %j: %j', (held, shown, is) => {
  expect(isShownAs(held && { arn: ARN, ...held }, shown)).toBe(is);
});
