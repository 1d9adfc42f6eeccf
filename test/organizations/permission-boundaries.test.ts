import { App, PermissionsBoundary, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CredentialsStack } from './credentials';

const boundariesOf = (stack: Stack) => Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')).map(({ Properties }) => Properties.PermissionsBoundary);

test('every role has the permissions boundary of its stage', () => {
  const stage = new Stage(new App(), 'Production', {
    env: { account: '222222222222', region: 'eu-west-1' },
    permissionsBoundary: PermissionsBoundary.fromName('developers'),
  });
  const boundaries = boundariesOf(new CredentialsStack(stage, 'Credentials'));
  expect(boundaries).toHaveLength(1);
  expect(JSON.stringify(boundaries)).toContain(':iam::222222222222:policy/developers');
});

test('every role has the boundary that an aspect applies', () => {
  const stack = new CredentialsStack(new App(), 'Credentials');
  iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'developers'));
  expect(JSON.stringify(boundariesOf(stack))).toContain(':policy/developers');
});
