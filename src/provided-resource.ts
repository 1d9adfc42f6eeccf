import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { RemovalPolicyProperty } from './properties';
import { ISourceCredentialsProvider } from './source-credentials-provider';
import { member } from './validation';

/** What a custom resource of the provider's function is made of. */
export interface ProvidedResourceProps {
  /**
   * Of the construct.
   *
   * @default 'Resource'
   */
  readonly id?: string;
  readonly provider: ISourceCredentialsProvider;
  readonly resourceType: string;
  readonly properties: object;
  /** What the function needs for this resource. */
  readonly policy: iam.Policy;
  /** How long CloudFormation waits for an answer. */
  readonly serviceTimeout?: Duration;
}

/**
 * A custom resource with a policy of its own: the role's default policy would have to exist before
 * the resource and be changed after it.
 */
export function providedResource(scope: Construct, props: ProvidedResourceProps): CustomResource {
  const { id = 'Resource', provider, resourceType, properties, policy, serviceTimeout = provider.serviceTimeout } = props;
  provider.role.attachInlinePolicy(policy);
  const resource = new CustomResource(scope, id, {
    resourceType, serviceToken: provider.serviceToken, serviceTimeout, properties: { ...properties },
  });
  // The whole provider: its rule must be there before anything is done, and go after it is undone.
  resource.node.addDependency(policy, provider);
  scope.node.defaultChild = resource.node.defaultChild;
  return resource;
}

/** The removal policies that the handler honours. */
export const REMOVAL_POLICY = member('RemovalPolicy', { DESTROY: RemovalPolicy.DESTROY, RETAIN: RemovalPolicy.RETAIN });

/** As a property that the handler honours: CloudFormation's own DeletionPolicy would hide rolled-back Creates from it. */
export function removalPolicyProperty(removalPolicy: RemovalPolicy): RemovalPolicyProperty {
  return removalPolicy === RemovalPolicy.DESTROY ? 'destroy' : 'retain';
}
