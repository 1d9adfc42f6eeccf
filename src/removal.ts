import { CfnDeletionPolicy, CfnResource, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import type { RemovalPolicyProperty } from './contract';
import { member } from './validation';

/** The removal policies that the handler supports. */
export const REMOVAL_POLICY = member('RemovalPolicy', { DESTROY: RemovalPolicy.DESTROY, RETAIN: RemovalPolicy.RETAIN });

/**
 * The removal policy of a custom resource, applied by its handler.
 *
 * CloudFormation's own DeletionPolicy would hide the removal from the handler: with Retain, CloudFormation sends no
 * Delete, and the record of the owner would never be deleted, even after a Create that was rolled back.
 */
export class Removal {
  /** The property that the handler reads. */
  public readonly property: RemovalPolicyProperty;

  constructor(private policy: RemovalPolicy) {
    removalPolicyProperty(policy);
    this.property = Lazy.string({ produce: () => removalPolicyProperty(this.policy) }) as RemovalPolicyProperty;
  }

  public get isDestroy(): boolean {
    return removalPolicyProperty(this.policy) === 'destroy';
  }

  public apply(policy: RemovalPolicy): void {
    removalPolicyProperty(policy);
    this.policy = policy;
  }

  /** Makes a policy that is set on the resource, such as by `RemovalPolicies.of(...)`, set the property instead. */
  public redirectFrom(construct: IConstruct, resource: CfnResource, apply: (policy: RemovalPolicy) => void): void {
    resource.applyRemovalPolicy = (policy) => apply(policy ?? this.policy);
    construct.node.addValidation({ validate: () => validateCfnPolicies(construct, resource) });
  }
}

function removalPolicyProperty(removalPolicy: RemovalPolicy): RemovalPolicyProperty {
  switch (removalPolicy) {
    case RemovalPolicy.DESTROY: return 'destroy';
    // The two differ only if Create fails, and then the handler keeps nothing anyway.
    case RemovalPolicy.RETAIN: case RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: return 'retain';
    default: throw new Error(`removalPolicy must be DESTROY or RETAIN; got '${removalPolicy}'`);
  }
}

/** Reports a policy that was set without `applyRemovalPolicy`. */
function validateCfnPolicies(construct: IConstruct, resource: CfnResource): string[] {
  const { deletionPolicy, updateReplacePolicy } = resource.cfnOptions;
  const overrides = (resource as unknown as { rawOverrides?: Record<string, unknown> }).rawOverrides;
  const policies = {
    DeletionPolicy: overrides?.DeletionPolicy ?? deletionPolicy,
    UpdateReplacePolicy: overrides?.UpdateReplacePolicy ?? updateReplacePolicy,
  };
  return Object.entries(policies)
    .filter(([, policy]) => policy !== undefined && policy !== CfnDeletionPolicy.DELETE)
    .map(([name, policy]) => `'${construct.node.path}' has ${name} ${policy}: CloudFormation would not send its removal to the function, whose record of it would never be deleted. Use removalPolicy or applyRemovalPolicy instead, which the function applies`);
}
