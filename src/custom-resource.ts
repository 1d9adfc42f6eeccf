import { CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ResourceTypeName } from './contract';
import { SourceCredentialsProvider } from './source-credentials-provider';

/** Properties of `createCustomResource`. */
export interface CreateCustomResourceProps {
  /**
   * The id of the construct.
   *
   * @default 'Resource'
   */
  readonly id?: string;
  readonly provider: SourceCredentialsProvider;
  readonly resourceType: ResourceTypeName;
  readonly properties: object;
  /** The policies that the function needs for this resource. Resources may share policies. */
  readonly policies: Construct[];
  /**
   * How long CloudFormation waits for an answer.
   *
   * @default - the provider's
   */
  readonly serviceTimeout?: Duration;
}

/**
 * Creates a custom resource that depends on the policies it needs. They cannot be in the role's default policy: it would
 * have to be updated both before new resources are created and after old ones are deleted.
 */
export function createCustomResource(scope: Construct, props: CreateCustomResourceProps): CustomResource {
  const { id = 'Resource', provider, resourceType, properties, policies, serviceTimeout = provider.serviceTimeout } = props;
  const resource = new CustomResource(scope, id, {
    resourceType, serviceToken: provider.serviceToken, serviceTimeout, properties: { ...properties },
  });
  // On the whole provider: its rule must exist before the resource is created, until after the resource is deleted.
  resource.node.addDependency(...policies, provider);
  scope.node.defaultChild = resource.node.defaultChild;
  return resource;
}
