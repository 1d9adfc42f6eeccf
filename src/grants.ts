import { Aspects, CfnResource, Names, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { isConstruct } from './validation';

/**
 * Returns a policy for the grantee's permissions on a resource. It exists before the grantee's projects: CodeBuild
 * checks, when it creates a project, that its role may use the source. The role's default policy comes too late, since
 * it refers to the projects.
 *
 * @see https://github.com/aws/aws-cdk/issues/38504
 */
export function policyBeforeProjects(grantee: iam.IGrantable, resource: IConstruct): iam.IGrantable & { readonly policy?: iam.Policy } {
  const principal = grantee.grantPrincipal as iam.IPrincipal & Partial<iam.IIdentity>;
  // A service or an account has no policies, and a policy is one itself.
  if (principal.attachInlinePolicy === undefined || !isConstruct(principal)) return grantee;

  // In the scope of the project, so that the stack of its role does not have to refer to the resource.
  const scope = isProject(grantee) ? grantee : principal;
  const id = `Use${Names.nodeUniqueId(resource.node)}`;
  const existing = scope.node.tryFindChild(id) as iam.Policy | undefined;
  if (existing) return { grantPrincipal: existing.grantPrincipal, policy: existing };

  const policy = new iam.Policy(scope, id);
  principal.attachInlinePolicy(policy);
  makeProjectsDependOn(principal as unknown as iam.IRole, policy);
  return { grantPrincipal: policy.grantPrincipal, policy };
}

/** `instanceof` would not do: the class may come from another copy of aws-cdk-lib. */
export function isCfnProject(construct: IConstruct | undefined): construct is codebuild.CfnProject {
  return construct !== undefined && CfnResource.isCfnResource(construct)
    && construct.cfnResourceType === codebuild.CfnProject.CFN_RESOURCE_TYPE_NAME;
}

function isProject(grantee: unknown): grantee is codebuild.Project {
  return isConstruct(grantee) && isCfnProject(grantee.node.defaultChild);
}

/** Makes the stack's projects with this role depend on the policy, also those that are created later. */
function makeProjectsDependOn({ roleArn }: iam.IRole, policy: iam.Policy): void {
  if (roleArn === undefined) return;
  const stack = Stack.of(policy);
  const role = JSON.stringify(stack.resolve(roleArn));
  Aspects.of(stack).add({
    visit: (node) => {
      if (isCfnProject(node) && node.stack === stack && JSON.stringify(stack.resolve(node.serviceRole)) === role) node.node.addDependency(policy);
    },
  });
}
