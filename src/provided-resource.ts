import { CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ResourceTypeName } from './contract';
import { SourceCredentialsProvider } from './source-credentials-provider';

/** What a custom resource of the provider's function is made of. */
export interface ProvidedResourceProps {
  /**
   * Of the construct.
   *
   * @default 'Resource'
   */
  readonly id?: string;
  readonly provider: SourceCredentialsProvider;
  readonly resourceType: ResourceTypeName;
  readonly properties: object;
  /** What the function needs for this resource. Several resources may share one. */
  readonly policies: Construct[];
  /** How long CloudFormation waits for an answer. */
  readonly serviceTimeout?: Duration;
}

/**
 * A custom resource that depends on the policies it needs. The role's default policy would not do: it would
 * have to exist before the resource and be changed after it.
 */
export function providedResource(scope: Construct, props: ProvidedResourceProps): CustomResource {
  const { id = 'Resource', provider, resourceType, properties, policies, serviceTimeout = provider.serviceTimeout } = props;
  const resource = new CustomResource(scope, id, {
    resourceType, serviceToken: provider.serviceToken, serviceTimeout, properties: { ...properties },
  });
  // The whole provider: its rule must be there before anything is done, and go after it is undone.
  resource.node.addDependency(...policies, provider);
  scope.node.defaultChild = resource.node.defaultChild;
  return resource;
}
