import { Aspects, CfnResource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, IConstruct } from 'constructs';

/**
 * Makes the function depend on every rule that lets it out of its security groups or into those of others, also later
 * ones. Rules between groups are resources of their own: each must exist before the function is called, and be deleted
 * after its last call.
 */
export function dependOnGroupRules(handler: Construct & ec2.IConnectable): void {
  const stack = Stack.of(handler);
  const resolved = (id: string) => JSON.stringify(stack.resolve(id));
  Aspects.of(stack).add({
    visit: (node) => {
      const allowed = allowedGroup(node);
      if (allowed === undefined || Stack.of(node) !== stack) return;
      const isOfFunction = handler.connections.securityGroups.some(({ securityGroupId }) => resolved(securityGroupId) === resolved(allowed));
      if (isOfFunction) handler.node.defaultChild!.node.addDependency(node);
    },
  });
}

/** The id of the group that a rule lets out, or into another group. */
function allowedGroup(node: IConstruct): string | undefined {
  if (!CfnResource.isCfnResource(node)) return undefined;
  switch (node.cfnResourceType) {
    case ec2.CfnSecurityGroupEgress.CFN_RESOURCE_TYPE_NAME: return (node as ec2.CfnSecurityGroupEgress).groupId;
    case ec2.CfnSecurityGroupIngress.CFN_RESOURCE_TYPE_NAME: return (node as ec2.CfnSecurityGroupIngress).sourceSecurityGroupId;
    default: return undefined;
  }
}
