import { Aws } from '../../../simulator';
import { useAccount } from '../account';
import { ACCOUNT, invoke, REGION } from '../invocation';
import { CANARY, expectRefusal } from '../refusal';

/* The secret that CodeBuild reads itself. CodeBuild does not validate it when its ARN is imported. */

let aws: Aws;
let secrets = 0;

useAccount((started) => { aws = started; });

/** Creates a secret and returns its ARN. */
function create(value: string, region = REGION, account = ACCOUNT): string {
  secrets += 1;
  return aws.region(account, region).secrets.create({
    name: `ci/document-${secrets}`, value, kmsKeyArn: `arn:aws:kms:${region}:${account}:key/a`, sharedWith: [ACCOUNT],
  });
}

const properties = (SecretId: string, ServerType: string) => ({ ServerType, AuthType: 'SECRETS_MANAGER', SecretId });

const ADD = 'Add it to the JSON document, or name the field that is there';
const TOKEN_ONLY = "Its field 'AuthType' must be PERSONAL_ACCESS_TOKEN";

test.each([
  ['no JSON', 'GITHUB', CANARY, "is not a JSON document. Store one with the field 'ServerType', or leave the field's name out"],
  ['no ServerType', 'GITHUB', { ServerType: undefined }, `has no field 'ServerType'. ${ADD}`],
  ['another ServerType', 'GITHUB', { ServerType: 'BITBUCKET' }, "is not for GITHUB. Its field 'ServerType' must be GITHUB"],
  ['a ServerType in small letters', 'GITHUB', { ServerType: 'github' }, "is not for GITHUB. Its field 'ServerType' must be GITHUB"],
  ['a ServerType that is a secret', 'GITHUB', { ServerType: CANARY }, "is not for GITHUB. Its field 'ServerType' must be GITHUB"],
  ['no AuthType', 'GITHUB', { AuthType: undefined }, `has no field 'AuthType'. ${ADD}`],
  ['an unknown AuthType', 'GITHUB', { AuthType: CANARY }, `has an AuthType that CodeBuild does not support. ${TOKEN_ONLY}`],
  ['Bitbucket\'s AuthType', 'GITHUB', { AuthType: 'BASIC_AUTH', Username: 'me' }, `has an AuthType that CodeBuild does not support. ${TOKEN_ONLY}`],
  ['an AuthType of CodeBuild\'s that needs no secret', 'BITBUCKET', { AuthType: 'CODECONNECTIONS' }, `has an AuthType that CodeBuild does not support. ${TOKEN_ONLY} or BASIC_AUTH`],
  ['no Token', 'GITHUB', { Token: undefined }, `has no field 'Token'. ${ADD}`],
  ['an empty Token', 'GITHUB', { Token: '' }, "has an empty field 'Token'. Store a value"],
  ['a Token that is a number', 'GITHUB', { Token: 1 }, "has no string in field 'Token'. Store the value in quotes"],
  ['an ARN as Token', 'GITHUB', { Token: `arn:aws:codeconnections:us-east-1:111111111111:connection/${CANARY}` },
    "holds an ARN, not a token, in field 'Token'. Store the token itself; for a connection or a secret that CodeBuild reads, use connection(...) or secretsManager(...)"],
  ['no Username', 'BITBUCKET', { AuthType: 'BASIC_AUTH' }, `has no field 'Username'. ${ADD}`],
  ['an empty Username', 'BITBUCKET', { AuthType: 'BASIC_AUTH', Username: ' ' }, "has an empty field 'Username'. Store a value"],
])('a document with %s is refused', async (_, serverType, document, reason) => {
  const value = typeof document === 'string' ? document
    : JSON.stringify({ ServerType: serverType, AuthType: 'PERSONAL_ACCESS_TOKEN', Token: CANARY, ...document });
  const arn = create(value);
  await expectRefusal(aws, properties(arn, serverType), `secret ${arn} in us-east-1 ${reason}`);
});

test.each([
  ['another region', 'eu-west-1', ACCOUNT],
  ['another account', REGION, '222222222222'],
])('a document in %s is refused', async (_, region, account) => {
  const arn = create(JSON.stringify({ ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: CANARY }), region, account);
  await expectRefusal(aws, properties(arn, 'GITHUB'),
    `secret ${arn} in ${region} is in account ${account}, region ${region}, but CodeBuild only reads secrets of its own account and region. Use personalAccessToken(...) instead, or a secret of this account and region`);
});

test.each([
  ['GITHUB', { AuthType: 'PERSONAL_ACCESS_TOKEN' }],
  ['GITHUB_ENTERPRISE', { AuthType: 'PERSONAL_ACCESS_TOKEN' }],
  ['BITBUCKET', { AuthType: 'PERSONAL_ACCESS_TOKEN' }],
  ['BITBUCKET', { AuthType: 'BASIC_AUTH', Username: 'me@example.com' }],
] as const)('a good document for %s with %j is imported by its complete ARN', async (serverType, document) => {
  const arn = create(JSON.stringify({ ServerType: serverType, Token: CANARY, ...document }));
  const { answer, logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: properties(arn.slice(0, -7), serverType) });

  expect(answer.Status).toBe('SUCCESS');
  expect(aws.region(ACCOUNT, REGION).sourceCredentials.held(serverType)).toMatchObject({ authType: 'SECRETS_MANAGER', token: arn });
  expect(JSON.stringify([answer, logs])).not.toContain(CANARY);
});

test.each([
  ['a byte order mark', (document: string) => `\uFEFF${document}`, 'CodeBuild may not accept a JSON document with a byte order mark. Store it without'],
  ['a newline after the token', (document: string) => document.replace(CANARY, `${CANARY}\\n`), 'CodeBuild reads this secret itself, including the whitespace around the value. Store it without'],
])('a document with %s, which CodeBuild may not remove, causes a warning', async (_, change, message) => {
  const arn = create(change(JSON.stringify({ ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: CANARY })));
  const { answer, logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: properties(arn, 'GITHUB') });

  expect(answer.Status).toBe('SUCCESS');
  expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message }));
  expect(logs.map((line) => line.message)).not.toContain('a trailing newline was removed');
});
