import { Aspects, CfnResource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, IConstruct } from 'constructs';
import { isEndpoint } from './vpc-endpoints';

/**
 * Makes the function depend on every rule that lets it out of its security groups or into those of endpoints, also later
 * ones. Such rules may be resources of their own: each must exist before the function is called, and be deleted after
 * its last call. A rule for any other group is none of the function's business, and that group may depend on the function.
 */
export function dependOnGroupRules(handler: Construct & ec2.IConnectable): void {
  const stack = Stack.of(handler);
  const isOneOf = (id: string, ids: readonly string[]) =>
    ids.some((other) => JSON.stringify(stack.resolve(other)) === JSON.stringify(stack.resolve(id)));
  Aspects.of(stack).add({
    visit: (node) => {
      const rule = Stack.of(node) === stack ? ruleOf(node) : undefined;
      if (!rule || !isOneOf(rule.from, handler.connections.securityGroups.map(({ securityGroupId }) => securityGroupId))) return;
      if (rule.to !== undefined && !isOneOf(rule.to, groupsOfEndpoints(stack))) return;
      handler.node.defaultChild!.node.addDependency(node);
    },
  });
}

/** The group that a rule is for, and the group that it leads to. A rule to an address leads to none. */
interface Rule {
  readonly from: string;
  readonly to?: string;
}

function ruleOf(node: IConstruct): Rule | undefined {
  if (!CfnResource.isCfnResource(node)) return undefined;
  if (node.cfnResourceType === ec2.CfnSecurityGroupEgress.CFN_RESOURCE_TYPE_NAME) {
    const { destinationSecurityGroupId, groupId } = node as ec2.CfnSecurityGroupEgress;
    return { from: groupId, to: destinationSecurityGroupId };
  }
  if (node.cfnResourceType === ec2.CfnSecurityGroupIngress.CFN_RESOURCE_TYPE_NAME) {
    const { groupId, sourceSecurityGroupId } = node as ec2.CfnSecurityGroupIngress;
    return sourceSecurityGroupId === undefined || groupId === undefined ? undefined : { from: sourceSecurityGroupId, to: groupId };
  }
  return undefined;
}

function groupsOfEndpoints(stack: Stack): string[] {
  return stack.node.findAll().filter(isEndpoint).flatMap(({ securityGroupIds }) => stack.resolve(securityGroupIds) ?? []);
}
