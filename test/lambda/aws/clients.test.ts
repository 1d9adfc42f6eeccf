import { codeBuild, codeConnections, secretsManager, ssm } from '../../../lambda/aws/clients';
import { defaultProvider } from '../../../lambda/aws/credentials';

const VARIABLES = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'token' };

beforeEach(() => {
  delete process.env.AWS_ENDPOINT_URL;
  Object.assign(process.env, VARIABLES);
});

afterEach(() => { for (const name of Object.keys(VARIABLES)) delete process.env[name]; });

test.each([
  ['codeconnections', 'https://codeconnections.eu-west-1.amazonaws.com/', 'eu-west-1'],
  ['codestar-connections', undefined, 'eu-west-1'],
])('connections of the prefix %s are asked for at its own address, in their region', async (prefix, address, region) => {
  const { config } = codeConnections(region, prefix);
  const endpoint = await config.endpoint?.();

  expect(await config.region()).toBe(region);
  expect(endpoint && `${endpoint.protocol}//${endpoint.hostname}${endpoint.path}`).toBe(address);
});

test('a stand-in of AWS may take the place of the new name, too', async () => {
  process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:4566';
  expect(await codeConnections('eu-west-2', 'codeconnections').config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: 4566 });
});

test('there is one client for each region, so that its connections are used again', async () => {
  expect(secretsManager('eu-west-1')).toBe(secretsManager('eu-west-1'));
  expect(secretsManager('eu-west-1')).not.toBe(secretsManager('eu-west-2'));
  expect(await secretsManager('eu-west-2').config.region()).toBe('eu-west-2');
});

test.each([
  ['CodeBuild', () => codeBuild().config],
  ['Secrets Manager', () => secretsManager('us-east-1').config],
  ['Parameter Store', () => ssm().config],
  ['CodeConnections', () => codeConnections('us-east-1', 'codeconnections').config],
])('%s is tried five times', async (_, config) => {
  expect(await config().maxAttempts()).toBe(5);
});

test('credentials come from the environment, as Lambda gives them', async () => {
  expect(await defaultProvider()()).toMatchObject({ accessKeyId: 'AKIA', secretAccessKey: 'key', sessionToken: 'token' });
});
