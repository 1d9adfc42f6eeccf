import { Aws } from './aws';
import { ACCOUNT, Administrator, RoleWithout } from './principals';
import { Quotas } from './quotas';
import { call } from './signed-request';
import { RealClock } from '../time/clock';

let now: number;
let aws: Aws;
let quotas: Quotas;

beforeEach(async () => {
  now = 1_000_000;
  aws = await Aws.start(Object.assign(new RealClock(), { now: () => now }));
  quotas = aws.region(ACCOUNT, 'eu-west-1').quotas;
});
afterEach(() => aws.stop());

const PATH = '/codebuild-source-credentials/GITHUB';

async function send(target: string, service: string, body: object, { principal = new Administrator(), region = 'eu-west-1' } = {}): Promise<string> {
  const response = await call({ endpoint: aws.endpoint, credentials: aws.credentialsFor(principal), target, service, body, region });
  return response.body.__type ?? 'done';
}

const list = (options = {}) => send('AmazonSSM.GetParametersByPath', 'ssm', { Path: PATH }, options);
const put = () => send('AmazonSSM.PutParameter', 'ssm', { Name: `${PATH}/a`, Value: 'value', Type: 'String', Overwrite: true });
const del = () => send('AmazonSSM.DeleteParameter', 'ssm', { Name: `${PATH}/a` });
const credentials = () => send('CodeBuild_20161006.ListSourceCredentials', 'codebuild', {});
const connections = (target: string, service: string, contentType = 'application/x-amz-json-1.0') =>
  call({ endpoint: aws.endpoint, credentials: aws.credentialsFor(new Administrator()), target, service, contentType, body: {} });

/** Sends requests at the same moment. Returns how many of them are not throttled. */
async function countAdmitted(request: () => Promise<string>, requests: number): Promise<number> {
  const types: string[] = [];
  for (let index = 0; index < requests; index++) types.push(await request());
  return types.filter((type) => type !== 'ThrottlingException').length;
}

test('refuses requests only while the rates are enforced', async () => {
  expect(await countAdmitted(put, 20)).toBe(20);
  quotas.enforce();
  expect(await countAdmitted(put, 20)).toBe(3);
  quotas.lift();
  expect(await countAdmitted(put, 20)).toBe(20);
});

test.each([
  ['reads of Parameter Store', list, 40],
  ['puts', put, 3],
  ['deletions', del, 5],
  ["CodeBuild's operations", credentials, 10],
] as const)('%s have their own rate', async (_, request, rate) => {
  quotas.enforce();
  expect(await countAdmitted(request, rate + 5)).toBe(rate);
  // The capacity refills with time, up to that of one second.
  now += 1000 / rate;
  expect(await countAdmitted(request, 5)).toBe(1);
  now += 60_000;
  expect(await countAdmitted(request, rate + 5)).toBe(rate);
});

test('reads, puts and deletions have separate rates', async () => {
  quotas.enforce();
  await countAdmitted(put, 5);
  await countAdmitted(list, 50);
  expect(await del()).not.toBe('ThrottlingException');
});

test('both names of CodeConnections share one rate', async () => {
  quotas.enforce({ connections: 1 });
  const old = await connections('CodeStar_connections_20191201.ListConnections', 'codestar-connections');
  const current = await connections('CodeConnections_20231201.ListConnections', 'codeconnections');
  expect([old.status, current.status, current.body]).toEqual([200, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' }]);
});

test('each account and region has its own rates, which denied requests also use', async () => {
  quotas.enforce({ parameterReads: 1 });
  expect(await list({ principal: new RoleWithout('ssm:GetParametersByPath') })).toBe('AccessDeniedException');
  expect(await list()).toBe('ThrottlingException');
  expect(await list({ region: 'us-east-1' })).toBe('done');
  expect(await list({ principal: new Administrator('222222222222') })).toBe('done');
});
