import * as fc from 'fast-check';
import { GITHUB_TOKEN, storeSecret, useAccount } from './account';
import { ACCOUNT, context, lifecycleEvent, REGION, STACK_ID } from './invocation';
import { collectMetricLines } from './metric-lines';
import { changes } from './refusal';
import { handler } from '../../lambda/handler';
import { Aws } from '../../simulator';

/* The handler answers an invalid event once or throws an error soon, and changes nothing in CodeBuild. */

let aws: Aws;
let log: jest.SpyInstance;
let metrics: ReturnType<typeof collectMetricLines>;

useAccount((started) => { aws = started; });

beforeEach(() => {
  const region = aws.region(ACCOUNT, REGION);
  region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  storeSecret(region, 'ci/good', GITHUB_TOKEN);
  storeSecret(region, 'ci/blank', ' ');
  log = jest.spyOn(console, 'log').mockImplementation();
  metrics = collectMetricLines();
});
afterEach(() => {
  log.mockRestore();
  metrics.restore();
});

const nonsense = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('', '__proto__', 'constructor', '\u0000', 'x'.repeat(500)));

/** Mostly valid values, so that each invalid one is reached. */
const mostly = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 6, arbitrary: value as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: nonsense });

/** Properties with which nothing can be imported: the secret or connection does not exist, or is empty. */
const properties = fc.record({
  ServerType: mostly(fc.constantFrom('GITHUB', 'BITBUCKET', 'GITLAB')),
  AuthType: mostly(fc.constantFrom('PERSONAL_ACCESS_TOKEN', 'BASIC_AUTH', 'CODECONNECTIONS', 'SECRETS_MANAGER')),
  SecretId: mostly(fc.constantFrom('ci/blank', 'ci/missing')),
  ConnectionArn: mostly(fc.constant('arn:aws:codeconnections:us-east-1:111111111111:connection/00000000-0000-4000-8000-00000000dead')),
  JsonField: nonsense,
  ShouldOverwrite: mostly(fc.constantFrom('true', 'false')),
  RemovalPolicy: mostly(fc.constantFrom('destroy', 'retain')),
  ProviderType: mostly(fc.constantFrom('GitHub', 'GitLabSelfManaged')),
  ConnectionName: mostly(fc.constant('connection')),
  HostArn: mostly(fc.constant('arn:aws:codeconnections:us-east-1:111111111111:host/none')),
  AdoptExisting: mostly(fc.constantFrom('true', 'false')),
  Tags: mostly(fc.constant([{ Key: 'team', Value: 'platform' }])),
  TimeoutSeconds: mostly(fc.constantFrom('1', '60')),
}, { requiredKeys: [] });

const fields = fc.record({
  RequestType: mostly(fc.constantFrom('Create', 'Update', 'Delete')),
  ResourceType: mostly(fc.constantFrom(
    'Custom::CodeBuildSourceCredentials', 'Custom::CodeBuildSourceCredentials', 'Custom::CodeConnectionsConnection', 'Custom::CodeConnectionsWait',
  )),
  StackId: mostly(fc.constant('arn:aws:cloudformation:us-east-1:111111111111:stack/S/1')),
  RequestId: mostly(fc.uuid()),
  LogicalResourceId: mostly(fc.constant('GitHub')),
  PhysicalResourceId: mostly(fc.constantFrom(
    'GITHUB/1', 'failed/1', 'untouched/1', 'S-GitHub-ABC', 'BITBUCKET/1/more', 'arn:aws:codeconnections:us-east-1:111111111111:connection/none',
  )),
  ResourceProperties: mostly(properties),
  OldResourceProperties: mostly(properties),
  ResponseURL: mostly(fc.constant('the address')),
}, { requiredKeys: [] });

/** Sends an event. Returns its answers and the error. */
async function send(event: any) {
  const answerUrl = aws.answerUrl();
  const sent = event?.ResponseURL === 'the address' ? { ...event, ResponseURL: answerUrl.url } : event;
  const error: unknown = await handler(sent, context()).then(() => undefined, (thrown) => thrown);
  return { sent, error, answers: answerUrl.answers };
}

async function expectHarmless(event: unknown): Promise<void> {
  const { sent, error, answers } = await send(event);

  if (error === undefined) {
    expect(answers).toHaveLength(1);
    expect(answers[0].refused).toBeUndefined();
    expect(answers[0].body).toMatchObject({ StackId: sent.StackId, RequestId: sent.RequestId, LogicalResourceId: sent.LogicalResourceId });
  } else {
    expect(error).toMatchObject({ message: expect.stringMatching(/^not a lifecycle event of CloudFormation: \w+ is (missing|not a URL)$/) });
    expect(answers).toEqual([]);
  }
  expect(changes(aws)).toEqual([]);
}

test('events with invalid, missing and unknown fields change nothing', async () => {
  await fc.assert(fc.asyncProperty(fields, expectHarmless), { numRuns: 300, endOnFailure: true });
});

test('events of any JSON change nothing', async () => {
  await fc.assert(fc.asyncProperty(fc.jsonValue(), expectHarmless), { numRuns: 300 });
});

test('an event with fields in a __proto__ property changes nothing', async () => {
  const event = JSON.stringify({ ...lifecycleEvent({ RequestType: 'Create' }, 'the address'), ResourceProperties: undefined });
  await expectHarmless(JSON.parse(event.replace('{', '{"__proto__":{"ResourceProperties":{"ServerType":"GITHUB","AuthType":"PERSONAL_ACCESS_TOKEN","SecretId":"ci/good"}},')));
});

describe('events of EventBridge', () => {
  beforeEach(() => Object.assign(process.env, { STACK_ID: 'a-stack', SERVER_TYPES: 'BITBUCKET,GITHUB' }));
  afterEach(() => {
    process.env.STACK_ID = STACK_ID;
    delete process.env.SERVER_TYPES;
  });

  const detail = fc.record({
    stackId: mostly(fc.constant('a-stack')),
    serverType: mostly(fc.constantFrom('GITHUB', 'BITBUCKET', 'GITLAB')),
    name: mostly(fc.constant('ci/good')),
    versionId: nonsense,
  }, { requiredKeys: [] });
  const busEvents = fc.record({
    'detail-type': mostly(fc.constantFrom('Scheduled Event', 'Secret Label Updated', 'Source Credential Restore Requested')),
    'resources': mostly(fc.constant(['arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/good-AbCdEf'])),
    'detail': mostly(detail),
  }, { requiredKeys: ['detail-type'] });

  test('with any fields change nothing without an owner', async () => {
    await fc.assert(fc.asyncProperty(busEvents, async (event) => {
      const error: unknown = await handler(event, context()).then(() => undefined, (thrown) => thrown);
      if (error !== undefined) expect(error).toMatchObject({ message: expect.stringMatching(/^not an event (for this stack|that this function handles)$/) });
      expect(changes(aws)).toEqual([]);
    }), { numRuns: 200, endOnFailure: true });
  });
});

test('a valid event changes CodeBuild, for comparison', async () => {
  const ResourceProperties = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/good' };
  const { answers } = await send(lifecycleEvent({ RequestType: 'Create', ResourceProperties }, 'the address'));

  expect(answers).toMatchObject([{ body: { Status: 'SUCCESS' } }]);
  expect(changes(aws)).toEqual(['ImportSourceCredentials']);
});
