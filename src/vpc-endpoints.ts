import { Aspects, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, IConstruct } from 'constructs';

/**
 * Makes the function depend on every endpoint that the stack creates in the VPC, also later ones: each endpoint must
 * exist from the function's first invocation to its last.
 */
export function dependOnEndpoints(handler: Construct, vpc: ec2.IVpc): void {
  const stack = Stack.of(handler);
  Aspects.of(stack).add({
    visit: (node) => {
      if (!(node instanceof ec2.CfnVPCEndpoint) || node.stack !== stack || !isIn(node, vpc)) return;
      // The endpoint with its security group and rules, but not the function's own security group, to which these refer.
      handler.node.defaultChild!.node.addDependency(node.node.scope instanceof ec2.VpcEndpoint ? node.node.scope : node);
    },
  });
}

/**
 * Has every rule of a security group that lets the function out, or into an endpoint, exist before the function is called and
 * go after it was last called. A group has its rules for other groups as resources of their own.
 */
export function dependOnGroupRules(handler: Construct & ec2.IConnectable): void {
  const stack = Stack.of(handler);
  const resolved = (id: string) => JSON.stringify(stack.resolve(id));
  Aspects.of(stack).add({
    visit: (node) => {
      const from = groupThatIsLet(node);
      if (from === undefined || Stack.of(node) !== stack) return;
      const isOfFunction = handler.connections.securityGroups.some(({ securityGroupId }) => resolved(securityGroupId) === resolved(from));
      if (isOfFunction) handler.node.defaultChild!.node.addDependency(node);
    },
  });
}

/** The id of the group that a rule lets out, or lets in. */
function groupThatIsLet(node: IConstruct): string | undefined {
  if (node instanceof ec2.CfnSecurityGroupEgress) return node.groupId;
  return node instanceof ec2.CfnSecurityGroupIngress ? node.sourceSecurityGroupId : undefined;
}

function isIn({ stack, vpcId }: ec2.CfnVPCEndpoint, vpc: ec2.IVpc): boolean {
  return JSON.stringify(stack.resolve(vpcId)) === JSON.stringify(stack.resolve(vpc.vpcId));
}
