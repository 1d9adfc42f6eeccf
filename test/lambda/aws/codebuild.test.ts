import { inspect } from 'node:util';
import { ScriptedService } from './scripted-service';
import { deleteCredential, findCredential, importCredential, listCredentials, sourceCredentialsArn } from '../../../lambda/aws/codebuild';
import type { Credential } from '../../../lambda/credentials/credential';
import { SecretText } from '../../../lambda/secret-text';
import type { Reply } from '../../../simulator';

/* Replies that CodeBuild may send but the simulator never sends, such as errors that contain the request. */

const TOKEN = 'ghp_cAnArY7f3e';
const ARN = 'arn:aws:codebuild:us-east-1:111111111111:token/github';

let replies: Reply[];
const service = new ScriptedService(async () => replies.length > 1 ? replies.shift()! : replies[0]);

const ok = (body: object): Reply => ({ status: 200, headers: {}, body: JSON.stringify(body) });
const refused = (message: string, status = 400, type = 'InvalidInputException'): Reply => ({ status, headers: {}, body: JSON.stringify({ __type: type, message }) });

const PAT: Credential = { authType: 'PERSONAL_ACCESS_TOKEN', token: new SecretText(TOKEN), warnings: [] };

/** Imports a credential. Returns the error, if any. */
async function importing(credential: Credential, ...answers: Reply[]): Promise<Error> {
  replies = answers;
  return importCredential('GITHUB', credential, true, service.deadline).then(() => new Error('imported'), (error) => error);
}

test('an import is logged, with its warnings', async () => {
  replies = [ok({ arn: ARN })];
  const warnings = [{ message: 'a warning', fields: { secretId: 'ci/github' } }];

  expect(await importCredential('GITHUB', { ...PAT, warnings }, true, service.deadline)).toBe(ARN);
  expect(service.lines).toEqual([
    { level: 'info', message: 'imported the credential', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' },
    { level: 'warn', message: 'a warning', secretId: 'ci/github' },
  ]);
});

test.each([
  ['the token', PAT, `token ${TOKEN} is not valid`],
  ['a part of the token', PAT, `token ${TOKEN.slice(0, 8)}... is not valid`],
  ['the user name', { ...PAT, authType: 'BASIC_AUTH' as const, username: new SecretText('ci@example.com') }, 'user ci@example.com is not known'],
])('an error text that contains %s is withheld', async (_, credential, message) => {
  const error = await importing(credential, refused(message));
  expect(error.message).toBe(`CodeBuild in us-east-1 did not import the GITHUB credential (${credential.authType}): InvalidInputException (its text is withheld: it repeats the secret)`);
});

test('an error text may contain an ARN, which is not a secret', async () => {
  const resource = 'arn:aws:codeconnections:us-east-1:111111111111:connection/a';
  const credential: Credential = { authType: 'CODECONNECTIONS', token: new SecretText(resource), resource, warnings: [] };

  expect((await importing(credential, refused(`${resource} is not yours.`))).message).toBe(
    `CodeBuild in us-east-1 did not import the GITHUB credential (CODECONNECTIONS): InvalidInputException: ${resource} is not yours`);
});

test('the failure has no cause, whose text would contain the token', async () => {
  const error = await importing(PAT, refused(`token ${TOKEN} is not valid`));
  expect(error.cause).toBeUndefined();
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain(TOKEN.slice(4, 12));
});

describe('an import that must not overwrite, when CodeBuild already has a credential', () => {
  const exists = refused('exists', 400, 'ResourceAlreadyExistsException');
  const shown = (authType: string) => ok({ sourceCredentialsInfos: [{ serverType: 'GITHUB', arn: ARN, authType }] });

  test('succeeds after a lost reply, if CodeBuild lists the same kind of credential', async () => {
    replies = ['reset', exists, shown('PERSONAL_ACCESS_TOKEN'), ok({ arn: ARN })];
    expect(await importCredential('GITHUB', PAT, false, service.deadline)).toBe(ARN);
  });

  test('fails if CodeBuild lists another kind of credential', async () => {
    replies = ['reset', exists, shown('OAUTH'), ok({ arn: ARN })];
    await expect(importCredential('GITHUB', PAT, false, service.deadline)).rejects.toThrow(': ResourceAlreadyExistsException: exists');
    expect(replies).toHaveLength(1);
  });

  test('succeeds after another attempt at the request imported it, if CodeBuild lists the same kind of credential', async () => {
    replies = [exists, shown('PERSONAL_ACCESS_TOKEN'), ok({ arn: ARN })];
    expect(await importCredential('GITHUB', PAT, false, service.deadline)).toBe(ARN);
  });
});

test.each([
  ['the credential of the server type', { sourceCredentialsInfos: [{ serverType: 'BITBUCKET' }, { serverType: 'GITHUB', arn: ARN, authType: 'OAUTH' }] }, { arn: ARN, authType: 'OAUTH', resource: undefined }],
  ['undefined if only other server types are listed', { sourceCredentialsInfos: [{ serverType: 'BITBUCKET' }] }, undefined],
  ['undefined for an empty reply', {}, undefined],
])('findCredential returns %s', async (_, reply, found) => {
  replies = [ok(reply)];
  expect(await findCredential('GITHUB', service.deadline)).toEqual(found);
});

test('a failed list is reported, with its cause', async () => {
  replies = [refused('no', 400, 'InvalidInputException')];
  await expect(findCredential('GITHUB', service.deadline)).rejects.toMatchObject({
    message: 'CodeBuild in us-east-1 did not list its source credentials: InvalidInputException: no', cause: { name: 'InvalidInputException' },
  });
});

test('a deletion is logged; a credential that no longer exists is not an error, but any other refusal is', async () => {
  replies = [ok({ arn: ARN }), refused('', 400, 'ResourceNotFoundException'), refused('no')];
  await deleteCredential(ARN, service.deadline);
  await deleteCredential(ARN, service.deadline);

  expect(service.lines).toEqual([{ level: 'info', message: 'deleted the credential', arn: ARN }]);
  await expect(deleteCredential(ARN, service.deadline)).rejects.toMatchObject({
    message: `CodeBuild did not delete ${ARN}: InvalidInputException: no`, cause: { name: 'InvalidInputException' },
  });
});

test('the list of credentials has their auth types and ARNs', async () => {
  replies = [ok({ sourceCredentialsInfos: [{ serverType: 'BITBUCKET', arn: 'a', authType: 'OAUTH' }, { serverType: 'GITLAB', arn: 'b', authType: 'CODECONNECTIONS', resource: 'c' }] })];
  expect(await listCredentials(service.deadline)).toEqual([{ arn: 'a', authType: 'OAUTH', resource: undefined }, { arn: 'b', authType: 'CODECONNECTIONS', resource: 'c' }]);
});

test.each([
  ['aws', 'eu-west-1', 'GITHUB_ENTERPRISE', 'arn:aws:codebuild:eu-west-1:111111111111:token/github_enterprise'],
  ['aws-cn', 'cn-north-1', 'BITBUCKET', 'arn:aws-cn:codebuild:cn-north-1:111111111111:token/bitbucket'],
] as const)('the ARN of a credential in %s follows from its stack and server type', (partition, region, serverType, arn) => {
  expect(sourceCredentialsArn(serverType, `arn:${partition}:cloudformation:${region}:111111111111:stack/One/1`)).toBe(arn);
});
