import { Aspects, CfnResource, Names, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { isConstruct } from './validation';

/**
 * The policy that holds what a grantee may do with a resource, and exists before its projects are created:
 * CodeBuild checks then that their role may use the source. The role's default policy cannot exist before, since
 * it refers to the projects.
 *
 * @see https://github.com/aws/aws-cdk/issues/38504
 */
export function policyBeforeProjects(grantee: iam.IGrantable, resource: IConstruct): iam.IGrantable & { readonly policy?: iam.Policy } {
  const principal = grantee.grantPrincipal as iam.IPrincipal & Partial<iam.IIdentity>;
  // A service or account has no policies of its own, and a policy is one.
  if (principal.attachInlinePolicy === undefined || !isConstruct(principal)) return grantee;

  // Beside the project, so that its role may be in a stack that knows nothing of the resource.
  const scope = isProject(grantee) ? grantee : principal;
  const id = `Use${Names.nodeUniqueId(resource.node)}`;
  const existing = scope.node.tryFindChild(id) as iam.Policy | undefined;
  if (existing) return { grantPrincipal: existing.grantPrincipal, policy: existing };

  const policy = new iam.Policy(scope, id);
  principal.attachInlinePolicy(policy);
  letProjectsWait(principal as unknown as iam.IRole, policy);
  return { grantPrincipal: policy.grantPrincipal, policy };
}

/** Asked for by its type, since its class may be in another copy of aws-cdk-lib. */
export function isCfnProject(construct: IConstruct | undefined): construct is codebuild.CfnProject {
  return construct !== undefined && CfnResource.isCfnResource(construct)
    && construct.cfnResourceType === codebuild.CfnProject.CFN_RESOURCE_TYPE_NAME;
}

function isProject(grantee: unknown): grantee is codebuild.Project {
  return isConstruct(grantee) && isCfnProject(grantee.node.defaultChild);
}

/** Projects of the role that the stack makes, now or later. */
function letProjectsWait({ roleArn }: iam.IRole, policy: iam.Policy): void {
  if (roleArn === undefined) return;
  const stack = Stack.of(policy);
  const role = JSON.stringify(stack.resolve(roleArn));
  Aspects.of(stack).add({
    visit: (node) => {
      if (isCfnProject(node) && node.stack === stack && JSON.stringify(stack.resolve(node.serviceRole)) === role) node.node.addDependency(policy);
    },
  });
}
