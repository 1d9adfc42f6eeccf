import { App, CfnParameter, Fn, NestedStack, PhysicalName, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * Every way to refer to a secret. The handler's id, the policy and the rule must refer
 * to this secret only.
 */

const ENV = { account: '111111111111', region: 'us-east-1' };
const HERE = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:';
const ELSEWHERE = 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:';
const { Secret } = secretsmanager;
/** Factories that CDK still has at run time, but no longer in its types. */
const deprecated = Secret as any;

const newStack = (env?: { account: string; region: string }, app = new App()) => new Stack(app, 'Stack', { env });

function synthesize(secret: (stack: Stack) => secretsmanager.ISecret, stack = newStack(ENV)) {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret(stack)) });
  const template = Template.fromStack(stack);
  const [{ Properties: { SecretId } }] = Object.values(template.findResources('Custom::CodeBuildSourceCredentials'));
  const [{ Properties: { EventPattern } }] = Object.values(template.findResources('AWS::Events::Rule'));
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const { Resource } = statements.find(({ Action }) => Action === 'secretsmanager:GetSecretValue')!;
  return { id: SecretId, resource: inline(Resource), events: inline(EventPattern.$or[1]), statements, template };
}

/** Replaces pseudo parameters by placeholders. */
function inline(value: unknown): any {
  const text = JSON.stringify(value).replace(/\{"Ref":"AWS::(\w+)"\}/g, '"<$1>"');
  return JSON.parse(text, (_key, part) => part?.['Fn::Join'] ? part['Fn::Join'][1].join('') : part);
}

const CHANGE = { 'source': ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] };
const byArn = (arn: unknown) => ({ ...CHANGE, resources: [arn], detail: { labelUpdated: ['AWSCURRENT'] } });
const byName = (name: unknown, account: unknown = ENV.account, region: unknown = ENV.region) =>
  ({ ...CHANGE, account: [account], region: [region], detail: { labelUpdated: ['AWSCURRENT'], name: [name] } });

describe('a secret of the stack\'s own account and region', () => {
  test.each([
    ['by name', (stack: Stack) => Secret.fromSecretNameV2(stack, 'Secret', 'team-tokens'), '<Partition>'],
    ['by partial ARN', (stack: Stack) => Secret.fromSecretPartialArn(stack, 'Secret', `${HERE}team-tokens`), 'aws'],
    ['by partial ARN as an attribute', (stack: Stack) => Secret.fromSecretAttributes(stack, 'Secret', { secretPartialArn: `${HERE}team-tokens` }), 'aws'],
    ['in a nested stack', (stack: Stack) => Secret.fromSecretPartialArn(new NestedStack(stack, 'Nested'), 'Secret', `${HERE}team-tokens`), 'aws'],
  ])('whose name ends with a hyphen and six characters, %s', (_, secret, partition) => {
    expect(synthesize(secret)).toMatchObject({
      id: 'team-tokens',
      resource: `arn:${partition}:secretsmanager:us-east-1:111111111111:secret:team-tokens-??????`,
      events: byName('team-tokens'),
    });
  });

  test.each(['a-b-c', 'ci/team-tokens-2', 'x', 'ends-with-', 'a--123456', 'team.tokens-prod_1'])('named %s', (name) => {
    expect(synthesize((stack) => Secret.fromSecretPartialArn(stack, 'Secret', HERE + name))).toMatchObject({
      id: name, resource: `${HERE}${name}-??????`, events: byName(name),
    });
  });

  test.each([
    ['complete ARN', (stack: Stack, arn: string) => Secret.fromSecretCompleteArn(stack, 'Secret', arn)],
    ['attribute', (stack: Stack, arn: string) => Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn: arn })],
    ['deprecated attribute', (stack: Stack, arn: string) => deprecated.fromSecretAttributes(stack, 'Secret', { secretArn: arn })],
    ['ARN whose form CDK detects', (stack: Stack, arn: string) => deprecated.fromSecretArn(stack, 'Secret', arn)],
  ])('by %s', (_, secret) => {
    const arn = `${HERE}team-tokens-AbCdEf`;
    expect(synthesize((stack) => secret(stack, arn))).toMatchObject({ id: arn, resource: arn, events: byArn(arn) });
  });

  test('by a partial ARN in the attribute for a complete one', () => {
    expect(synthesize((stack) => deprecated.fromSecretAttributes(stack, 'Secret', { secretArn: `${HERE}ci/token` }))).toMatchObject({
      id: 'ci/token', resource: `${HERE}ci/token-??????`, events: byName('ci/token'),
    });
  });

  test('by a complete ARN that is partly unknown until deployment', () => {
    const arn = `arn:aws:secretsmanager:us-east-1:${new Stack().account}:secret:ci/token-AbCdEf`;
    expect(synthesize((stack) => Secret.fromSecretCompleteArn(stack, 'Secret', arn))).toMatchObject({
      resource: 'arn:aws:secretsmanager:us-east-1:<AccountId>:secret:ci/token-AbCdEf',
    });
  });

  test('by parameters', () => {
    const stack = newStack(ENV);
    const parameter = new CfnParameter(stack, 'Parameter').valueAsString;
    const ref = { Ref: 'Parameter' };
    const arn = { 'Fn::Select': [6, { 'Fn::Split': [':', ref] }] };

    expect(synthesize(() => Secret.fromSecretNameV2(stack, 'Name', parameter), stack)).toMatchObject({ id: ref, events: byName(ref) });
    expect(synthesize((other) => Secret.fromSecretCompleteArn(other, 'Complete', new CfnParameter(other, 'Parameter').valueAsString)))
      .toMatchObject({ id: ref, resource: ref, events: byArn(ref) });
    expect(synthesize((other) => Secret.fromSecretPartialArn(other, 'Partial', new CfnParameter(other, 'Parameter').valueAsString)))
      .toMatchObject({ id: ref, events: { detail: { name: [arn] } } });
  });

  test('by an export of another stack', () => {
    const value = { 'Fn::ImportValue': 'Secret' };
    expect(synthesize((stack) => Secret.fromSecretCompleteArn(stack, 'Secret', Fn.importValue('Secret')))).toMatchObject({ id: value, resource: value, events: byArn(value) });
  });

  test('created in a nested stack', () => {
    const { id, resource, events } = synthesize((stack) => new Secret(new NestedStack(stack, 'Nested'), 'Secret', { secretName: 'team-tokens' }));
    expect([resource, events.resources]).toEqual([id, [id]]);
  });

  test('created with a name that ends like a complete ARN', () => {
    const { id, resource, events } = synthesize((stack) => new Secret(stack, 'Secret', { secretName: 'team-tokens' }));
    expect([id, resource, events]).toEqual([{ Ref: 'SecretA720EF05' }, '<not>', byArn('<not>')].map((value) => inline(JSON.parse(JSON.stringify(value).replace(/"<not>"/g, '{"Ref":"SecretA720EF05"}')))));
  });
});

describe('a stack without account and region', () => {
  test('finds a secret by its name', () => {
    expect(synthesize((stack) => Secret.fromSecretNameV2(stack, 'Secret', 'team-tokens'), newStack())).toMatchObject({
      id: 'team-tokens', events: byName('team-tokens', '<AccountId>', '<Region>'),
    });
  });

  test('keeps a secret\'s partial ARN, and warns that events may not arrive', () => {
    const stack = newStack();
    expect(synthesize(() => Secret.fromSecretPartialArn(stack, 'Secret', `${HERE}ci/token`), stack)).toMatchObject({
      id: `${HERE}ci/token`, resource: `${HERE}ci/token-??????`, events: byName('ci/token'),
    });
    Annotations.fromStack(stack).hasWarning('/Stack/GitHub', Match.stringLikeRegexp(
      "the secret at 'Stack/Secret' is in account 111111111111, region us-east-1, and stack 'Stack' has no env"));
  });

  test('can import a secret by name for a stack with account and region', () => {
    const app = new App();
    const imported = Secret.fromSecretNameV2(new Stack(app, 'Agnostic'), 'Secret', 'team-tokens');
    expect(synthesize(() => imported, newStack(ENV, app))).toMatchObject({
      id: 'team-tokens', resource: 'arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret:team-tokens-??????',
    });
  });

  test('refuses a partial ARN that AWS would misunderstand', () => {
    expect(() => synthesize((stack) => Secret.fromSecretPartialArn(stack, 'Secret', `${HERE}team-tokens`), newStack())).toThrow('Import it by its complete ARN');
  });
});

describe('a secret of another account or region', () => {
  const MISREAD = 'which Secrets Manager would take for a complete one, because its name ends with a hyphen and six characters. Import it by its complete ARN';

  test('by partial ARN; events of a secret with the same name in this account are ignored', () => {
    expect(synthesize((stack) => Secret.fromSecretPartialArn(stack, 'Secret', `${ELSEWHERE}ci/token`))).toMatchObject({
      id: `${ELSEWHERE}ci/token`, resource: `${ELSEWHERE}ci/token-??????`, events: byName('ci/token', '222222222222', 'eu-west-1'),
    });
  });

  test.each([ELSEWHERE, HERE.replace('us-east-1', 'us-west-2'), HERE.replace('111111111111', '333333333333')])('%s is refused if AWS would misunderstand it', (prefix) => {
    expect(() => synthesize((stack) => Secret.fromSecretPartialArn(stack, 'Secret', `${prefix}team-tokens`)))
      .toThrow(`the secret at 'Stack/Secret' has the partial ARN '${prefix}team-tokens', ${MISREAD}`);
  });

  test('by the name that another stack gives it', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { ...ENV, account: '222222222222' } });
    const partial = 'arn:<Partition>:secretsmanager:us-east-1:222222222222:secret:ci/token';
    const { id, ...others } = synthesize(() => new Secret(owner, 'Secret', { secretName: 'ci/token' }), newStack(ENV, app));
    expect({ id: inline(id), ...others }).toMatchObject({ id: partial, resource: `${partial}-??????`, events: byName('ci/token', '222222222222') });
  });

  test('by the name that CDK generates for it', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { ...ENV, region: 'eu-west-1' } });
    const { id, resource, events } = synthesize(() => new Secret(owner, 'Secret', { secretName: PhysicalName.GENERATE_IF_NEEDED }), newStack(ENV, app));
    const name = inline(id).split(':secret:')[1];
    expect([name, resource, events.detail.name]).toEqual([expect.stringMatching(/^ownerownersecret\w+$/), `${inline(id)}-??????`, [name]]);
  });

  test('is refused if AWS would misunderstand the name that another stack gives it', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { ...ENV, account: '222222222222' } });
    expect(() => synthesize(() => new Secret(owner, 'Secret', { secretName: 'team-tokens' }), newStack(ENV, app))).toThrow(MISREAD);
  });

  test('by its complete ARN, with a cross-region reference', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { ...ENV, region: 'eu-west-1' }, crossRegionReferences: true });
    const stack = new Stack(app, 'Stack', { env: ENV, crossRegionReferences: true });
    const { id, resource, events } = synthesize(() => new Secret(owner, 'Secret', { secretName: 'team-tokens' }), stack);
    expect(id).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^ExportsReader/), expect.any(String)] });
    expect([resource, events]).toEqual([inline(id), byArn(inline(id))]);
  });

  test('in a stack without account and region causes a warning', () => {
    const stack = newStack();
    synthesize(() => Secret.fromSecretCompleteArn(stack, 'Secret', `${ELSEWHERE}ci/token-AbCdEf`), stack);
    Annotations.fromStack(stack).hasWarning('/Stack/GitHub', Match.stringLikeRegexp("has no env. If the stack is deployed anywhere else, the secret's events do not reach its function"));
  });
});

describe('an invalid reference to a secret', () => {
  test.each<[string, (stack: Stack) => secretsmanager.ISecret, string]>([
    ['an ARN as a name', (stack) => Secret.fromSecretNameV2(stack, 'Secret', `${HERE}ci/token-AbCdEf`), 'has an ARN as its name. Use Secret.fromSecretCompleteArn'],
    ['an ARN as a name, deprecated', (stack) => deprecated.fromSecretName(stack, 'Secret', `${HERE}ci/token`), 'has an ARN as its name'],
    ['a name in the deprecated factory', (stack) => deprecated.fromSecretName(stack, 'Secret', 'ci/token'), 'was imported with the deprecated Secret.fromSecretName, which provides no ARN for policies. Use Secret.fromSecretNameV2'],
    ['a name with a field', (stack) => Secret.fromSecretNameV2(stack, 'Secret', 'ci/token:field::'), "has the name 'ci/token:…': Secrets Manager treats the text after the colon as part of the name. Remove it, and name a field of the JSON document with jsonField"],
    ['a partial ARN with a field', (stack) => Secret.fromSecretPartialArn(stack, 'Secret', `${HERE}ci/token-AbCdEf:field::`), "has the name 'ci/token-AbCdEf:…'"],
    ['a dynamic reference', (stack) => Secret.fromSecretNameV2(stack, 'Secret', '{{resolve:secretsmanager:ci/token}}'), "has a secret's value as its name"],
    ['a blank name', (stack) => Secret.fromSecretNameV2(stack, 'Secret', ' '), 'has a name that Secrets Manager does not allow'],
    ['an empty name', (stack) => Secret.fromSecretNameV2(stack, 'Secret', ''), 'has no name'],
    ['a name with a blank', (stack) => Secret.fromSecretNameV2(stack, 'Secret', 'ci/token '), 'has a name that Secrets Manager does not allow'],
    ['a name with a wildcard', (stack) => Secret.fromSecretNameV2(stack, 'Secret', 'ci/*'), 'has a name that Secrets Manager does not allow'],
    ['a name that is too long', (stack) => Secret.fromSecretNameV2(stack, 'Secret', 'x'.repeat(513)), 'has a name that Secrets Manager does not allow'],
    ['the ARN of a parameter', (stack) => Secret.fromSecretPartialArn(stack, 'Secret', 'arn:aws:ssm:us-east-1:111111111111:parameter:ci'), 'has an ARN that is not one of a secret'],
    ['a token as a partial ARN', (stack) => Secret.fromSecretPartialArn(stack, 'Secret', `${HERE}ghp_0123456789`), 'is named like an access token'],
  ])('%s', (_, secret, message) => {
    expect(() => synthesize(secret)).toThrow(`the secret at 'Stack/Secret' ${message}`);
  });

  test('may be a secret value, so the error does not contain it', () => {
    expect(() => synthesize((stack) => Secret.fromSecretNameV2(stack, 'Secret', 'me:hunter2'))).not.toThrow('hunter2');
    expect(() => synthesize((stack) => Secret.fromSecretNameV2(stack, 'Secret', 'not a name'))).not.toThrow('not a name');
  });
});

describe('a partial ARN that looks like a complete one', () => {
  const COMPLETE_FORM = 'which looks like a complete one. It is treated as partial, with the last seven characters as part of the name. If it is a complete ARN, use Secret.fromSecretCompleteArn';

  test.each(['ci/token-AbCdEf', 'ci/token-a1b2c3', 'ci/token-ABCDEF'])('causes a warning: %s', (name) => {
    const stack = newStack(ENV);
    synthesize(() => Secret.fromSecretPartialArn(stack, 'Secret', HERE + name), stack);
    Annotations.fromStack(stack).hasWarning('/Stack/GitHub', Match.stringLikeRegexp(COMPLETE_FORM));
  });

  test.each(['team-tokens', 'team-202611', 'ci/token'])('causes no warning if it ends with a word or a date: %s', (name) => {
    const stack = newStack(ENV);
    synthesize(() => Secret.fromSecretPartialArn(stack, 'Secret', HERE + name), stack);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('a key that is referenced by an alias', () => {
  const decrypt = (secret: (stack: Stack) => secretsmanager.ISecret) =>
    inline(synthesize(secret).statements.find(({ Action }) => Action === 'kms:Decrypt'));
  const withKey = (key: (stack: Stack) => kms.IKey) => (stack: Stack) =>
    Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn: `${HERE}ci/token-AbCdEf`, encryptionKey: key(stack) });
  const ALIASES = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/ci' } };

  test.each<[string, (stack: Stack) => kms.IKey]>([
    ['its name', (stack) => kms.Alias.fromAliasName(stack, 'Alias', 'alias/ci')],
    ['its ARN in place of a key ARN', (stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:<Partition>:kms:us-east-1:111111111111:alias/ci')],
  ])('by %s allows any key that has the alias', (_, key) => {
    expect(decrypt(withKey(key))).toMatchObject({
      Resource: 'arn:<Partition>:kms:us-east-1:111111111111:key/*',
      Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' }, ...ALIASES },
    });
  });

  test.each<[string, (stack: Stack, targetKey: kms.IKey) => kms.IKey]>([
    ['created in the stack', (stack, targetKey) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/ci', targetKey })],
    ['imported with its key', (stack, aliasTargetKey) => kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/ci', aliasTargetKey })],
  ])('%s allows only its key', (_, alias) => {
    const KEY = 'arn:aws:kms:us-east-1:111111111111:key/1234';
    const statement = decrypt(withKey((stack) => alias(stack, kms.Key.fromKeyArn(stack, 'Key', KEY))));
    expect([statement.Resource, statement.Condition['ForAnyValue:StringEquals']]).toEqual([KEY, undefined]);
  });
});

test('a secret can have a name of the greatest length', () => {
  const name = 'n'.repeat(512);
  const credential = (secret: secretsmanager.ISecret) => () => GitHubCredential.personalAccessToken(secret);
  const stack = newStack(ENV);
  expect(credential(Secret.fromSecretCompleteArn(stack, 'Complete', `${HERE}${name}-AbCdEf`))).not.toThrow();
  expect(credential(Secret.fromSecretNameV2(stack, 'Name', name))).not.toThrow();
  expect(credential(Secret.fromSecretNameV2(stack, 'Longer', `${name}n`))).toThrow('has a name that Secrets Manager does not allow');
  expect(credential(Secret.fromSecretCompleteArn(stack, 'LongerArn', `${HERE}${name}n-AbCdEf`))).toThrow('has a name that Secrets Manager does not allow');
});
