import { Exchange, Resource, ResourceFailure, ResourceProvider } from './resource';
import { dependencies, dependencyOrder, ResourceDefinition } from './template';
import { Order, perform } from './work';

/** CloudFormation skips a resource that it could not delete in the clean-up: https://repost.aws/knowledge-center/cloudformation-stack-cleanup-stuck */
const CLEANUP_ATTEMPTS = 3;

/** A resource to remove from a stack. */
export interface Removal {
  readonly resource: Resource;
  /** The DeletionPolicy, or the UpdateReplacePolicy of a replaced instance. */
  readonly policy: string | undefined;
  /** Whether the operation in rollback created the resource. */
  readonly isNew?: boolean;
}

export interface DeletionContext {
  readonly order: Order;
  provider(type: string): ResourceProvider;
  record(resource: Resource, status: 'DELETE_COMPLETE' | 'DELETE_FAILED' | 'DELETE_SKIPPED', more: { exchange?: Exchange; physicalId?: string; reason?: string }): void;
}

/** Removes resources from a stack. */
export class Deletions {
  constructor(private readonly context: DeletionContext) {}

  /** Deletes in the given order. If a deletion fails, keeps the resource's dependencies too. Returns the deleted logical ids. */
  async deleteAll(removals: Removal[], definitions: Record<string, ResourceDefinition>): Promise<string[]> {
    const byId = new Map(removals.map((removal) => [removal.resource.logicalId, removal]));
    const { done, failure } = await perform({
      order: this.context.order,
      ids: [...byId.keys()],
      waitsFor: dependants(definitions),
      stopsAtFailure: false,
      step: async (logicalId) => {
        const reason = await this.deleteOne(byId.get(logicalId)!);
        if (reason !== undefined) throw new ResourceFailure(reason);
      },
    });
    if (failure !== undefined && !(failure instanceof ResourceFailure)) throw failure;
    return done;
  }

  /** Deletes in the clean-up, in reverse order. Skips resources that cannot be deleted, since the operation has already succeeded. */
  async cleanUp(removals: Removal[], definitions: Record<string, ResourceDefinition>): Promise<void> {
    const { failure } = await perform({
      order: this.context.order,
      ids: dependencyOrder(definitions).reverse(),
      waitsFor: dependants(definitions),
      stopsAtFailure: false,
      step: async (logicalId) => {
        for (const removal of removals.filter(({ resource }) => resource.logicalId === logicalId)) {
          for (let attempt = 1; attempt <= CLEANUP_ATTEMPTS; attempt++) {
            if (await this.deleteOne(removal) === undefined) break;
          }
        }
      },
    });
    if (failure !== undefined) throw failure;
  }

  /** Deletes one resource. Returns the reason if that fails. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html */
  private async deleteOne({ isNew = false, policy, resource }: Removal): Promise<string | undefined> {
    if (policy === 'Retain' || (policy === 'RetainExceptOnCreate' && !isNew)) {
      this.context.record(resource, 'DELETE_SKIPPED', { physicalId: resource.physicalId });
      return undefined;
    }
    try {
      const exchange = await this.context.provider(resource.type).delete(resource);
      this.context.record(resource, 'DELETE_COMPLETE', { physicalId: resource.physicalId, exchange });
      return undefined;
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      this.context.record(resource, 'DELETE_FAILED', error);
      return error.reason;
    }
  }
}

/** Returns the dependants of each resource, which must be deleted first. */
function dependants(definitions: Record<string, ResourceDefinition>): Map<string, string[]> {
  const needs = [...dependencies(definitions)];
  const dependantsOf = (logicalId: string) => needs.filter(([, others]) => others.includes(logicalId)).map(([other]) => other);
  return new Map(Object.keys(definitions).map((logicalId) => [logicalId, dependantsOf(logicalId)]));
}
