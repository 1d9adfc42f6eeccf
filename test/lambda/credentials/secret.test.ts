import { readSecret } from '../../../lambda/credentials/secret';
import { Deadline } from '../../../lambda/deadline';
import { Aws, CreateSecretOptions, LoopbackServer } from '../../../simulator';
import { useAccount } from '../account';
import { ACCOUNT, invoke, REGION } from '../invocation';
import { CANARY, expectRefusal } from '../refusal';

let aws: Aws;
let secrets = 0;

useAccount((started) => { aws = started; });

const region = () => aws.region(ACCOUNT, REGION);

/** Creates a secret and returns its name. */
function create(contents: Omit<CreateSecretOptions, 'name'>): string {
  secrets += 1;
  region().secrets.create({ name: `ci/secret-${secrets}`, ...contents });
  return `ci/secret-${secrets}`;
}

const token = (SecretId: string, others: object = {}) => ({ ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId, ...others });
const field = (SecretId: string) => token(SecretId, { JsonField: 'token' });
const basicAuth = (SecretId: string) => ({ ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH', SecretId });

describe('a secret that contains no token', () => {
  test.each([
    ['bytes', { binary: Buffer.from(CANARY) }, 'is binary. Store the value as text'],
    ['blanks', { value: ' \t\n ' }, 'is empty. Store a value'],
    ['a JSON document', { value: `{"token":"${CANARY}"}` }, 'is a JSON document, not a token. Name the field with the token with jsonField'],
    ['an ARN', { value: `arn:aws:codeconnections:us-east-1:111111111111:connection/${CANARY}` },
      'holds an ARN, not a token, in the value. Store the token itself; for a connection or a secret that CodeBuild reads, use connection(...) or secretsManager(...)'],
  ])('is refused if it contains %s', async (_, contents, reason) => {
    const id = create(contents);
    await expectRefusal(aws, token(id), `secret ${id} in us-east-1 ${reason}`);
  });
});

describe('a secret whose field contains no token', () => {
  const NO_DOCUMENT = "is not a JSON document. Store one with the field 'token', or leave the field's name out";
  const NO_FIELD = "has no field 'token'. Add it to the JSON document, or name the field that is there";
  const NO_TEXT = "has no string in field 'token'. Store the value in quotes";
  const EMPTY = "has an empty field 'token'. Store a value";

  test.each([
    ['a plain token', CANARY, NO_DOCUMENT],
    ['a list', `["${CANARY}"]`, NO_DOCUMENT],
    ['JSON text', `"${CANARY}"`, NO_DOCUMENT],
    ['JSON null', 'null', NO_DOCUMENT],
    ['a broken document', `{"token":"${CANARY}"`, NO_DOCUMENT],
    ['another field', `{"Token":"${CANARY}"}`, NO_FIELD],
    ['the field further down', `{"github":{"token":"${CANARY}"}}`, NO_FIELD],
    ['a number', '{"token":12345}', NO_TEXT],
    ['null', '{"token":null}', NO_TEXT],
    ['a list in the field', `{"token":["${CANARY}"]}`, NO_TEXT],
    ['no character', '{"token":""}', EMPTY],
    ['a newline', '{"token":"\\n"}', EMPTY],
    ['blanks', '{"token":"  "}', EMPTY],
    ['an ARN', `{"token":"arn:aws:secretsmanager:us-east-1:111111111111:secret:${CANARY}"}`,
      "holds an ARN, not a token, in field 'token'. Store the token itself; for a connection or a secret that CodeBuild reads, use connection(...) or secretsManager(...)"],
  ])('is refused if it contains %s', async (_, value, reason) => {
    const id = create({ value });
    await expectRefusal(aws, field(id), `secret ${id} in us-east-1 ${reason}`);
  });

  test.each(['__proto__', 'constructor', 'toString'])('named %s, like a property of every object', async (JsonField) => {
    const id = create({ value: `{"token":"${CANARY}"}` });
    await expectRefusal(aws, token(id, { JsonField }),
      `secret ${id} in us-east-1 has no field '${JsonField}'. Add it to the JSON document, or name the field that is there`);
  });

  test.each([
    ['the user name is missing', `{"password":"${CANARY}"}`, "has no field 'username'. Add it to the JSON document, or name the field that is there"],
    ['the password is missing', `{"username":"${CANARY}@example.com"}`, "has no field 'password'. Add it to the JSON document, or name the field that is there"],
    ['the password is empty', `{"username":"${CANARY}@example.com","password":""}`, "has an empty field 'password'. Store a value"],
    ['the user name is empty', `{"username":"","password":"${CANARY}"}`, "has an empty field 'username'. Store a value"],
  ])('for basic auth: %s', async (_, value, reason) => {
    const id = create({ value });
    await expectRefusal(aws, basicAuth(id), `secret ${id} in us-east-1 ${reason}`);
  });
});

const NOT_FOUND = 'does not exist or has no value. Create it, or correct its name or ARN. If this stack creates it, deploy the secret first, alone, and store the value: a rollback removes the secret';

describe('a secret that cannot be read', () => {
  test('because it does not exist', async () => {
    await expectRefusal(aws, token('ci/missing'), `secret ci/missing in us-east-1 ${NOT_FOUND}`);
  });

  test('because it has no value yet', async () => {
    const id = create({});
    await expectRefusal(aws, token(id), `secret ${id} in us-east-1 ${NOT_FOUND}`);
  });

  test('because it is scheduled for deletion', async () => {
    const id = create({ value: CANARY });
    region().secrets.scheduleDeletion(id);
    await expectRefusal(aws, token(id),
      `secret ${id} in us-east-1 cannot be read: InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion. If it is scheduled for deletion, restore it`);
  });

  test('because its name is invalid', async () => {
    await expectRefusal(aws, token('ci/a token'),
      'secret ci/a token in us-east-1 cannot be read: ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!');
  });

  test('because it is in another region than its ARN says', async () => {
    const id = create({ value: CANARY });
    const elsewhere = region().secrets.get(id).arn.replace('us-east-1', 'eu-west-1');
    await expectRefusal(aws, token(elsewhere), `secret ${elsewhere} in eu-west-1 ${NOT_FOUND}`);
  });

  test('because permission is missing', async () => {
    aws.faults.add({ operation: 'GetSecretValue', kind: 'accessDenied' });
    await expect(readSecret('ci/secret-1', new Deadline(10_000, 0))).rejects.toThrow(
      /^secret ci\/secret-1 in us-east-1 may not be read: AccessDeniedException: .*\. Check the name or ARN\. With a customer-managed key, pass encryptionKey/);
  });

  test.each([
    ['the reply is not JSON, and the parser\'s error quotes it', 'ap-south-1', 200, `{"SecretString":${CANARY}}`, 'cannot be read: SyntaxError'],
    ['its key is disabled', 'ap-south-2', 400, '{"__type":"DecryptionFailure","Message":"The key is disabled."}',
      'cannot be decrypted: DecryptionFailure: The key is disabled. Pass its customer-managed key as encryptionKey, and check that the key is enabled'],
  ])('because %s', async (_, unusedRegion, status, body, reason) => {
    const broken = new LoopbackServer(async () => ({ status, headers: {}, body }));
    await broken.start();
    const id = `arn:aws:secretsmanager:${unusedRegion}:111111111111:secret:ci/github-AbCdEf`;
    // No other test uses this region. Therefore its client is created here, and uses this address.
    process.env.AWS_ENDPOINT_URL = broken.endpoint;
    try {
      await expectRefusal(aws, token(id), `secret ${id} in ${unusedRegion} ${reason}`);
    } finally {
      process.env.AWS_ENDPOINT_URL = aws.endpoint;
      await broken.stop();
    }
  });
});

test.each(['elsewhere', 'here'])('a secret is read in the region of its ARN (%s)', async (where) => {
  const name = where === 'here' ? REGION : 'eu-west-1';
  const id = aws.region(ACCOUNT, name).secrets.create({ name: `ci/${where}`, value: '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' });
  const { answer } = await invoke(aws, { RequestType: 'Create', ResourceProperties: token(id) });

  expect(answer.Status).toBe('SUCCESS');
  expect(aws.requests.filter(({ operation }) => operation === 'GetSecretValue').at(-1)).toMatchObject({ region: name, body: { SecretId: id } });
  expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: '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' });
});

test.each([
  ['the secret', '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\r\n', {}],
  ["field 'token'", '{"token":"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\\n"}', { JsonField: 'token' }],
])('a trailing newline of %s is removed, with a warning that does not contain the token', async (where, value, others) => {
  const id = create({ value });
  const { logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: token(id, others) });

  expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: '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' });
  expect(logs.filter(({ level }) => level === 'warn')).toEqual([
    { level: 'warn', message: 'a trailing newline was removed', secret: `${id} in ${REGION}`, where },
  ]);
  expect(JSON.stringify(logs)).not.toContain('ghp_');
});

test.each(['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', '0123456789abcdef0123456789abcdef01234567'])('a token is imported as it is, without a warning: %j', async (value) => {
  const id = create({ value });
  const { logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: token(id) });

  expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: value });
  expect(logs.filter(({ level }) => level === 'warn')).toEqual([]);
  expect(logs).toContainEqual({
    level: 'info', message: 'read the secret', secretId: id, version: expect.any(String), serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN',
  });
});

test.each([
  ['a byte order mark', '\uFEFF%', {}],
  ['blanks and tabs', ' \t%\t ', {}],
  ['no-break and zero-width spaces', '\u00A0\u200B%\u200B\u00A0', {}],
  ['a byte order mark before the document', '\uFEFF{"token":"%"}', { JsonField: 'token' }],
  ['blanks in the field', '{"token":" % "}', { JsonField: 'token' }],
])('%s around a token are not imported', async (_, value, others) => {
  const id = create({ value: value.replace('%', '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') });
  const { answer, logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: token(id, others) });

  expect(answer.Status).toBe('SUCCESS');
  expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: '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' });
  const warnings = logs.filter(({ level }) => level === 'warn').map(({ message }) => message);
  // A byte order mark before a JSON document is not part of the token, so it causes no warning.
  expect(warnings).toEqual(value.startsWith('\uFEFF{') ? [] : ['whitespace or a byte order mark around the value was removed']);
  expect(JSON.stringify([answer, logs])).not.toContain('ghp_');
});

test('a token of an unexpected format is imported with a warning that does not contain it', async () => {
  const id = create({ value: CANARY });
  const { logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: token(id) });

  expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: CANARY });
  expect(logs.filter(({ level }) => level === 'warn')).toEqual([
    { level: 'warn', message: 'the secret holds a value in no known format of a GITHUB token. Check that it is the complete token', secret: `${id} in ${REGION}`, where: 'the value' },
  ]);
  expect(JSON.stringify(logs)).not.toContain(CANARY);
});

test.each([
  ['a JSON list', `["${CANARY}"]`, 'holds JSON in place of a token in the value. Store the token alone, or name the field that holds it'],
  ['JSON text', `"${CANARY}"`, 'holds a token in quotes in the value. Store it without them'],
  ['a line break inside', `${CANARY}\n${CANARY}`, 'holds a blank, a line break or an invisible character inside the token in the value. Store the token alone, in one line'],
  ['a placeholder', 'CHANGE_ME', 'holds a placeholder in the value. Store the value that the source provider has issued'],
  ['zero-width spaces', '\u200B\uFEFF', 'is empty. Store a value'],
])('%s is refused with the reason', async (_, value, reason) => {
  const id = create({ value });
  await expectRefusal(aws, token(id), `secret ${id} in us-east-1 ${reason}`);
});

test('an invalid user name is refused', async () => {
  const id = create({ value: JSON.stringify({ username: `me:${CANARY}`, password: CANARY }) });
  await expectRefusal(aws, basicAuth(id), `secret ${id} in us-east-1 holds a user name with a blank or a colon in field 'username'. Store the user name alone`);
});
