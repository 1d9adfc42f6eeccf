import { codeBuild, codeConnections, eventBridge, secretsManager, ssm } from '../../../lambda/aws/clients';
import { GetConnectionCommand, GetParametersByPathCommand, GetSecretValueCommand, ListSourceCredentialsCommand, PutEventsCommand } from '../../../lambda/aws/commands';
import { Aws } from '../../../simulator';
import { ACCOUNT, enterLambda } from '../invocation';

let aws: Aws;

beforeAll(async () => { aws = await Aws.start(); });
afterAll(async () => aws.stop());
beforeEach(() => enterLambda(aws));

const options = { abortSignal: new AbortController().signal };

test.each([
  ['CodeBuild', 'us-east-1', 'codebuild', async () => codeBuild().send(new ListSourceCredentialsCommand({}), options)],
  ['Parameter Store', 'us-east-1', 'ssm', async () => ssm().send(new GetParametersByPathCommand({ Path: '/a-path' }), options)],
  ['EventBridge', 'us-east-1', 'events', async () => eventBridge().send(new PutEventsCommand({ Entries: [{ Source: 'a-source', DetailType: 'a-type', Detail: '{}' }] }), options)],
  ['Secrets Manager', 'eu-west-1', 'secretsmanager', async () => secretsManager('eu-west-1').send(new GetSecretValueCommand({ SecretId: 'a-secret' }), options)],
  ['CodeConnections', 'eu-west-1', 'codeconnections', async () => codeConnections('eu-west-1', 'codeconnections').send(new GetConnectionCommand({ ConnectionArn: arn('codeconnections') }), options)],
  ['CodeStar Connections', 'eu-west-1', 'codestar-connections', async () => codeConnections('eu-west-1', 'codestar-connections').send(new GetConnectionCommand({ ConnectionArn: arn('codestar-connections') }), options)],
])('%s accepts what it is sent, signed with the credentials that Lambda gives', async (_, region, service, call) => {
  await call().catch(() => undefined);
  expect(aws.requests.at(-1)).toMatchObject({ service, region, account: ACCOUNT });
});

function arn(service: string): string {
  return `arn:aws:${service}:eu-west-1:${ACCOUNT}:connection/00000000-0000-4000-8000-000000000001`;
}

test('there is one client for each region, so that its connections are used again', () => {
  expect(secretsManager('eu-west-1')).toBe(secretsManager('eu-west-1'));
  expect(secretsManager('eu-west-1')).not.toBe(secretsManager('eu-west-2'));
});
