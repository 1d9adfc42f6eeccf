import { condition, resolve, Scope } from './resolve';
import { describe as describeResource } from './resource-types';
import { dependencyOrder, Template } from './template';

const template: Template = {
  Mappings: { Map: { 'us-east-1': { key: 'mapped' } } },
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'Parameter' }, 'value'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    All: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Any: { 'Fn::Or': [{ Condition: 'No' }, { 'Fn::Equals': ['a', 'b'] }, { Condition: 'Yes' }] },
    Odd: { 'Fn::Contains': [['a'], 'a'] },
  },
};

const scope: Scope = {
  template,
  ref: (name) => ({ 'Parameter': 'value', 'AWS::Region': 'us-east-1' })[name] ?? `ref-${name}`,
  getAtt: (logicalId, attribute) => `${logicalId}:${attribute}`,
  importValue: (name) => `imported-${name}`,
};

test.each<[unknown, unknown]>([
  [{ Ref: 'AWS::Region' }, 'us-east-1'],
  [{ 'Fn::GetAtt': ['A', 'b.c'] }, 'A:b.c'],
  [{ 'Fn::GetAtt': 'A.b.c' }, 'A:b.c'],
  [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }, 3]] }, 'a-ref-B-3'],
  [{ 'Fn::Select': ['1', { 'Fn::Split': [':', { 'Fn::GetAtt': ['A', 'b'] }] }] }, 'b'],
  [{ 'Fn::Sub': '${A}/${A.b.c}/${!A}/${AWS::Region}' }, 'ref-A/A:b.c/${A}/us-east-1'],
  [{ 'Fn::Sub': ['${A}${B}', { A: { Ref: 'C' } }] }, 'ref-Cref-B'],
  [{ 'Fn::If': ['Yes', 'a', { 'Fn::Unknown': 1 }] }, 'a'],
  [{ 'Fn::If': ['No', 'a', 'b'] }, 'b'],
  [{ 'Fn::ImportValue': { 'Fn::Sub': '${A}' } }, 'imported-ref-A'],
  [{ 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'key'] }, 'mapped'],
  [{ a: { Ref: 'AWS::NoValue' }, b: [1, { Ref: 'AWS::NoValue' }, { c: true }] }, { b: [1, { c: true }] }],
])('%j resolves to %j', (expression, value) => {
  expect(resolve(expression, scope)).toEqual(value);
});

test.each<[unknown, string]>([
  [{ 'Fn::Base64': 'x' }, 'unsupported intrinsic function Fn::Base64'],
  [{ 'Fn::If': ['Odd', 1, 2] }, 'unsupported condition function Fn::Contains'],
  [{ 'Fn::If': ['Absent', 1, 2] }, 'Unresolved condition dependency Absent'],
  [{ 'Fn::Select': [2, ['a', 'b']] }, 'nonexistent value'],
  [{ 'Fn::Join': ['', [['nested']]] }, 'expected a string'],
  [{ 'Fn::FindInMap': ['Map', 'elsewhere', 'key'] }, 'Unable to get mapping'],
  [{ a: '{{resolve:secretsmanager:x}}' }, 'dynamic references are not supported'],
])('%j is an error', (expression, message) => {
  expect(() => resolve(expression, scope)).toThrow(message);
});

test('evaluates conditions', () => {
  expect(['Yes', 'No', 'All', 'Any'].map((name) => condition(name, scope))).toEqual([true, false, false, true]);
});

test('orders resources by DependsOn, Ref, Fn::GetAtt and Fn::Sub, at any depth', () => {
  const resource = (Properties: Record<string, unknown>, DependsOn?: string) => ({ Type: 'T', Properties, DependsOn });
  expect(dependencyOrder({
    E: resource({ list: [{ deep: { 'Fn::Sub': '${D.Arn}' } }] }),
    D: resource({ text: { 'Fn::Sub': ['${E}${C}', { E: 'a variable, not the resource' }] } }),
    C: resource({ text: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['B', 'Arn'] }]] } }),
    B: resource({ text: { Ref: 'A' } }),
    A: resource({}, 'Z'),
    Z: resource({ text: { Ref: 'AWS::Region' } }),
  })).toEqual(['Z', 'A', 'B', 'C', 'D', 'E']);
});

test('returns the ids and attributes of each resource type', () => {
  const stack = { stackName: 'Test', stackId: '', partition: 'aws', region: 'eu-west-1', account: '111111111111' };
  const described = (type: string, properties = {}) => describeResource({ logicalId: 'Logical', type, properties, stack, assets: '' });
  expect(described('AWS::Logs::LogGroup', { LogGroupName: '/name' }))
    .toEqual({ physicalId: '/name', attributes: { Arn: 'arn:aws:logs:eu-west-1:111111111111:log-group:/name:*' } });
  expect(described('AWS::IAM::Role').physicalId).toMatch(/^Test-Logical-[A-Z0-9]{12}$/);
  expect(described('AWS::IAM::Role', { RoleName: 'r' }).attributes.Arn).toBe('arn:aws:iam::111111111111:role/r');
  expect(described('AWS::SNS::Topic', { TopicName: 't' }).physicalId).toBe('arn:aws:sns:eu-west-1:111111111111:t');
  const key = described('AWS::KMS::Key');
  expect(key.attributes.Arn).toBe(`arn:aws:kms:eu-west-1:111111111111:key/${key.physicalId}`);
  expect(() => described('AWS::S3::Bucket')).toThrow('unsupported resource type AWS::S3::Bucket');
});
