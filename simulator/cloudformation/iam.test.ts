import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CloudFormation, StackEvent } from '.';
import { Aws, AuthorizationRequest, Principal } from '../aws';
import { call } from '../aws/signed-request';
import { custom, handler, synth } from './fixtures/app';
import { Iam } from './iam';
import { RealClock } from '../time/clock';
import { JumpingClock } from '../time/jumping-clock';

const STACK = { stackName: 'Test', stackId: '', partition: 'aws', region: 'us-east-1', account: '111111111111' };

function resource(type: string, physicalId: string, properties: object, attributes = {}) {
  return { logicalId: physicalId, type, physicalId, properties, attributes, stack: STACK, assets: '' };
}

function policy(physicalId: string, ...Statement: object[]) {
  return resource('AWS::IAM::Policy', physicalId, { Roles: ['role'], PolicyDocument: { Statement } });
}

function allowed(account: Iam, action: string, on = '*', context: AuthorizationRequest['context'] = {}): boolean {
  return account.principal('111111111111', 'arn:aws:iam::111111111111:role/role').isAllowed({ action, resource: on, context });
}

describe('evaluation', () => {
  let account: Iam;
  beforeEach(() => { account = new Iam(new RealClock()); });

  test('allows only what a statement allows', () => {
    account.put(policy('one', { Effect: 'Allow', Action: ['s:Get*', 's:List?'], Resource: ['arn:a/*', 'arn:b-??'] }));
    expect(allowed(account, 's:GetThing', 'arn:a/x/y')).toBe(true);
    expect(allowed(account, 'S:getthing', 'arn:b-12')).toBe(true);
    expect(allowed(account, 's:ListX', 'arn:a/')).toBe(true);
    expect(allowed(account, 's:List', 'arn:a/')).toBe(false);
    expect(allowed(account, 's:GetThing', 'arn:b-123')).toBe(false);
    expect(allowed(account, 's:Put', 'arn:a/x')).toBe(false);
    account.delete(policy('one'));
    expect(allowed(account, 's:GetThing', 'arn:a/x/y')).toBe(false);
  });

  test('evaluates keys with several values, negated operators and missing keys', () => {
    const statement = (Condition: object) => policy('one', { Effect: 'Allow', Action: '*', Resource: '*', Condition });
    const holds = (Condition: object, context: AuthorizationRequest['context']) => {
      account.put(statement(Condition));
      return allowed(account, 's:Get', '*', context);
    };
    const anyValue = { 'ForAnyValue:StringEquals': { k: ['a', 'b'] } };
    expect([holds(anyValue, { k: ['x', 'b'] }), holds(anyValue, { k: ['x'] }), holds(anyValue, {})]).toEqual([true, false, false]);
    const allValues = { 'ForAllValues:StringNotEquals': { k: ['a', 'b'] } };
    expect([holds(allValues, { k: ['x', 'y'] }), holds(allValues, { k: ['x', 'b'] }), holds(allValues, {})]).toEqual([true, false, true]);
    const not = { StringNotEquals: { k: 'a' } };
    expect([holds(not, { k: 'x' }), holds(not, { k: 'a' }), holds(not, {})]).toEqual([true, false, true]);
    const exists = { Null: { k: 'false' } };
    expect([holds(exists, { k: 'x' }), holds(exists, {})]).toEqual([true, false]);
  });

  test('limits the size of inline policies, but does not count managed policies', () => {
    const statement = (length: number) => ({ Effect: 'Allow', Action: 's:Get', Resource: 'x'.repeat(length) });
    account.put(policy('one', statement(5_000)));
    expect(() => account.put(policy('two', statement(5_200)))).toThrow('Maximum policy size of 10240 bytes exceeded for role role');
    account.put(policy('two', statement(5_000)));
    account.put({ ...policy('three', statement(5_200)), type: 'AWS::IAM::ManagedPolicy', attributes: { PolicyArn: 'three' } });
  });

  test('limits the size and the number of managed policies', () => {
    const managed = (id: string, length = 1) =>
      ({ ...policy(id, { Effect: 'Allow', Action: 's:Get', Resource: 'x'.repeat(length) }), type: 'AWS::IAM::ManagedPolicy', attributes: { PolicyArn: id } });
    account.put(managed('one', 6_000));
    expect(() => account.put(managed('two', 6_200))).toThrow('Cannot exceed quota for PolicySize: 6144');
    for (let index = 2; index <= 10; index++) account.put(managed(`policy-${index}`));
    expect(() => account.put(managed('eleventh'))).toThrow('Cannot exceed quota for PoliciesPerRole: 10');
  });

  test('a Deny wins', () => {
    account.put(policy('one', { Effect: 'Allow', Action: '*', Resource: '*' }));
    account.put(policy('two', { Effect: 'Deny', Action: 's:Put', Resource: '*' }));
    expect(allowed(account, 's:Get')).toBe(true);
    expect(allowed(account, 's:Put')).toBe(false);
  });

  test.each([
    [{ StringEquals: { 's:key': ['a', 'b'] } }, { 's:KEY': 'b' }, true],
    [{ StringEquals: { 's:key': 'a' } }, { 's:key': 'b' }, false],
    [{ StringEquals: { 's:key': 'a' } }, {}, false],
    [{ StringEqualsIfExists: { 's:key': 'a' } }, {}, true],
    [{ StringEqualsIfExists: { 's:key': 'a' } }, { 's:key': 'b' }, false],
    [{ StringLike: { 's:key': 'secret-*' } }, { 's:key': 'secret-1' }, true],
    [{ StringLike: { 's:key': 'secret-*' } }, { 's:key': 'other' }, false],
    [{ Bool: { 's:key': true } }, { 's:key': 'true' }, true],
    [{ Bool: { 's:key': 'true' } }, { 's:key': 'false' }, false],
    [{ StringEquals: { 's:key': 'a' }, Bool: { 's:flag': 'true' } }, { 's:key': 'a', 's:flag': 'false' }, false],
  ])('conditions: %j with %j is %s', (Condition, context, expected) => {
    account.put(policy('one', { Effect: 'Allow', Action: '*', Resource: '*', Condition }));
    expect(allowed(account, 's:Get', '*', context as unknown as Record<string, string>)).toBe(expected);
  });

  test.each([
    [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: { NumericEquals: { a: '1' } } }, 'unsupported condition operator NumericEquals'],
    [{ Effect: 'Allow', NotAction: '*', Action: '*', Resource: '*' }, 'unsupported policy elements: NotAction'],
    [{ Effect: 'Allow', Action: '*', Resource: 'arn:${aws:username}' }, 'policy variables are not supported'],
  ])('an unsupported element is an error (%#)', (statement, message) => {
    account.put(policy('one', statement));
    expect(() => allowed(account, 's:Get')).toThrow(message);
  });

  test('evaluates inline policies, managed policies and the boundary of a role', () => {
    const managed = (id: string, Action: string) =>
      resource('AWS::IAM::ManagedPolicy', id, { PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource: '*' }] } }, { PolicyArn: id });
    const role = (more: object) => resource('AWS::IAM::Role', 'role', {
      Policies: [{ PolicyName: 'inline', PolicyDocument: { Statement: { Effect: 'Allow', Action: 'inline:*', Resource: '*' } } }],
      ManagedPolicyArns: ['managed', 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
      ...more,
    });
    account.put(managed('managed', 'managed:*'));
    account.put(managed('boundary', '*:Get'));
    account.put(role({}));
    expect(['inline:Get', 'inline:Put', 'managed:Put', 'other:Get'].filter((action) => allowed(account, action)))
      .toEqual(['inline:Get', 'inline:Put', 'managed:Put']);

    account.put(role({ PermissionsBoundary: 'boundary' }));
    expect(['inline:Get', 'inline:Put', 'managed:Put', 'other:Get'].filter((action) => allowed(account, action))).toEqual(['inline:Get']);
    account.put(role({ PermissionsBoundary: 'arn:aws:iam::1:policy/of-the-company' }));
    expect(allowed(account, 'inline:Put')).toBe(true);
    account.put(role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }));
    expect(() => allowed(account, 'inline:Put')).toThrow('AdministratorAccess');
  });

  test('a new or changed statement takes effect after the propagation, in the functions\' time', async () => {
    const clock = new JumpingClock();
    account = new Iam(clock, 10_000);
    const get = { Effect: 'Allow', Action: 's:Get', Resource: '*' };
    account.put(policy('one', get));
    expect(allowed(account, 's:Get')).toBe(false);
    await clock.sleep(12_000);
    expect(allowed(account, 's:Get')).toBe(true);

    account.put(policy('one', get, { ...get, Action: 's:Put' }));
    expect([allowed(account, 's:Get'), allowed(account, 's:Put')]).toEqual([true, false]);
    await clock.sleep(12_000);
    expect(allowed(account, 's:Put')).toBe(true);
  });
});

describe('with requests', () => {
  let aws: Aws;
  beforeAll(async () => { aws = await Aws.start(new JumpingClock()); });
  afterAll(async () => aws.stop());

  test('evaluates statements for the resource and condition keys of a request', async () => {
    const account = new Iam(new RealClock());
    const path = 'arn:aws:ssm:us-east-1:111111111111:parameter/codebuild-source-credentials/GITHUB';
    account.put(policy(
      'one',
      { Effect: 'Allow', Action: ['ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'], Resource: [path, `${path}/*`] },
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: 'arn:aws:events:us-east-1:111111111111:event-bus/default',
        Condition: { 'ForAllValues:StringEquals': { 'events:source': 'a-library', 'events:detail-type': 'Something Happened' } },
      },
    ));
    const credentials = aws.credentialsFor(account.principal('111111111111', 'arn:aws:iam::111111111111:role/role'));
    const status = async (target: string, body: object) =>
      (await call({ endpoint: aws.endpoint, region: 'us-east-1', credentials, target, body, service: target.startsWith('AmazonSSM') ? 'ssm' : 'events' })).status;
    const entry = { Source: 'a-library', DetailType: 'Something Happened', Detail: '{}' };
    const parameter = { Name: '/codebuild-source-credentials/GITHUB/owners/a', Value: 'value', Type: 'String' };

    expect([
      await status('AWSEvents.PutEvents', { Entries: [entry] }),
      await status('AWSEvents.PutEvents', { Entries: [entry, { ...entry, Source: 'another' }] }),
      await status('AWSEvents.PutEvents', { Entries: [{ ...entry, DetailType: 'Another' }] }),
      await status('AmazonSSM.PutParameter', parameter),
      await status('AmazonSSM.PutParameter', { ...parameter, Name: '/codebuild-source-credentials/GITHUB_ENTERPRISE/owners/a' }),
      await status('AmazonSSM.GetParametersByPath', { Path: '/codebuild-source-credentials/GITHUB' }),
      await status('AmazonSSM.GetParametersByPath', { Path: '/codebuild-source-credentials' }),
      await status('AmazonSSM.DeleteParameter', { Name: parameter.Name }),
    ]).toEqual([200, 400, 400, 200, 400, 200, 400, 200]);
  });
});

describe('in a stack', () => {
  let aws: Aws;
  beforeAll(async () => { aws = await Aws.start(new JumpingClock()); });
  afterAll(async () => aws.stop());
  afterEach(() => jest.restoreAllMocks());

  /** Returns what the function was allowed to do after each of its requests. */
  async function observe(...builds: Array<(stack: Stack) => void>): Promise<string[]> {
    let role: Principal;
    jest.spyOn(aws, 'credentialsFor').mockImplementation((principal) => {
      role = principal;
      return { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' };
    });
    const seen: string[] = [];
    const onEvent = ({ logicalId, request }: StackEvent) => {
      if (!request) return;
      const actions = ['old', 'new'].filter((name) => role.isAllowed({ action: `s:${name}`, resource: '*', context: {} }));
      seen.push(`${request.RequestType} ${logicalId}: ${actions.join(' ')}`);
    };
    const cloudFormation = new CloudFormation(aws, { onEvent });
    for (const build of builds) await cloudFormation.deploy(synth(build), 'Test');
    cloudFormation.close();
    return seen;
  }

  const withPolicy = (stack: Stack, id: string, action: string, dependant = true) => {
    const attached = new iam.Policy(stack, `${id}Policy`, {
      statements: [new iam.PolicyStatement({ actions: [`s:${action}`], resources: ['*'] })],
      roles: [handler(stack).role!],
    });
    const resource_ = custom(stack, id, { action });
    if (dependant) resource_.node.addDependency(attached);
    return resource_;
  };

  test('policies are updated first and removed last', async () => {
    expect(await observe(
      (stack) => withPolicy(stack, 'One', 'old'),
      (stack) => withPolicy(stack, 'One', 'new'),
      (stack) => withPolicy(stack, 'Two', 'old'),
    )).toEqual(['Create One: old', 'Update One: new', 'Create Two: old new', 'Delete One: old new']);
  });

  test('a policy does not exist yet if the custom resource does not depend on it', async () => {
    expect(await observe((stack) => withPolicy(stack, 'One', 'old', false))).toEqual(['Create One: ']);
  });

  test('a policy changes before the custom resource, even if that does not depend on it', async () => {
    expect(await observe(
      (stack) => withPolicy(stack, 'One', 'old', false),
      (stack) => withPolicy(stack, 'One', 'new', false),
    )).toEqual(['Create One: ', 'Update One: new']);
  });

  test('a rollback restores policies before the custom resources', async () => {
    expect(await observe(
      (stack) => withPolicy(stack, 'One', 'old'),
      (stack) => {
        withPolicy(stack, 'One', 'new').applyRemovalPolicy(RemovalPolicy.DESTROY);
        const bad = custom(stack, 'Bad', { Answers: { Create: { Status: 'FAILED' } } });
        bad.node.addDependency(stack.node.findChild('One'));
      },
    )).toEqual(['Create One: old', 'Update One: new', 'Create Bad: new', 'Update One: old', 'Delete Bad: old']);
  });
});
