import { Aws } from './aws';
import { Parameters } from './parameters';
import { ACCOUNT, Administrator, RoleWithout } from './principals';
import { call, WireResponse } from './signed-request';
import { RealClock } from '../time/clock';

const PATH = '/codebuild-source-credentials/GITHUB';
const NAME = `${PATH}/owners/one`;
const ARN = `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/codebuild-source-credentials/GITHUB`;

/** Parameter Store's clock. */
let now: number;
let aws: Aws;
let parameters: Parameters;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 1, 12, 0, 0, 123);
  aws = await Aws.start(Object.assign(new RealClock(), { now: () => now }));
  parameters = aws.region(ACCOUNT, 'eu-west-1').parameters;
});
afterEach(() => aws.stop());

function ssm(operation: string, body: object, principal = new Administrator()): Promise<WireResponse> {
  return call({ endpoint: aws.endpoint, credentials: aws.credentialsFor(principal), target: `AmazonSSM.${operation}`, service: 'ssm', body });
}

async function put(input: object, principal?: Administrator): Promise<any> {
  return (await ssm('PutParameter', { Name: NAME, Value: 'value', Type: 'String', ...input }, principal)).body;
}

async function page(input: object = {}, principal?: Administrator): Promise<any> {
  return (await ssm('GetParametersByPath', { Path: PATH, Recursive: true, ...input }, principal)).body;
}

async function names(input: object = {}): Promise<string[]> {
  return (await page(input)).Parameters.map(({ Name }: { Name: string }) => Name).sort();
}

/** Requests all pages. Calls `between` before each page but the first. */
async function pages(input: object, between: () => void = () => undefined): Promise<any[][]> {
  const all: any[][] = [];
  for (let NextToken: string | undefined; ;) {
    const { Parameters: parametersOfPage, NextToken: next } = await page({ ...input, NextToken });
    all.push(parametersOfPage);
    if (next === undefined) return all;
    NextToken = next;
    between();
  }
}

async function del(Name = NAME, principal?: Administrator): Promise<any> {
  return (await ssm('DeleteParameter', { Name }, principal)).body;
}

describe('put', () => {
  test('increments the version', async () => {
    expect(await put({ Value: 'one' })).toEqual({ Version: 1, Tier: 'Standard' });
    expect(await put({ Value: 'two', Overwrite: true, Type: undefined })).toEqual({ Version: 2, Tier: 'Standard' });
    expect(await put({ Value: 'two', Overwrite: true, Tier: 'Standard' })).toEqual({ Version: 3, Tier: 'Standard' });

    expect(parameters.get(NAME)).toMatchObject({ value: 'two', version: 3 });
    expect(parameters.history().map(({ value }) => value)).toEqual(['one', 'two', 'two']);
  });

  test('without Overwrite, refuses to replace a parameter', async () => {
    await put({ Value: 'one' });
    for (const Overwrite of [undefined, false]) {
      expect(await put({ Overwrite })).toMatchObject({ __type: 'ParameterAlreadyExists', message: expect.stringContaining('To overwrite this value') });
    }
    expect(parameters.get(NAME)).toMatchObject({ value: 'one', version: 1 });
  });

  test('may refuse one of two concurrent writes', async () => {
    aws.faults.add({ operation: 'PutParameter', kind: 'concurrentUpdate' });
    expect(await put({})).toMatchObject({ __type: 'TooManyUpdates' });
    expect(parameters.get(NAME)).toBeUndefined();
    expect(await put({})).toMatchObject({ Version: 1 });
  });

  test.each([
    ['4,096 bytes', 'x'.repeat(4096), undefined],
    ['4,097 bytes', 'x'.repeat(4097), 'Standard tier parameters support a maximum parameter value of 4096 characters.'],
    ['4,098 bytes in 2,049 characters', 'ä'.repeat(2049), 'Standard tier parameters support a maximum parameter value of 4096 characters.'],
  ])('accepts a value of at most 4 KB: %s', async (_, Value, text) => {
    const expected = text === undefined ? { Version: 1 } : { __type: 'ValidationException', message: expect.stringContaining(text) };
    expect(await put({ Value })).toMatchObject(expected);
    expect(parameters.get(NAME)?.value).toBe(text === undefined ? Value : undefined);
  });

  test.each([
    ['no type', { Type: undefined }, 'A parameter type is required'],
    ['no value', { Value: '' }, "Value '' at 'value'"],
    ['a reference', { Value: 'a {{ssm:other}}' }, "can't nest another parameter"],
    ['JSON with double braces', { Value: '{"a":{{"b":1}}}' }, "can't nest another parameter"],
    ['a reserved name', { Name: '/ssm/x' }, 'Parameter name'],
    ['a space in the name', { Name: '/a b' }, 'Parameter name'],
    ['an unknown tier', { Tier: 'Free' }, 'Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]'],
    ['a description that is too long', { Description: 'x'.repeat(1025) }, 'less than or equal to 1024'],
  ])('%s is a ValidationException', async (_, input, text) => {
    expect(await put(input)).toMatchObject({ __type: 'ValidationException', message: expect.stringContaining(text) });
  });

  test.each([
    { Type: 'SecureString' }, { KeyId: 'alias/key' }, { AllowedPattern: '.*' }, { Tier: 'Advanced' },
  ])('an unsupported member or value is an error (%j)', async (input) => {
    await expect(put(input)).rejects.toThrow('JSON');
    expect(aws.requests[0].status).toBeUndefined();
  });
});

describe('list', () => {
  test('returns the parameters below the path, with the time of their last change in milliseconds', async () => {
    await put({ Value: 'one' });
    now += 1234;
    await put({ Value: 'two', Overwrite: true });

    expect(await page()).toEqual({
      Parameters: [{
        Name: NAME,
        Type: 'String',
        Value: 'two',
        Version: 2,
        DataType: 'text',
        LastModifiedDate: now / 1000,
        ARN: `${ARN}/owners/one`,
      }],
    });
    expect(now / 1000 % 1).toBeCloseTo(0.357);
  });

  test('returns neither the path itself, nor names that only start like it, nor names in another case', async () => {
    for (const name of [PATH, `${PATH}_ENTERPRISE/owners/one`, `${PATH.toLowerCase()}/owners/one`, 'plain', NAME]) parameters.putByHand(name, 'value');
    aws.region(ACCOUNT, 'us-east-1').parameters.putByHand(`${NAME}/elsewhere`, 'value');

    expect(await names()).toEqual([NAME]);
    expect(await names({ Path: `${PATH}/` })).toEqual([NAME]);
  });

  test('returns one level, or all levels if recursive', async () => {
    parameters.putByHand(NAME, 'value');
    parameters.putByHand(`${PATH}/cleared`, 'value');

    expect(await names({ Recursive: undefined })).toEqual([`${PATH}/cleared`]);
    expect(await names({ Recursive: false, Path: `${PATH}/owners` })).toEqual([NAME]);
    expect(await names()).toEqual([`${PATH}/cleared`, NAME]);
  });

  test.each([
    [undefined, [10, 10, 3]],
    [10, [10, 10, 3]],
    [4, [4, 4, 4, 4, 4, 3]],
  ])('returns pages of at most ten (%s)', async (MaxResults, sizes) => {
    const all = Array.from({ length: 23 }, (_, index) => `${PATH}/owners/${index}`);
    all.forEach((name) => parameters.putByHand(name, 'value'));
    const found = await pages({ MaxResults });

    expect(found.map(({ length }) => length)).toEqual(sizes);
    expect(found.flat().map(({ Name }) => Name).sort()).toEqual(all.sort());
  });

  test('returns parameters in no predictable order', async () => {
    const all = Array.from({ length: 10 }, (_, index) => `${PATH}/owners/${index}`);
    all.forEach((name) => parameters.putByHand(name, 'value'));
    expect((await page()).Parameters.map(({ Name }: { Name: string }) => Name)).not.toEqual(all);
  });

  test('reads each page at its request: the pages are not a snapshot', async () => {
    Array.from({ length: 15 }, (_, index) => parameters.putByHand(`${PATH}/owners/${index}`, 'value'));
    const [first, second] = await pages({}, () => {
      parameters.names().forEach((name) => parameters.putByHand(name, 'changed'));
      parameters.deleteByHand(parameters.list({ path: PATH, recursive: true, freshness: 'current' })[0].name);
    });

    expect(first.map(({ Value }) => Value)).toEqual(Array(10).fill('value'));
    // The deleted parameter was on the first page. The second page still skips nothing.
    expect(second.map(({ Value }) => Value)).toEqual(Array(5).fill('changed'));
  });

  test.each([
    ['a path without a slash', { Path: 'codebuild' }, 'ValidationException'],
    ['an ARN', { Path: ARN }, 'ValidationException'],
    ['pages of more than ten', { MaxResults: 11 }, 'ValidationException'],
    ['pages of none', { MaxResults: 0 }, 'ValidationException'],
    ['an invalid token', { NextToken: 'token' }, 'InvalidNextToken'],
  ])('refuses %s', async (_, input, type) => {
    expect(await page(input)).toMatchObject({ __type: type });
  });

  test('an unsupported member is an error', async () => {
    await expect(page({ WithDecryption: true })).rejects.toThrow('JSON');
  });
});

describe('delete', () => {
  test('deletes a parameter, whose versions then start again', async () => {
    await put({});
    await put({ Overwrite: true });
    expect(await del()).toEqual({});
    expect(parameters.get(NAME)).toBeUndefined();
    expect(await names()).toEqual([]);
    expect(await put({})).toMatchObject({ Version: 1 });
  });

  test('returns an error without a text for a missing parameter', async () => {
    const response = await ssm('DeleteParameter', { Name: NAME });
    expect([response.status, response.body]).toEqual([400, { __type: 'ParameterNotFound' }]);
    expect(() => parameters.deleteByHand(NAME)).toThrow('there is no parameter');
  });

  test('the name can be reused immediately, or only after 30 seconds', async () => {
    parameters.reservesDeletedNames = true;
    await put({});
    expect(await put({ Overwrite: true })).toMatchObject({ Version: 2 });
    await del();
    now += 29_999;
    expect(await put({ Overwrite: true })).toMatchObject({ __type: 'TooManyUpdates' });
    expect(await put({ Name: `${NAME}-other` })).toMatchObject({ Version: 1 });
    now += 1;
    expect(await put({})).toMatchObject({ Version: 1 });

    parameters.reservesDeletedNames = false;
    await del();
    expect(await put({})).toMatchObject({ Version: 1 });
  });
});

describe('eventual consistency', () => {
  test('a list shows the state of some time ago while staleness is on', async () => {
    parameters.putByHand(NAME, 'one');
    now += 500;
    parameters.putByHand(NAME, 'two');
    parameters.putByHand(`${PATH}/cleared`, 'value');
    parameters.staleFor(300);

    expect((await page()).Parameters).toMatchObject([{ Name: NAME, Value: 'one' }]);
    now += 300;
    expect((await page()).Parameters).toHaveLength(2);
    parameters.deleteByHand(NAME);
    expect((await page()).Parameters).toHaveLength(2);
    now += 300;
    expect(await names()).toEqual([`${PATH}/cleared`]);
    parameters.putByHand(NAME, 'three');
    parameters.staleFor(0);
    expect(await names()).toEqual([`${PATH}/cleared`, NAME]);
  });

  test('each page has its own staleness', async () => {
    Array.from({ length: 15 }, (_, index) => parameters.putByHand(`${PATH}/owners/${index}`, 'value'));
    now += 500;
    parameters.names().forEach((name) => parameters.putByHand(name, 'changed'));
    const lags = [300, 0];
    parameters.staleFor(() => lags.shift()!);
    const [first, second] = await pages({});

    expect(first.map(({ Value }) => Value)).toEqual(Array(10).fill('value'));
    expect(second.map(({ Value }) => Value)).toEqual(Array(5).fill('changed'));
  });

  test('writes are never stale', async () => {
    parameters.staleFor(10_000);
    await put({ Value: 'one' });
    expect(await names()).toEqual([]);
    expect(await put({})).toMatchObject({ __type: 'ParameterAlreadyExists' });
    expect(await del()).toEqual({});
  });

  test('one list shows the state before the last write', async () => {
    parameters.putByHand(NAME, 'one');
    parameters.putByHand(NAME, 'two');
    aws.faults.add({ operation: 'GetParametersByPath', kind: 'stale' });

    expect((await page()).Parameters).toMatchObject([{ Value: 'one' }]);
    expect((await page()).Parameters).toMatchObject([{ Value: 'two' }]);
    parameters.deleteByHand(NAME);
    aws.faults.add({ operation: 'GetParametersByPath', kind: 'stale' });
    expect(await names()).toEqual([NAME]);
  });

  test('a page may be empty although more pages follow', async () => {
    Array.from({ length: 12 }, (_, index) => parameters.putByHand(`${PATH}/owners/${index}`, 'value'));
    aws.faults.add({ operation: 'GetParametersByPath', kind: 'emptyPage' });
    aws.faults.add({ operation: 'GetParametersByPath', kind: 'emptyPage', skip: 2 });

    const found = await pages({});
    expect(found.map(({ length }) => length)).toEqual([0, 10, 0, 2]);
    expect(new Set(found.flat().map(({ Name }) => Name)).size).toBe(12);
  });
});

describe('authorization', () => {
  test('authorizes the ARN of the parameter, or for a list the ARN of the path', async () => {
    const role = new Administrator();
    await put({}, role);
    await put({ Overwrite: true }, role);
    await page({}, role);
    await page({ Path: `${PATH}/` }, role);
    await del(NAME, role);
    expect(role.asked).toEqual([
      { action: 'ssm:PutParameter', resource: `${ARN}/owners/one`, context: {} },
      { action: 'ssm:PutParameter', resource: `${ARN}/owners/one`, context: { 'ssm:Overwrite': 'true' } },
      { action: 'ssm:GetParametersByPath', resource: ARN, context: {} },
      { action: 'ssm:GetParametersByPath', resource: `${ARN}/`, context: {} },
      { action: 'ssm:DeleteParameter', resource: `${ARN}/owners/one`, context: {} },
    ]);
  });

  test('does nothing when denied, and does not reveal whether a parameter exists', async () => {
    expect(await put({}, new RoleWithout('ssm:PutParameter'))).toMatchObject({ __type: 'AccessDeniedException' });
    expect(parameters.get(NAME)).toBeUndefined();
    expect(await page({}, new RoleWithout('ssm:GetParametersByPath'))).toMatchObject({ __type: 'AccessDeniedException' });
    expect(await del(NAME, new RoleWithout('ssm:DeleteParameter'))).toMatchObject({ __type: 'AccessDeniedException' });
  });
});

test('returns Systems Manager\'s own server error', async () => {
  aws.faults.add({ service: 'ssm', operation: 'GetParametersByPath', kind: 'serverError' });
  expect(await page()).toEqual({ __type: 'InternalServerError', Message: 'An error occurred on the server side.' });
});
