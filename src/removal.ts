import { CfnDeletionPolicy, CfnResource, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import type { RemovalPolicyProperty } from './contract';
import { member } from './validation';

/** The removal policies that the handler honours. */
export const REMOVAL_POLICY = member('RemovalPolicy', { DESTROY: RemovalPolicy.DESTROY, RETAIN: RemovalPolicy.RETAIN });

/**
 * The removal policy of a custom resource whose handler decides what goes with it.
 *
 * CloudFormation's own DeletionPolicy would hide the removal from the handler: with Retain it sends no Delete, so
 * that the record of an owner stays for good, also after a Create that was rolled back.
 */
export class Removal {
  /** The property that the handler honours. */
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

  /** Has whatever sets the policy of the resource, such as `RemovalPolicies.of(...)`, set the property instead. */
  public decide(construct: IConstruct, resource: CfnResource, apply: (policy: RemovalPolicy) => void): void {
    resource.applyRemovalPolicy = (policy) => apply(policy ?? this.policy);
    construct.node.addValidation({ validate: () => hidden(construct, resource) });
  }
}

function removalPolicyProperty(removalPolicy: RemovalPolicy): RemovalPolicyProperty {
  switch (removalPolicy) {
    case RemovalPolicy.DESTROY: return 'destroy';
    // The two differ only for a Create that fails, of which the handler keeps nothing anyway.
    case RemovalPolicy.RETAIN: case RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: return 'retain';
    default: throw new Error(`removalPolicy must be DESTROY or RETAIN; got '${removalPolicy}'`);
  }
}

/** A policy that was set past `applyRemovalPolicy`. */
function hidden(construct: IConstruct, resource: CfnResource): string[] {
  const { deletionPolicy, updateReplacePolicy } = resource.cfnOptions;
  const overrides = (resource as unknown as { rawOverrides?: Record<string, unknown> }).rawOverrides;
  const policies = {
    DeletionPolicy: overrides?.DeletionPolicy ?? deletionPolicy,
    UpdateReplacePolicy: overrides?.UpdateReplacePolicy ?? updateReplacePolicy,
  };
  return Object.entries(policies)
    .filter(([, policy]) => policy !== undefined && policy !== CfnDeletionPolicy.DELETE)
    .map(([name, policy]) => `'${construct.node.path}' has ${name} ${policy}: CloudFormation would not tell the function of its removal, which would stay an owner or user for good. Use removalPolicy or applyRemovalPolicy instead, which the function honours`);
}
