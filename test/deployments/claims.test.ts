import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ACCOUNT, REGION, STACK } from './account';
import { AuthorizationRequest, RealClock, Iam } from '../../simulator';
import { Connection, ProviderType } from 'cdk-codebuild-source-credentials';

/* The permissions of the function's role for connections: it cannot claim another creator's connection. */

const CREATOR = 'codebuild-source-credentials:stack-id';
const STACK_ID = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${STACK}/00000000-0000-4000-8000-000000000000`;
const ARN = `arn:aws:codeconnections:${REGION}:${ACCOUNT}:connection/0b8fbb68-6a6d-4d2a-9a6a-3f0f4ba54c41`;

function role() {
  const stack = new Stack(new App(), STACK, { env: { account: ACCOUNT, region: REGION } });
  new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
  const iam = new Iam(new RealClock());
  for (const [logicalId, { Properties }] of Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))) {
    const properties = JSON.parse(JSON.stringify(Properties), (_, part) => {
      if (part?.['Fn::Join']) return part['Fn::Join'][1].join('');
      return part?.Ref ? { 'AWS::Partition': 'aws', 'AWS::StackId': STACK_ID }[part.Ref as string] ?? 'role' : part;
    });
    const location = { stackName: STACK, stackId: STACK_ID, partition: 'aws', region: REGION, account: ACCOUNT };
    iam.put({ logicalId, type: 'AWS::IAM::Policy', physicalId: logicalId, properties, attributes: {}, stack: location, assets: '' });
  }
  return (operation: string, resource: string, context: AuthorizationRequest['context'] = {}) =>
    iam.principal(ACCOUNT, `arn:aws:iam::${ACCOUNT}:role/role`).isAllowed({ action: `codeconnections:${operation}`, resource, context });
}

const requested = (tags: Record<string, string>) =>
  ({ ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])), 'aws:TagKeys': Object.keys(tags) });
const OWN = { [CREATOR]: STACK_ID };

test('a connection can be created with the tags of this stack, but not with those of another stack', () => {
  const may = role();
  const create = (tags: Record<string, string>) => ['CreateConnection', 'TagResource'].map((operation) =>
    may(operation, '*', { ...requested(tags), ...operation === 'CreateConnection' && { 'codeconnections:ProviderType': 'GitLab' } }));

  expect(create({ ...OWN, team: 'a' })).toEqual([true, true]);
  expect(create({ [CREATOR]: `${STACK_ID}0` })).toEqual([false, false]);
  expect(create({ team: 'a' })).toEqual([false, false]);
});

test('a connection of another stack can be neither tagged nor deleted', () => {
  const may = role();
  const tags = { [`aws:ResourceTag/${CREATOR}`]: `${STACK_ID}0` };
  for (const wanted of [OWN, { ...OWN, team: 'a' }, { team: 'a' }]) expect(may('TagResource', ARN, { ...tags, ...requested(wanted) })).toBe(false);
  expect(may('UntagResource', ARN, { ...tags, 'aws:TagKeys': ['team'] })).toBe(false);
  expect(may('DeleteConnection', ARN, tags)).toBe(false);
});

test.each([
  ['has no tags', {}],
  ['has tags of a user', { 'aws:ResourceTag/team': 'a' }],
])('a connection that %s can be neither untagged nor deleted, and can be tagged only at its creation', (_, tags) => {
  const may = role();
  expect(may('TagResource', ARN, { ...tags, ...requested({ team: 'a' }) })).toBe(false);
  expect(may('UntagResource', ARN, { ...tags, 'aws:TagKeys': ['team'] })).toBe(false);
  expect(may('DeleteConnection', ARN, tags)).toBe(false);
});

test('a connection that is being created can be tagged, even if AWS checks its ARN', () => {
  const may = role();
  expect(may('TagResource', ARN, requested({ ...OWN, team: 'a' }))).toBe(true);
});

test('a connection of this stack can be tagged and deleted, but not given to another stack', () => {
  const may = role();
  const tags = { [`aws:ResourceTag/${CREATOR}`]: STACK_ID };
  expect([may('TagResource', ARN, { ...tags, ...requested({ team: 'a' }) }), may('UntagResource', ARN, { ...tags, 'aws:TagKeys': ['team'] })]).toEqual([true, true]);
  expect(may('TagResource', ARN, { ...tags, ...requested({ [CREATOR]: 'x' }) })).toBe(false);
  expect(may('UntagResource', ARN, { ...tags, 'aws:TagKeys': [CREATOR] })).toBe(false);
  expect(may('DeleteConnection', ARN, tags)).toBe(true);
});
