import { GetSecretValueCommand, GetSecretValueCommandInput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Principal } from './authorization';
import { Aws } from './aws';
import { EventBridgeEvent } from './event-bus';
import { ACCOUNT, Administrator, RoleWithout } from './principals';
import { Secrets } from './secrets';

const OTHER_ACCOUNT = '222222222222';
const KEY_ARN = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/00000000-0000-4000-8000-000000000001`;
const NOT_FOUND = { name: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." };

let aws: Aws;
let secrets: Secrets;

beforeEach(async () => {
  aws = await Aws.start();
  secrets = aws.region(ACCOUNT, 'eu-west-1').secrets;
});
afterEach(() => aws.stop());

function read(input: GetSecretValueCommandInput, principal: Principal = new Administrator(), region = 'eu-west-1') {
  const client = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials: aws.credentialsFor(principal), maxAttempts: 1 });
  return client.send(new GetSecretValueCommand(input));
}

test('the ARN of a secret ends in its name and six characters', async () => {
  const arn = secrets.create({ name: 'ci/github', value: 'a-token' });

  expect(arn).toMatch(/^arn:aws:secretsmanager:eu-west-1:111111111111:secret:ci\/github-[A-Za-z0-9]{6}$/);
  await expect(read({ SecretId: arn })).resolves.toMatchObject({
    ARN: arn,
    Name: 'ci/github',
    SecretString: 'a-token',
    VersionStages: ['AWSCURRENT'],
    CreatedDate: expect.any(Date),
  });
});

test('a binary secret has no string', async () => {
  secrets.create({ name: 'binary', binary: Uint8Array.of(1, 2, 255) });

  const { SecretString, SecretBinary } = await read({ SecretId: 'binary' });
  expect(SecretString).toBeUndefined();
  expect([...SecretBinary!]).toEqual([1, 2, 255]);
});

describe('lookup', () => {
  test.each([
    ['its name', () => 'ci/github'],
    ['its complete ARN', (arn: string) => arn],
    ['its partial ARN', (arn: string) => arn.slice(0, -7)],
  ])('finds a secret by %s', async (_, id) => {
    const arn = secrets.create({ name: 'ci/github', value: 'a-token' });

    await expect(read({ SecretId: id(arn) })).resolves.toMatchObject({ SecretString: 'a-token' });
  });

  test('treats a partial ARN that ends in a hyphen and six characters as complete', async () => {
    const arn = secrets.create({ name: 'ci-github', value: 'a-token' });

    await expect(read({ SecretId: arn.slice(0, -7) })).rejects.toMatchObject(NOT_FOUND);
    await expect(read({ SecretId: 'ci-github' })).resolves.toMatchObject({ SecretString: 'a-token' });
  });

  test.each([
    ['another name', 'ci/gitlab'],
    ['a complete ARN with other characters', `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:ci/github-000000`],
    ['an ARN of another service', `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/ci/github`],
  ])('does not find a secret by %s', async (_, id) => {
    secrets.create({ name: 'ci/github', value: 'a-token' });

    await expect(read({ SecretId: id })).rejects.toMatchObject(NOT_FOUND);
  });

  test('does not find a secret of another region', async () => {
    const arn = secrets.create({ name: 'ci/github', value: 'a-token' });

    await expect(read({ SecretId: 'ci/github' }, undefined, 'us-east-1')).rejects.toMatchObject(NOT_FOUND);
    await expect(read({ SecretId: arn }, undefined, 'us-east-1')).rejects.toMatchObject(NOT_FOUND);
  });

  test('refuses a name that no secret can have', async () => {
    await expect(read({ SecretId: 'ci github' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    });
  });

  test('gives a reused name another ARN', () => {
    const first = secrets.create({ name: 'ci/github' });
    secrets.delete('ci/github');

    expect(secrets.create({ name: 'ci/github' })).not.toBe(first);
  });
});

describe('versions', () => {
  test('a new value becomes the current version, and the one before it the previous version', async () => {
    secrets.create({ name: 'ci/github', value: 'first' });
    secrets.put('ci/github', 'second');
    const current = secrets.put('ci/github', 'third');

    await expect(read({ SecretId: 'ci/github' })).resolves.toMatchObject({ SecretString: 'third', VersionId: current });
    await expect(read({ SecretId: 'ci/github', VersionStage: 'AWSPREVIOUS' })).resolves.toMatchObject({ SecretString: 'second' });
  });

  test('finds a version without a label by its id', async () => {
    secrets.create({ name: 'ci/github' });
    const first = secrets.put('ci/github', 'first');
    secrets.put('ci/github', 'second');
    secrets.put('ci/github', 'third');

    const response = await read({ SecretId: 'ci/github', VersionId: first });
    expect(response.SecretString).toBe('first');
    expect(response.VersionStages).toBeUndefined();
  });

  test('a secret without a value has no current version', async () => {
    secrets.create({ name: 'ci/github' });

    await expect(read({ SecretId: 'ci/github' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
  });

  test('refuses an id and a label of different versions', async () => {
    secrets.create({ name: 'ci/github' });
    const first = secrets.put('ci/github', 'first');
    secrets.put('ci/github', 'second');

    await expect(read({ SecretId: 'ci/github', VersionId: first, VersionStage: 'AWSCURRENT' }))
      .rejects.toMatchObject({ name: 'InvalidRequestException' });
  });
});

test('a secret that is marked for deletion cannot be read until it is restored', async () => {
  secrets.create({ name: 'ci/github', value: 'a-token' });
  secrets.scheduleDeletion('ci/github');
  await expect(read({ SecretId: 'ci/github' })).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  });

  secrets.restore('ci/github');
  await expect(read({ SecretId: 'ci/github' })).resolves.toMatchObject({ SecretString: 'a-token' });
});

describe('authorization', () => {
  test('authorizes the complete ARN, whatever the id', async () => {
    const arn = secrets.create({ name: 'ci/github', value: 'a-token' });
    const role = new Administrator();
    await read({ SecretId: 'ci/github', VersionStage: 'AWSCURRENT' }, role);

    expect(role.asked).toEqual([{
      action: 'secretsmanager:GetSecretValue',
      resource: arn,
      context: { 'secretsmanager:SecretId': 'ci/github', 'secretsmanager:VersionStage': 'AWSCURRENT' },
    }]);
  });

  test('authorizes the id as given if the secret does not exist', async () => {
    const role = new RoleWithout('secretsmanager:GetSecretValue');

    await expect(read({ SecretId: 'missing' }, role)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${role.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: missing` +
        ' because no identity-based policy allows the secretsmanager:GetSecretValue action',
    });
  });

  test('authorizes a customer-managed key, with the service and the secret in the context', async () => {
    const arn = secrets.create({ name: 'ci/github', value: 'a-token', kmsKeyArn: KEY_ARN });
    const role = new Administrator();
    const { VersionId } = await read({ SecretId: arn }, role);

    expect(role.asked[1]).toEqual({
      action: 'kms:Decrypt',
      resource: KEY_ARN,
      context: {
        'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com',
        'kms:EncryptionContext:SecretARN': arn,
        'kms:EncryptionContext:SecretVersionId': VersionId,
      },
    });
  });

  test('fails if a customer-managed key is denied', async () => {
    secrets.create({ name: 'ci/github', value: 'a-token', kmsKeyArn: KEY_ARN });

    await expect(read({ SecretId: 'ci/github' }, new RoleWithout('kms:Decrypt')))
      .rejects.toMatchObject({ name: 'AccessDeniedException', message: 'Access to KMS is not allowed' });
  });
});

describe('from another account', () => {
  const stranger = new Administrator(OTHER_ACCOUNT);

  test('reads a shared secret with a customer-managed key', async () => {
    const arn = secrets.create({ name: 'ci/github', value: 'a-token', kmsKeyArn: KEY_ARN, sharedWith: [OTHER_ACCOUNT] });

    await expect(read({ SecretId: arn }, stranger)).resolves.toMatchObject({ SecretString: 'a-token' });
  });

  test('does not find a shared secret by its name', async () => {
    secrets.create({ name: 'ci/github', value: 'a-token', kmsKeyArn: KEY_ARN, sharedWith: [OTHER_ACCOUNT] });

    await expect(read({ SecretId: 'ci/github' }, stranger)).rejects.toMatchObject(NOT_FOUND);
  });

  test('denies a secret that is not shared', async () => {
    const arn = secrets.create({ name: 'ci/github', value: 'a-token', kmsKeyArn: KEY_ARN });

    await expect(read({ SecretId: arn }, stranger)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('because no resource-based policy allows the secretsmanager:GetSecretValue action'),
    });
  });

  test("refuses a shared secret with the account's default key", async () => {
    const arn = secrets.create({ name: 'ci/github', value: 'a-token', sharedWith: [OTHER_ACCOUNT] });

    await expect(read({ SecretId: arn }, stranger)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });
});

test('a new current version emits an event, even for a new secret', () => {
  const seen: EventBridgeEvent[] = [];
  aws.onEvent((event) => seen.push(event));
  const arn = secrets.create({ name: 'ci/github', value: 'first' });
  const versionId = secrets.put('ci/github', 'second');
  secrets.create({ name: 'empty' });
  secrets.scheduleDeletion('ci/github');

  expect(seen).toEqual([expect.anything(), {
    'version': '0',
    'id': expect.any(String),
    'detail-type': 'Secret Label Updated',
    'source': 'aws.secretsmanager',
    'account': ACCOUNT,
    'time': expect.any(String),
    'region': 'eu-west-1',
    'resources': [arn],
    'detail': { name: 'ci/github', labelUpdated: 'AWSCURRENT', versionId },
  }]);
});
