import type * as Http from 'node:http';
import type * as Https from 'node:https';
import { CodeStarConnectionsClient } from '@aws-sdk/client-codestar-connections';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type * as CodeBuild from '../../../lambda/aws/codebuild';
import type * as CodeConnections from '../../../lambda/aws/codeconnections';
import type * as EventBus from '../../../lambda/aws/event-bus';
import type * as ParameterStore from '../../../lambda/aws/parameter-store';
import type * as SecretsManager from '../../../lambda/aws/secrets-manager';
import { Deadline } from '../../../lambda/deadline';
import type * as Handler from '../../../lambda/handler';
import { Aws, LoopbackServer } from '../../../simulator';
import { ACCOUNT, context, enterLambda } from '../invocation';

/*
 * Which endpoints requests are sent to. No test contacts the Internet: every request is sent over HTTP to a server on
 * this machine, which reads the address from the header Host, as AWS does.
 */

const mockServer = { host: '127.0.0.1', port: '' };

jest.mock('node:https', () => ({
  ...jest.requireActual<typeof Https>('node:https'),
  request: (options: Https.RequestOptions, respond: (response: Http.IncomingMessage) => void) =>
    jest.requireActual<typeof Http>('node:http').request({ ...options, ...mockServer, agent: undefined }, respond),
}));

const VARIABLES = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key', AWS_MAX_ATTEMPTS: '1' };

let hosts: (string | undefined)[];
let authorization: string | undefined;
let log: jest.SpyInstance;
const server = new LoopbackServer(async ({ headers }) => {
  hosts.push(headers.host);
  authorization = headers.authorization;
  return { status: 400, headers: {}, body: '{"__type":"InvalidInputException"}' };
});

beforeAll(async () => {
  await server.start();
  mockServer.port = new URL(server.endpoint).port;
});
afterAll(async () => server.stop());
beforeEach(() => {
  hosts = [];
  log = jest.spyOn(console, 'log').mockImplementation();
  Object.assign(process.env, VARIABLES);
});
afterEach(() => {
  log.mockRestore();
  const changed = ['AWS_REGION', 'AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT', 'AWS_ENDPOINT_URL', 'AWS_SESSION_TOKEN', 'SERVER_TYPES', 'STACK_ID'];
  for (const name of [...Object.keys(VARIABLES), ...changed]) delete process.env[name];
});

type Call = (region: string, deadline: Deadline) => Promise<unknown>;

/** Calls of each service. They reload the modules, as in a new process. */
const CALLS = {
  'codebuild': async (_: string, deadline: Deadline) => load<typeof CodeBuild>('codebuild').listCredentials(deadline),
  'ssm': async (_: string, deadline: Deadline) => load<typeof ParameterStore>('parameter-store').listParameters('/a-path', deadline),
  'secretsmanager': async (region: string, deadline: Deadline) =>
    load<typeof SecretsManager>('secrets-manager').getSecretValue('a-secret', region, 'a-secret', deadline),
  'events': async (_: string, deadline: Deadline) =>
    load<typeof EventBus>('event-bus').requestRestore({ stackId: 'a-stack', serverType: 'GITHUB' }, deadline),
  'codeconnections': async (region: string, deadline: Deadline) => getConnection('codeconnections', region, deadline),
  'codestar-connections': async (region: string, deadline: Deadline) => getConnection('codestar-connections', region, deadline),
} satisfies Record<string, Call>;
type Name = keyof typeof CALLS;

function load<T>(file: string): T {
  let loaded: T | undefined;
  jest.isolateModules(() => { loaded = jest.requireActual<T & object>(`../../../lambda/aws/${file}`); });
  return loaded!;
}

async function getConnection(name: string, region: string, deadline: Deadline): Promise<unknown> {
  return load<typeof CodeConnections>('codeconnections')
    .getConnection(`arn:aws:${name}:${region}:${ACCOUNT}:connection/00000000-0000-4000-8000-000000000001`, deadline);
}

interface Kind {
  readonly fips?: boolean;
  readonly dualStack?: boolean;
}

/** Returns the host to which a call is sent in a region. */
async function hostOf(name: Name, region: string, { dualStack, fips }: Kind = {}): Promise<string | undefined> {
  process.env.AWS_REGION = region;
  if (fips) process.env.AWS_USE_FIPS_ENDPOINT = 'true';
  if (dualStack) process.env.AWS_USE_DUALSTACK_ENDPOINT = 'true';
  const deadline = new Deadline(30_000, 0);
  await CALLS[name](region, deadline).catch(() => undefined);
  deadline.end();
  return hosts.at(-1);
}

const REGIONS = [
  'us-east-1', 'eu-central-1', 'us-gov-west-1', 'us-gov-east-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1',
  'us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'us-isof-south-1',
  // A region that is newer than this release.
  'eu-south-9',
];
const KINDS: readonly Kind[] = [{}, { fips: true }, { dualStack: true }, { fips: true, dualStack: true }];

test.each([
  ['us-east-1', 'us-east-1.amazonaws.com'],
  ['eu-south-9', 'eu-south-9.amazonaws.com'],
  ['us-gov-west-1', 'us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'cn-north-1.amazonaws.com.cn'],
  ['eusc-de-east-1', 'eusc-de-east-1.amazonaws.eu'],
  ['us-iso-east-1', 'us-iso-east-1.c2s.ic.gov'],
  ['us-isob-east-1', 'us-isob-east-1.sc2s.sgov.gov'],
  ['eu-isoe-west-1', 'eu-isoe-west-1.cloud.adc-e.uk'],
  ['us-isof-south-1', 'us-isof-south-1.csp.hci.ic.gov'],
])('in %s every service is at the address of its partition, and the request is signed for it', async (region, suffix) => {
  for (const name of Object.keys(CALLS) as Name[]) {
    expect(await hostOf(name, region)).toBe(`${name}.${suffix}`);
    expect(authorization).toContain(`/${region}/${name}/aws4_request`);
  }
});

test.each<[Name, string, string, string]>([
  ['codebuild', 'us-east-1', 'codebuild-fips.us-east-1.amazonaws.com', 'codebuild.us-east-1.api.aws'],
  ['ssm', 'us-east-1', 'ssm-fips.us-east-1.amazonaws.com', 'ssm.us-east-1.api.aws'],
  ['secretsmanager', 'us-east-1', 'secretsmanager-fips.us-east-1.amazonaws.com', 'secretsmanager.us-east-1.amazonaws.com'],
  ['events', 'us-east-1', 'events-fips.us-east-1.amazonaws.com', 'events.us-east-1.api.aws'],
  ['codeconnections', 'us-east-1', 'codeconnections-fips.us-east-1.amazonaws.com', 'codeconnections.us-east-1.api.aws'],
  ['codestar-connections', 'us-east-1', 'codestar-connections-fips.us-east-1.amazonaws.com', 'codestar-connections.us-east-1.api.aws'],
  ['codebuild', 'us-gov-west-1', 'codebuild-fips.us-gov-west-1.amazonaws.com', 'codebuild.us-gov-west-1.api.aws'],
  ['ssm', 'us-gov-west-1', 'ssm.us-gov-west-1.amazonaws.com', 'ssm.us-gov-west-1.api.aws'],
  ['events', 'us-gov-west-1', 'events.us-gov-west-1.amazonaws.com', 'events.us-gov-west-1.api.aws'],
  ['codeconnections', 'us-gov-west-1', 'codeconnections-fips.us-gov-west-1.amazonaws.com', 'codeconnections.us-gov-west-1.api.aws'],
])('%s in %s has the endpoints of AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT', async (name, region, fips, dualStack) => {
  expect(await hostOf(name, region, { fips: true })).toBe(fips);
  delete process.env.AWS_USE_FIPS_ENDPOINT;
  expect(await hostOf(name, region, { dualStack: true })).toBe(dualStack);
});

describe.each(KINDS)('with AWS\'s settings %j', (kind) => {
  // The handler calls these services with another service's client, which must not change the host.
  test.each<[Name, () => EventBridgeClient | CodeStarConnectionsClient, string]>([
    ['events', () => new EventBridgeClient({ region: 'us-east-1' }), 'events'],
    ['codestar-connections', () => new CodeStarConnectionsClient({ region: 'us-east-1' }), 'codestar-connections'],
    ['codeconnections', () => new CodeStarConnectionsClient({ region: 'us-east-1' }), 'codestar-connections'],
  ])("%s has the same endpoint as AWS's own client, in every partition", async (name, create, itsName) => {
    const { endpointProvider } = create().config;
    for (const region of REGIONS) {
      const { url } = endpointProvider({ Region: region, UseFIPS: kind.fips ?? false, UseDualStack: kind.dualStack ?? false });
      expect(await hostOf(name, region, kind)).toBe(url.hostname.replace(itsName, name));
    }
  });
});

test('the bundle contains the endpoint rules of all partitions', async () => {
  Object.assign(process.env, { AWS_REGION: 'us-iso-east-1', AWS_USE_FIPS_ENDPOINT: 'true', SERVER_TYPES: 'GITHUB', STACK_ID: 'a-stack' });
  const { handler } = jest.requireActual<typeof Handler>('../../../assets/lambda/handler');
  await expect(handler({ 'detail-type': 'Scheduled Event' }, context())).rejects.toThrow('GITHUB: Parameter Store in us-iso-east-1');
  expect(hosts).toEqual(['ssm-fips.us-iso-east-1.c2s.ic.gov']);
});

describe('the simulator', () => {
  let aws: Aws;

  beforeAll(async () => { aws = await Aws.start(); });
  afterAll(async () => aws.stop());

  test.each(Object.keys(CALLS) as Name[])('%s accepts the requests, signed with Lambda\'s credentials', async (name) => {
    enterLambda(aws);
    const region = ['secretsmanager', 'codeconnections', 'codestar-connections'].includes(name) ? 'eu-west-1' : 'us-east-1';
    const deadline = new Deadline(30_000, 0);
    await CALLS[name](region, deadline).catch(() => undefined);
    deadline.end();
    expect(aws.requests.at(-1)).toMatchObject({ service: name, region, account: ACCOUNT });
  });
});
