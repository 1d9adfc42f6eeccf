import { Aws } from './aws';
import { EventBridgeEvent } from './event-bus';
import { Parameters } from './parameters';
import { ACCOUNT, Administrator, RoleWithout } from './principals';
import { call, WireResponse } from './signed-request';

const NAME = '/codebuild-source-credentials/GITHUB';
const ARN = `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/codebuild-source-credentials/GITHUB`;

let aws: Aws;
let parameters: Parameters;

beforeEach(async () => {
  aws = await Aws.start();
  parameters = aws.region(ACCOUNT, 'eu-west-1').parameters;
});
afterEach(() => aws.stop());

function ssm(operation: string, body: object, principal = new Administrator()): Promise<WireResponse> {
  return call({ endpoint: aws.endpoint, credentials: aws.credentialsFor(principal), target: `AmazonSSM.${operation}`, service: 'ssm', body });
}

async function put(input: object, principal?: Administrator): Promise<any> {
  return (await ssm('PutParameter', { Name: NAME, Value: 'value', Type: 'String', ...input }, principal)).body;
}

async function get(Name = NAME, principal?: Administrator): Promise<any> {
  return (await ssm('GetParameter', { Name }, principal)).body;
}

test('a parameter has what was put, and versions that count up', async () => {
  expect(await put({ Value: 'one' })).toEqual({ Version: 1, Tier: 'Standard' });
  expect(await put({ Value: 'two', Overwrite: true, Type: undefined })).toEqual({ Version: 2, Tier: 'Standard' });
  expect(await put({ Value: 'two', Overwrite: true })).toEqual({ Version: 3, Tier: 'Standard' });

  expect(await get()).toEqual({
    Parameter: { Name: NAME, Type: 'String', Value: 'two', Version: 3, ARN, DataType: 'text', LastModifiedDate: expect.any(Number) },
  });
  expect(parameters.get(NAME)).toMatchObject({ value: 'two', version: 3 });
  expect(parameters.history(NAME).map(({ value }) => value)).toEqual(['one', 'two', 'two']);
});

test('without Overwrite nothing is replaced', async () => {
  await put({ Value: 'one' });
  for (const Overwrite of [undefined, false]) {
    expect(await put({ Overwrite })).toMatchObject({ __type: 'ParameterAlreadyExists', message: expect.stringContaining('To overwrite this value') });
  }
  expect(parameters.get(NAME)).toMatchObject({ value: 'one', version: 1 });
});

test.each([
  ['an absent one', NAME],
  ['one that differs in case', NAME.toLowerCase()],
])('there is no text about %s', async (_, name) => {
  parameters.putByHand(`${NAME}/other`, 'value');
  const response = await ssm('GetParameter', { Name: name });
  expect([response.status, response.body]).toEqual([400, { __type: 'ParameterNotFound' }]);
});

test.each([
  ['the name', NAME, 'two'],
  ['the ARN', ARN, 'two'],
  ['the name and a version', `${NAME}:1`, 'one'],
  ['the ARN and a version', `${ARN}:1`, 'one'],
])('is found by %s', async (_, name, Value) => {
  parameters.putByHand(NAME, 'one');
  parameters.putByHand(NAME, 'two');
  expect(await get(name)).toMatchObject({ Parameter: { Name: NAME, ARN, Value } });
});

test('a name without slashes has an ARN too', async () => {
  parameters.putByHand('plain', 'value');
  expect(await get(`arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/plain`)).toMatchObject({ Parameter: { Name: 'plain' } });
});

test('a version that is not there', async () => {
  parameters.putByHand(NAME, 'one');
  expect(await get(`${NAME}:2`)).toEqual({
    __type: 'ParameterVersionNotFound', message: `Systems Manager could not find version 2 of ${NAME}. Verify the version and try again.`,
  });
});

test('only the last 100 versions are kept', async () => {
  for (let version = 1; version <= 101; version++) parameters.putByHand(NAME, `value ${version}`);
  expect(await get(`${NAME}:1`)).toMatchObject({ __type: 'ParameterVersionNotFound' });
  expect(await get(`${NAME}:2`)).toMatchObject({ Parameter: { Value: 'value 2', Selector: ':2' } });
  expect(parameters.history(NAME)).toHaveLength(100);
});

describe('tiers', () => {
  const long = 'ä'.repeat(2049);

  test.each([
    [undefined, 4096, 'Standard'],
    ['Standard', 4096, 'Standard'],
    ['Intelligent-Tiering', 4096, 'Standard'],
    ['Intelligent-Tiering', 4097, 'Advanced'],
    ['Intelligent-Tiering', 8192, 'Advanced'],
    ['Advanced', 1, 'Advanced'],
  ])('%s takes %i bytes as %s', async (tier, bytes, Tier) => {
    expect(await put({ Tier: tier, Value: 'x'.repeat(bytes) })).toEqual({ Version: 1, Tier });
  });

  test.each([
    [undefined, 'x'.repeat(4097), 'Standard tier parameters support a maximum parameter value of 4096 characters.'],
    ['Standard', long, 'Standard tier parameters support a maximum parameter value of 4096 characters.'],
    ['Intelligent-Tiering', 'x'.repeat(8193), 'Advanced tier parameters support a maximum parameter value of 8192 characters.'],
  ])('%s is too small for the value (%#)', async (Tier, Value, text) => {
    expect(await put({ Tier, Value })).toMatchObject({ __type: 'ValidationException', message: expect.stringContaining(text) });
    expect(parameters.get(NAME)).toBeUndefined();
  });

  test('what is advanced stays so', async () => {
    await put({ Tier: 'Intelligent-Tiering', Value: long });
    expect(await put({ Tier: 'Intelligent-Tiering', Overwrite: true })).toEqual({ Version: 2, Tier: 'Advanced' });
    expect(await put({ Tier: 'Standard', Overwrite: true })).toMatchObject({ __type: 'ValidationException', message: expect.stringContaining("can't downgrade") });
  });
});

test.each([
  ['no type', { Type: undefined }, 'A parameter type is required'],
  ['no value', { Value: '' }, "Value '' at 'value'"],
  ['a reference', { Value: 'a {{ssm:other}}' }, "can't nest another parameter"],
  ['a reserved name', { Name: '/ssm/x' }, 'Parameter name'],
  ['a space in the name', { Name: '/a b' }, 'Parameter name'],
  ['an unknown tier', { Tier: 'Free' }, 'Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]'],
  ['a description that is too long', { Description: 'x'.repeat(1025) }, 'less than or equal to 1024'],
])('%s is a ValidationException', async (_, input, text) => {
  expect(await put(input)).toMatchObject({ __type: 'ValidationException', message: expect.stringContaining(text) });
});

test.each([{ Type: 'SecureString' }, { KeyId: 'alias/key' }, { AllowedPattern: '.*' }])('what is not imitated is told (%j)', async (input) => {
  await expect(put(input)).rejects.toThrow('JSON');
  expect(aws.requests[0].status).toBeUndefined();
});

describe('authorization', () => {
  test('asks for the parameter by its ARN', async () => {
    const role = new Administrator();
    await put({}, role);
    await put({ Overwrite: true }, role);
    await get(`${NAME}:1`, role);
    expect(role.asked).toEqual([
      { action: 'ssm:PutParameter', resource: ARN, context: {} },
      { action: 'ssm:PutParameter', resource: ARN, context: { 'ssm:Overwrite': 'true' } },
      { action: 'ssm:GetParameter', resource: ARN, context: {} },
    ]);
  });

  test('denied, it does nothing and says nothing about existence', async () => {
    expect(await put({}, new RoleWithout('ssm:PutParameter'))).toMatchObject({ __type: 'AccessDeniedException' });
    expect(parameters.get(NAME)).toBeUndefined();
    expect(await get(NAME, new RoleWithout('ssm:GetParameter'))).toMatchObject({ __type: 'AccessDeniedException' });
  });
});

test('its own server error goes before the common one', async () => {
  aws.faults.add({ service: 'ssm', operation: 'GetParameter', kind: 'serverError' });
  expect(await get()).toEqual({ __type: 'InternalServerError', Message: 'An error occurred on the server side.' });
});

test('by hand it is deleted, and its versions start again', async () => {
  parameters.putByHand(NAME, 'one');
  parameters.putByHand(NAME, 'two');
  parameters.deleteByHand(NAME);
  expect(parameters.get(NAME)).toBeUndefined();
  expect(() => parameters.deleteByHand(NAME)).toThrow('there is no parameter');
  expect(await put({})).toMatchObject({ Version: 1 });
});

test('every change is an event on the bus of its account and region', async () => {
  const seen: EventBridgeEvent[] = [];
  const stop = aws.onEvent((event) => seen.push(event));
  await put({ Description: 'a claim' });
  await put({ Overwrite: true });
  await put({}); // refused
  parameters.deleteByHand(NAME);
  parameters.putByHand('plain', 'value');
  stop();
  parameters.deleteByHand('plain');

  expect(seen[0]).toEqual({
    'version': '0',
    'id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'Parameter Store Change',
    'source': 'aws.ssm',
    'account': ACCOUNT,
    'time': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    'region': 'eu-west-1',
    'resources': [ARN],
    'detail': { operation: 'Create', name: NAME, type: 'String', description: 'a claim' },
  });
  expect(seen.map(({ detail }) => [detail.operation, detail.name, detail.description])).toEqual([
    ['Create', NAME, 'a claim'], ['Update', NAME, 'a claim'], ['Delete', NAME, 'a claim'], ['Create', 'plain', undefined],
  ]);
});
