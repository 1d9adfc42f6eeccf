import { Exchange, Resource, ResourceFailure, ResourceProvider } from './resource';
import { dependencies, dependencyOrder, ResourceDefinition } from './template';
import { Order, perform } from './work';

/** CloudFormation skips a resource in the clean-up that it could not delete: https://repost.aws/knowledge-center/cloudformation-stack-cleanup-stuck */
const CLEANUP_ATTEMPTS = 3;

/** A resource to remove from a stack. */
export interface Departure {
  readonly resource: Resource;
  /** The DeletionPolicy or the UpdateReplacePolicy, whichever applies. */
  readonly policy: string | undefined;
  /** Whether the operation that is being rolled back created the resource. */
  readonly isNew?: boolean;
}

export interface DeletionSurroundings {
  readonly order: Order;
  provider(type: string): ResourceProvider;
  record(resource: Resource, status: 'DELETE_COMPLETE' | 'DELETE_FAILED' | 'DELETE_SKIPPED', more: { exchange?: Exchange; physicalId?: string; reason?: string }): void;
}

/** Removes resources from a stack. */
export class Deletions {
  constructor(private readonly surroundings: DeletionSurroundings) {}

  /** Deletes in the given order. If a resource cannot be deleted, its dependencies stay too. Returns the deleted ones. */
  async deleteAll(departures: Departure[], definitions: Record<string, ResourceDefinition>): Promise<string[]> {
    const byId = new Map(departures.map((departure) => [departure.resource.logicalId, departure]));
    const { done, failure } = await perform({
      order: this.surroundings.order,
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

  /** Deletes in the clean-up, in reverse order. Resources that cannot be deleted are skipped: the operation has already succeeded. */
  async cleanUp(departures: Departure[], definitions: Record<string, ResourceDefinition>): Promise<void> {
    const { failure } = await perform({
      order: this.surroundings.order,
      ids: dependencyOrder(definitions).reverse(),
      waitsFor: dependants(definitions),
      stopsAtFailure: false,
      step: async (logicalId) => {
        for (const departure of departures.filter(({ resource }) => resource.logicalId === logicalId)) {
          for (let attempt = 1; attempt <= CLEANUP_ATTEMPTS; attempt++) {
            if (await this.deleteOne(departure) === undefined) break;
          }
        }
      },
    });
    if (failure !== undefined) throw failure;
  }

  /** Returns the reason of a failure. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html */
  private async deleteOne({ isNew = false, policy, resource }: Departure): Promise<string | undefined> {
    if (policy === 'Retain' || (policy === 'RetainExceptOnCreate' && !isNew)) {
      this.surroundings.record(resource, 'DELETE_SKIPPED', { physicalId: resource.physicalId });
      return undefined;
    }
    try {
      const exchange = await this.surroundings.provider(resource.type).delete(resource);
      this.surroundings.record(resource, 'DELETE_COMPLETE', { physicalId: resource.physicalId, exchange });
      return undefined;
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      this.surroundings.record(resource, 'DELETE_FAILED', error);
      return error.reason;
    }
  }
}

/** The dependants of each resource, which have to be deleted first. */
function dependants(definitions: Record<string, ResourceDefinition>): Map<string, string[]> {
  const needs = [...dependencies(definitions)];
  const dependantsOf = (logicalId: string) => needs.filter(([, others]) => others.includes(logicalId)).map(([other]) => other);
  return new Map(Object.keys(definitions).map((logicalId) => [logicalId, dependantsOf(logicalId)]));
}
