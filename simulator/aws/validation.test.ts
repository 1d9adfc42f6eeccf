import { Aws } from './aws';
import { Administrator } from './principals';
import { call, RequestOptions, WireResponse } from './signed-request';

const CODEBUILD = { target: 'CodeBuild_20161006.ImportSourceCredentials', service: 'codebuild' };
const SECRETS_MANAGER = { target: 'secretsmanager.GetSecretValue', service: 'secretsmanager' };
const CODECONNECTIONS = {
  target: 'com.amazonaws.codeconnections.CodeConnections_20231201.GetConnection',
  service: 'codeconnections',
  contentType: 'application/x-amz-json-1.0',
};
const IMPORT = { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'a-token' };

let aws: Aws;

beforeAll(async () => {
  aws = await Aws.start();
});
afterAll(() => aws.stop());

function request(options: Pick<RequestOptions, 'target' | 'service' | 'contentType' | 'body'>): Promise<WireResponse> {
  return call({ endpoint: aws.endpoint, credentials: aws.credentialsFor(new Administrator()), ...options });
}

test.each([
  ['an operation outside the simulator', { ...CODEBUILD, target: 'CodeBuild_20161006.CreateProject' }],
  ['a service outside the simulator', { target: 'AmazonSQS.SendMessage', service: 'sqs' }],
  ["the service's other content type", { ...CODEBUILD, contentType: 'application/x-amz-json-1.0' }],
])('%s is an UnknownOperationException', async (_, options) => {
  expect((await request({ ...options, body: IMPORT })).body).toMatchObject({ __type: 'UnknownOperationException' });
});

test.each([
  ['an unknown member', CODEBUILD, { ...IMPORT, serverTyp: 'GITHUB' }, 'InvalidInputException', "1 validation error detected: Unknown member 'serverTyp'"],
  ['a missing member', CODEBUILD, { ...IMPORT, authType: undefined }, 'InvalidInputException', 'AuthType is required'],
  ['an empty token', CODEBUILD, { ...IMPORT, token: '' }, 'InvalidInputException', 'Token is required'],
  [
    'a value outside the enum', CODEBUILD, { ...IMPORT, authType: 'TOKEN' }, 'InvalidInputException',
    "1 validation error detected: Value 'TOKEN' at 'authType' failed to satisfy constraint:" +
    ' Member must satisfy enum value set: [OAUTH, BASIC_AUTH, PERSONAL_ACCESS_TOKEN, CODECONNECTIONS, SECRETS_MANAGER]',
  ],
  ['a number for a string', CODEBUILD, { ...IMPORT, token: 1 }, 'SerializationException', 'NUMBER_VALUE can not be converted to a String'],
  [
    'a string for a boolean', CODEBUILD, { ...IMPORT, shouldOverwrite: 'false' }, 'SerializationException',
    'STRING_VALUE can not be converted to a Boolean',
  ],
  [
    'a structure for a string', CODEBUILD, { ...IMPORT, token: {} }, 'SerializationException',
    'Start of structure or map found where not expected.',
  ],
  [
    'a missing member', SECRETS_MANAGER, {}, 'ValidationException',
    "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null",
  ],
  [
    'a value that is too short', SECRETS_MANAGER, { SecretId: 'name', VersionId: 'short' }, 'ValidationException',
    "1 validation error detected: Value 'short' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
  ],
  [
    'two values that are too long', SECRETS_MANAGER, { SecretId: 'a'.repeat(2049), VersionStage: 'b'.repeat(257) }, 'ValidationException',
    `2 validation errors detected: Value '${'a'.repeat(2049)}' at 'secretId' failed to satisfy constraint: Member must have length less than or equal to 2048;` +
    ` Value '${'b'.repeat(257)}' at 'versionStage' failed to satisfy constraint: Member must have length less than or equal to 256`,
  ],
  [
    'a value that does not match the pattern', CODECONNECTIONS, { ConnectionArn: 'my-connection' }, 'ValidationException',
    "1 validation error detected: Value 'my-connection' at 'connectionArn' failed to satisfy constraint:" +
    ' Member must satisfy regular expression pattern: arn:aws(-[\\w]+)*:.+:.+:[0-9]{12}:.+',
  ],
])('%s is refused (%#)', async (_, operation, body, type, message) => {
  const response = await request({ ...operation, body });

  expect(response.status).toBe(400);
  expect(response.body).toEqual({ __type: type, message });
});

test('a body that is not JSON is a SerializationException', async () => {
  expect((await request({ ...CODEBUILD, body: '{' })).body).toMatchObject({ __type: 'SerializationException' });
});

test('treats null as absent', async () => {
  expect((await request({ ...CODEBUILD, body: { ...IMPORT, username: null } })).status).toBe(200);
});
