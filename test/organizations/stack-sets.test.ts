import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Capability, DeploymentType, StackSet, StackSetStack, StackSetTarget, StackSetTemplate } from 'cdk-stacksets';
import { addCredentials, codeOf } from './credentials';

const ENV = { account: '111111111111', region: 'eu-west-1' };

function deployEverywhere(props?: (stack: Stack) => { assetBuckets: s3.IBucket[]; assetBucketPrefix: string }) {
  const administration = new Stack(new App(), 'Administration', { env: ENV });
  const member = new StackSetStack(administration, 'Member', props?.(administration));
  addCredentials(member);
  new StackSet(administration, 'StackSet', {
    target: StackSetTarget.fromOrganizationalUnits({ regions: ['eu-west-1', 'us-east-1'], organizationalUnits: ['ou-1111111'] }),
    deploymentType: DeploymentType.serviceManaged({ autoDeployEnabled: true, autoDeployRetainStacks: false, delegatedAdmin: false }),
    template: StackSetTemplate.fromStackSetStack(member),
    capabilities: [Capability.NAMED_IAM],
  });
  return { administration, member };
}

test('a stack set uses the handler that is copied to the bucket of each region', () => {
  const { administration, member } = deployEverywhere((stack) => ({
    assetBuckets: ['eu-west-1', 'us-east-1'].map((region) => s3.Bucket.fromBucketName(stack, `Assets-${region}`, `handlers-${region}`)),
    assetBucketPrefix: 'handlers',
  }));
  const template = Template.fromStack(administration);
  template.resourceCountIs('Custom::CDKBucketDeployment', 2);
  template.hasResourceProperties('AWS::CloudFormation::StackSet', { PermissionModel: 'SERVICE_MANAGED' });

  const code = codeOf(Template.fromJSON(JSON.parse(JSON.stringify((member as unknown as { _toCloudFormation(): object })._toCloudFormation()))));
  expect(JSON.stringify(code.S3Bucket)).toContain('AWS::Region');
  expect(code.S3Key).toMatch(/^[0-9a-f]{64}\.zip$/);
});

test('a stack set without asset buckets fails with a clear message', () => {
  expect(() => deployEverywhere()).toThrow('An Asset Bucket must be provided to use File Assets');
});
