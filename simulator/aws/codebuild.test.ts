import {
  CodeBuildClient,
  DeleteSourceCredentialsCommand,
  ImportSourceCredentialsCommand,
  ImportSourceCredentialsCommandInput,
  ListSourceCredentialsCommand,
} from '@aws-sdk/client-codebuild';
import { Principal } from './authorization';
import { Aws } from './aws';
import { ACCOUNT, Administrator, RoleWithout } from './principals';

const GITHUB = { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'a-token' } as const;
const GITHUB_ARN = `arn:aws:codebuild:eu-west-1:${ACCOUNT}:token/github`;
const CONNECTION_ARN = `arn:aws:codeconnections:eu-west-1:${ACCOUNT}:connection/00000000-0000-4000-8000-000000000009`;

let aws: Aws;

beforeEach(async () => {
  aws = await Aws.start();
});
afterEach(() => aws.stop());

function client(principal: Principal = new Administrator(), region = 'eu-west-1'): CodeBuildClient {
  return new CodeBuildClient({ endpoint: aws.endpoint, region, credentials: aws.credentialsFor(principal), maxAttempts: 1 });
}

function importCredentials(input: ImportSourceCredentialsCommandInput, principal?: Principal) {
  return client(principal).send(new ImportSourceCredentialsCommand(input));
}

describe('import', () => {
  test('keeps the credential for its account and region', async () => {
    await expect(importCredentials(GITHUB)).resolves.toMatchObject({ arn: GITHUB_ARN });

    expect(aws.region(ACCOUNT, 'eu-west-1').sourceCredentials.held('GITHUB')).toEqual({ ...GITHUB, arn: GITHUB_ARN });
    expect(aws.region(ACCOUNT, 'us-east-1').sourceCredentials.list()).toEqual([]);
    expect(aws.region('222222222222', 'eu-west-1').sourceCredentials.list()).toEqual([]);
  });

  test('puts the partition of the region into the ARN', async () => {
    const { arn } = await client(undefined, 'cn-north-1').send(new ImportSourceCredentialsCommand(GITHUB));

    expect(arn).toBe(`arn:aws-cn:codebuild:cn-north-1:${ACCOUNT}:token/github`);
  });

  test('overwrites the credential of the same server type by default, even with another auth type', async () => {
    await importCredentials(GITHUB);
    await importCredentials({ ...GITHUB, authType: 'CODECONNECTIONS', token: CONNECTION_ARN });

    expect(aws.region(ACCOUNT, 'eu-west-1').sourceCredentials.list()).toMatchObject([{ authType: 'CODECONNECTIONS', resource: CONNECTION_ARN }]);
  });

  test('with shouldOverwrite false, keeps the existing credential and fails', async () => {
    await importCredentials({ ...GITHUB, shouldOverwrite: false });

    await expect(importCredentials({ ...GITHUB, token: 'another', shouldOverwrite: false })).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'Access token with server type GITHUB already exists. Delete its source credential and try again.',
    });
    expect(aws.region(ACCOUNT, 'eu-west-1').sourceCredentials.held('GITHUB')?.token).toBe('a-token');
  });

  test.each([
    ['BITBUCKET', 'BASIC_AUTH', 'a-password'],
    ['BITBUCKET', 'PERSONAL_ACCESS_TOKEN', 'a-token'],
    ['GITHUB_ENTERPRISE', 'SECRETS_MANAGER', `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:missing-123456`],
    // The connection does not exist: CodeBuild only checks the form of the ARN.
    ['GITLAB', 'CODECONNECTIONS', CONNECTION_ARN],
    ['GITLAB_SELF_MANAGED', 'CODECONNECTIONS', CONNECTION_ARN.replace('codeconnections', 'codestar-connections')],
  ] as const)('accepts %s with %s', async (serverType, authType, token) => {
    await expect(importCredentials({ serverType, authType, token })).resolves.toMatchObject({
      arn: `arn:aws:codebuild:eu-west-1:${ACCOUNT}:token/${serverType.toLowerCase()}`,
    });
  });

  test.each([
    [
      'GITHUB', 'OAUTH', 'a-token',
      'OAUTH is not supported by the CodeBuild API. To connect to your account with OAUTH, use the AWS CodeBuild console.',
    ],
    ['GITHUB', 'BASIC_AUTH', 'a-password', 'Invalid AuthType provided for ServerType GITHUB'],
    ['GITLAB', 'PERSONAL_ACCESS_TOKEN', 'a-token', 'Invalid AuthType provided for ServerType GITLAB'],
    ['GITLAB_SELF_MANAGED', 'SECRETS_MANAGER', 'an-arn', 'Invalid AuthType provided for ServerType GITLAB_SELF_MANAGED'],
    ['GITHUB', 'CODECONNECTIONS', 'arn:aws:s3:::bucket', 'Token must be a valid CodeConnections arn'],
    ['GITHUB', 'CODECONNECTIONS', `arn:aws:codebuild:eu-west-1:${ACCOUNT}:project/name`, 'Token must be a valid CodeConnections arn'],
  ] as const)('refuses %s with %s and the token %s', async (serverType, authType, token, message) => {
    await expect(importCredentials({ serverType, authType, token })).rejects.toMatchObject({ name: 'InvalidInputException', message });
    expect(aws.region(ACCOUNT, 'eu-west-1').sourceCredentials.list()).toEqual([]);
  });
});

test('list shows neither token nor user name', async () => {
  await importCredentials({ serverType: 'BITBUCKET', authType: 'BASIC_AUTH', token: 'a-password', username: 'a-user' });

  const { sourceCredentialsInfos } = await client().send(new ListSourceCredentialsCommand({}));

  expect(sourceCredentialsInfos).toEqual([
    { arn: `arn:aws:codebuild:eu-west-1:${ACCOUNT}:token/bitbucket`, serverType: 'BITBUCKET', authType: 'BASIC_AUTH' },
  ]);
});

describe('delete', () => {
  test('removes the credential', async () => {
    await importCredentials(GITHUB);
    await expect(client().send(new DeleteSourceCredentialsCommand({ arn: GITHUB_ARN }))).resolves.toMatchObject({ arn: GITHUB_ARN });

    expect(aws.region(ACCOUNT, 'eu-west-1').sourceCredentials.list()).toEqual([]);
  });

  test.each([
    ['no credential exists', GITHUB_ARN, 'ResourceNotFoundException'],
    ['the ARN is of another region', GITHUB_ARN.replace('eu-west-1', 'us-east-1'), 'ResourceNotFoundException'],
    ['the ARN is malformed', 'token/github', 'InvalidInputException'],
  ])('fails when %s', async (_, arn, name) => {
    await expect(client().send(new DeleteSourceCredentialsCommand({ arn }))).rejects.toMatchObject({ name });
  });
});

describe('authorization', () => {
  test('authorizes each action with the condition keys of the request', async () => {
    const role = new Administrator();
    await importCredentials({ ...GITHUB, shouldOverwrite: true }, role);
    await client(role).send(new ListSourceCredentialsCommand({}));
    await client(role).send(new DeleteSourceCredentialsCommand({ arn: GITHUB_ARN }));

    expect(role.asked).toEqual([
      {
        action: 'codebuild:ImportSourceCredentials',
        resource: '*',
        context: {
          'codebuild:authType': 'PERSONAL_ACCESS_TOKEN',
          'codebuild:serverType': 'GITHUB',
          'codebuild:shouldOverwrite': 'true',
          'codebuild:token': 'a-token',
        },
      },
      { action: 'codebuild:ListSourceCredentials', resource: '*', context: {} },
      { action: 'codebuild:DeleteSourceCredentials', resource: '*', context: {} },
    ]);
  });

  test('does nothing when denied', async () => {
    const role = new RoleWithout('codebuild:ImportSourceCredentials');

    await expect(importCredentials(GITHUB, role)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${role.arn} is not authorized to perform: codebuild:ImportSourceCredentials on resource: *` +
        ' because no identity-based policy allows the codebuild:ImportSourceCredentials action',
      $metadata: { httpStatusCode: 400 },
    });
    expect(aws.region(ACCOUNT, 'eu-west-1').sourceCredentials.list()).toEqual([]);
  });
});

test('a person can import even OAUTH, and delete, in the console', async () => {
  const { sourceCredentials } = aws.region(ACCOUNT, 'eu-west-1');
  expect(sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'from-github' })).toBe(GITHUB_ARN);

  const { sourceCredentialsInfos } = await client().send(new ListSourceCredentialsCommand({}));
  expect(sourceCredentialsInfos).toMatchObject([{ authType: 'OAUTH' }]);

  sourceCredentials.deleteByHand('GITHUB');
  expect(sourceCredentials.held('GITHUB')).toBeUndefined();
});
