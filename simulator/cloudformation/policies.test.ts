import { CfnDeletionPolicy, CfnResource, CustomResource, Stack } from 'aws-cdk-lib';
import { CloudFormation, Deployment, DeployOptions } from '.';
import { custom, synth } from './fixtures/app';
import { useCloudFormation } from './fixtures/engine';

let cloudFormation: CloudFormation;

useCloudFormation((engine) => { cloudFormation = engine; });

async function deploy(build: (stack: Stack) => void, options?: DeployOptions): Promise<Deployment> {
  return cloudFormation.deploy(synth(build), 'Test', options);
}

function requests({ events }: Deployment): string[] {
  return events.filter(({ request }) => request).map(({ request }) => `${request!.RequestType} ${request!.LogicalResourceId}`);
}

function one(stack: Stack, policy: CfnDeletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE): CustomResource {
  const resource = custom(stack, 'One');
  (resource.node.defaultChild as CfnResource).cfnOptions.deletionPolicy = policy;
  return resource;
}

function last(stack: Stack, after: CustomResource): void {
  new CfnResource(stack, 'Last', { type: 'AWS::SNS::Topic' }).node.addDependency(after);
}

describe('RetainExceptOnCreate', () => {
  test('deletes when the creation is rolled back', async () => {
    const created = await deploy((stack) => last(stack, one(stack)), { failing: ['Last'] });
    expect([created.status, ...requests(created)]).toEqual(['ROLLBACK_COMPLETE', 'Create One', 'Delete One']);
  });

  test('deletes when the update that created it is rolled back', async () => {
    await deploy((stack) => { custom(stack, 'Other'); });
    const updated = await deploy((stack) => {
      custom(stack, 'Other');
      last(stack, one(stack));
    }, { failing: ['Last'] });
    expect([updated.status, ...requests(updated)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'Create One', 'Delete One']);
  });

  test('retains when the resource is removed or the stack is deleted', async () => {
    await deploy((stack) => { one(stack); });
    const removed = await deploy((stack) => { custom(stack, 'Other'); });
    expect(removed.events).toContainEqual(expect.objectContaining({ logicalId: 'One', status: 'DELETE_SKIPPED' }));
    await deploy((stack) => { one(stack); });
    expect(requests(await cloudFormation.destroy('Test'))).toEqual([]);
  });
});

test.each([
  ['DeletionPolicy', CfnDeletionPolicy.SNAPSHOT],
  ['UpdateReplacePolicy', CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE],
])('an unknown %s is an error', async (attribute, policy) => {
  await expect(deploy((stack) => {
    (one(stack, CfnDeletionPolicy.DELETE).node.defaultChild as CfnResource).addOverride(attribute, policy);
  })).rejects.toThrow('unsupported policies');
});
