import { checkConnection } from '../../../lambda/credentials/connection-check';
import { Deadline } from '../../../lambda/deadline';
import { Aws, ConnectionStatus, CreateConnectionOptions, ProviderType } from '../../../simulator';
import { useAccount } from '../account';
import { ACCOUNT, invoke, REGION } from '../invocation';
import { expectRefusal } from '../refusal';

/* CodeBuild accepts any ARN in the format of a connection ARN. Therefore the handler checks the connection first. */

let aws: Aws;
let connections = 0;

useAccount((started) => { aws = started; });

/** Creates a connection and returns its ARN. */
function create(options: Partial<CreateConnectionOptions> = {}, region = REGION): string {
  connections += 1;
  return aws.region(ACCOUNT, region).connections.create({ name: `connection-${connections}`, providerType: 'GitHub', ...options });
}

const properties = (ConnectionArn: string, ServerType = 'GITHUB') => ({ ServerType, AuthType: 'CODECONNECTIONS', ConnectionArn });

describe('the handler refuses', () => {
  test.each([
    'a text',
    'arn:aws:codeconnections:us-east-1:111111111111:host/00000000-0000-4000-8000-000000000001',
    'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/github-AbCdEf',
    'arn:aws:codeconnections:us-east-1::connection/00000000-0000-4000-8000-000000000001',
    'arn:aws:codeconnections:us-east-1.example.com/:111111111111:connection/x',
    'arn:aws:codeconnections:us-east-1:111111111111:connection/',
    'arn:aws:codeconnections:us-east-1:111111111111:connection/x y',
  ])('an ARN that is malformed: %s', async (arn) => {
    await expectRefusal(aws, properties(arn),
      'property ConnectionArn is not the ARN of a connection. Copy it from the console: Developer Tools, Settings, Connections');
    expect(aws.requests).toEqual([]);
  });

  test('a connection that does not exist', async () => {
    const arn = 'arn:aws:codeconnections:us-east-1:111111111111:connection/00000000-0000-4000-8000-00000000dead';
    await expectRefusal(aws, properties(arn), `connection ${arn} does not exist. Create it, or correct its ARN`);
  });

  test.each([
    ['GITHUB', 'GitHub', 'Bitbucket'],
    ['GITHUB', 'GitHub', 'GitHubEnterpriseServer'],
    ['GITHUB', 'GitHub', 'AzureDevOps'],
    ['GITHUB_ENTERPRISE', 'GitHubEnterpriseServer', 'GitHub'],
    ['BITBUCKET', 'Bitbucket', 'GitLab'],
    ['GITLAB', 'GitLab', 'GitLabSelfManaged'],
    ['GITLAB_SELF_MANAGED', 'GitLabSelfManaged', 'GitLab'],
  ] as [string, string, ProviderType][])('for %s, which needs a connection to %s, one to %s', async (serverType, needed, providerType) => {
    const arn = create({ providerType });
    await expectRefusal(aws, properties(arn, serverType),
      `connection ${arn} is to ${providerType}, but a ${serverType} credential needs one to ${needed}. ${providerType === 'AzureDevOps' ? 'CodeBuild cannot use this provider: use another connection' : 'Use the factory of the connection\'s source provider, or another connection'}`);
  });

  test.each([
    ['aws', 'eu-west-1', 'https://eu-west-1.console.aws.amazon.com'],
    ['aws-us-gov', 'us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com'],
    ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn'],
  ])('one in ERROR, with the address of the console in %s', async (partition, region, address) => {
    const arn = create({ status: 'ERROR' }, region);
    expect(arn).toMatch(`arn:${partition}:`);
    await expectRefusal(aws, properties(arn),
      `connection ${arn} is in status ERROR. Repair it at ${address}/codesuite/settings/connections?region=${region}, then deploy again`);
  });

  test('a connection of another account that is not shared', async () => {
    const arn = aws.region('222222222222', REGION).connections.create({ name: 'not shared', providerType: 'GitHub' });
    await expect(checkConnection(arn, 'GITHUB', true, new Deadline(10_000, 0))).rejects.toThrow(
      /^connection arn:.* cannot be read: AccessDeniedException: .*\. If it belongs to another account, share it with this one$/);
  });

  test('a connection that cannot be read', async () => {
    const arn = create();
    aws.faults.add({ operation: 'GetConnection', kind: 'serverError', times: 9 });
    await expectRefusal(aws, properties(arn), `connection ${arn} cannot be read: InternalFailure: An error occurred on the server side`);
    aws.faults.clear();
  });
});

test.each([
  ['AVAILABLE', 'codeconnections', REGION, false],
  ['AVAILABLE', 'codestar-connections', REGION, false],
  ['AVAILABLE', 'codeconnections', 'eu-west-1', false],
  ['PENDING', 'codeconnections', 'eu-west-1', true],
] as const)('the handler imports a connection in status %s with the prefix %s in %s', async (status, prefix, region, isWarned) => {
  const arn = create({ status: status as ConnectionStatus, prefix }, region);
  const { answer, logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: properties(arn) });

  expect(answer.Status).toBe('SUCCESS');
  expect(aws.requests.filter(({ operation }) => operation === 'GetConnection').at(-1)).toMatchObject({ service: prefix, region, body: { ConnectionArn: arn } });
  expect(aws.region(ACCOUNT, REGION).sourceCredentials.held('GITHUB')).toMatchObject({ authType: 'CODECONNECTIONS', token: arn });
  expect(logs.some(({ message }) => message === 'the connection is pending: builds fail until its handshake is complete')).toBe(isWarned);
  if (isWarned) {
    expect(logs).toContainEqual(expect.objectContaining({
      connectionArn: arn, handshakeUrl: `https://${region}.console.aws.amazon.com/codesuite/settings/connections?region=${region}`,
    }));
  }
});
