import { Aspects, CfnResource, Stack } from 'aws-cdk-lib';
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
      if (!isEndpoint(node) || node.stack !== stack || !isIn(node, vpc)) return;
      // The endpoint with its security group and rules, but not the function's own security group, to which these refer.
      handler.node.defaultChild!.node.addDependency('vpcEndpointId' in node.node.scope! ? node.node.scope : node);
    },
  });
}

/** `instanceof` would not do: the class may come from another copy of aws-cdk-lib. */
export function isEndpoint(node: IConstruct): node is ec2.CfnVPCEndpoint {
  return CfnResource.isCfnResource(node) && node.cfnResourceType === ec2.CfnVPCEndpoint.CFN_RESOURCE_TYPE_NAME;
}

function isIn({ stack, vpcId }: ec2.CfnVPCEndpoint, vpc: ec2.IVpc): boolean {
  return JSON.stringify(stack.resolve(vpcId)) === JSON.stringify(stack.resolve(vpc.vpcId));
}
