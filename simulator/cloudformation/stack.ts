import { isDeepStrictEqual } from 'node:util';
import { Deletions } from './deletions';
import { condition, resolve, Scope } from './resolve';
import { Declaration, Exchange, Instance, Resource, ResourceFailure, ResourceProvider, StackLocation } from './resource';
import { stackScope, StackTemplate } from './stack-scope';
import { dependencies, dependencyOrder, isCustom, ResourceDefinition, TemplateError } from './template';
import { Order, perform } from './work';

export type StackStatus =
  | 'CREATE_COMPLETE' | 'ROLLBACK_COMPLETE' | 'ROLLBACK_FAILED'
  | 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE' | 'UPDATE_ROLLBACK_FAILED'
  | 'DELETE_COMPLETE' | 'DELETE_FAILED';

export type ResourceStatus = `${'CREATE' | 'UPDATE' | 'DELETE'}_${'COMPLETE' | 'FAILED'}` | 'DELETE_SKIPPED';

/** The result of an operation on a resource. For custom resources it includes request and answer. */
export interface StackEvent extends Partial<Exchange> {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly physicalId?: string;
  readonly reason?: string;
}

/** What a stack needs from its account. */
export interface StackContext {
  readonly order: Order;
  provider(type: string): ResourceProvider;
  importValue(name: string): unknown;
  onEvent(event: StackEvent): void;
}

/** Resources to make fail. They fail when `fail` rejects. */
export interface Sabotage {
  readonly logicalIds: string[];
  fail(): Promise<never>;
}

/** The changes of an update so far, which a rollback has to revert. */
interface Progress {
  /** Resources to restore. */
  readonly updated: Set<string>;
  /** Instances to delete at the end of the operation: created ones after a rollback, replaced ones after a success. */
  readonly created: Resource[];
  readonly replaced: Resource[];
}

/** The id of the last step. It cannot be a logical id, since those have no spaces. */
const OUTPUTS = 'the outputs';

/** A stack and its operations. */
export class Stack {
  status?: StackStatus;
  outputs: Record<string, unknown> = {};
  exports: Record<string, unknown> = {};
  readonly resources = new Map<string, Resource>();
  private current: StackTemplate = { template: {}, parameters: {}, assets: '' };
  private definitions: Record<string, ResourceDefinition> = {};
  private unfinishedRollback?: () => Promise<void>;
  private readonly deletions: Deletions;

  constructor(readonly location: StackLocation, private readonly context: StackContext) {
    this.deletions = new Deletions({
      order: context.order,
      provider: (type) => context.provider(type),
      record: (resource, status, more) => this.record(resource, status, more),
    });
  }

  /** Creates or updates the stack. */
  async deploy(wanted: StackTemplate, sabotage: Sabotage): Promise<void> {
    const isCreate = this.status === undefined;
    const former = { current: this.current, definitions: this.definitions, resources: new Map(this.resources) };
    const definitions = this.activeDefinitions(wanted);
    const order = dependencyOrder(definitions, (logicalId) => this.rank(logicalId, definitions[logicalId], sabotage));
    this.refuseTypeChanges(definitions);
    refuseUnknownPolicies(definitions);

    const progress: Progress = { updated: new Set(), created: [], replaced: [] };
    this.current = wanted;
    this.definitions = definitions;
    const { failure } = await perform({
      order: this.context.order,
      ids: [...order, OUTPUTS],
      waitsFor: dependencies(definitions).set(OUTPUTS, order),
      stopsAtFailure: true,
      step: async (logicalId, cancelled) => logicalId === OUTPUTS ? this.resolveOutputs() : this.provide(logicalId, progress, sabotage, cancelled),
    });
    if (failure === undefined) {
      this.status = isCreate ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
      await this.cleanUpAfterUpdate(former.definitions, progress);
      return;
    }
    if (!(failure instanceof ResourceFailure)) throw failure;
    if (isCreate) {
      const isDeleted = await this.deleteAll(progress.created.reverse(), definitions, true);
      this.status = isDeleted ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED';
    } else {
      this.current = former.current;
      this.definitions = former.definitions;
      this.unfinishedRollback = async () => this.rollBack(former.resources, progress, definitions);
      await this.unfinishedRollback();
    }
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html */
  async continueUpdateRollback(): Promise<void> {
    if (!this.unfinishedRollback) throw new Error(`stack ${this.location.stackName} is in the state ${this.status}, not UPDATE_ROLLBACK_FAILED`);
    await this.unfinishedRollback();
  }

  async delete(): Promise<void> {
    const order = dependencyOrder(this.definitions).reverse();
    const resources = [...this.resources.values()].sort((a, b) => order.indexOf(a.logicalId) - order.indexOf(b.logicalId));
    this.status = await this.deleteAll(resources, this.definitions, false) ? 'DELETE_COMPLETE' : 'DELETE_FAILED';
    if (this.status === 'DELETE_COMPLETE') this.exports = {};
  }

  /** Creates or updates one resource, if necessary. */
  private async provide(logicalId: string, progress: Progress, sabotage: Sabotage, cancelled: AbortSignal): Promise<void> {
    const existing = this.resources.get(logicalId);
    const action = existing ? 'UPDATE' : 'CREATE';
    const step = { logicalId, type: this.definitions[logicalId].Type };
    try {
      const wanted = this.declare(logicalId);
      if (sabotage.logicalIds.includes(logicalId)) await sabotage.fail();
      // Only a change of the resolved properties is an update: crpg-ref-requesttypes-update.html.
      if (existing && isDeepStrictEqual(existing.properties, wanted.properties)) return;

      const provider = this.context.provider(wanted.type);
      const outcome = existing ? await provider.update(wanted, existing, cancelled) : await provider.create(wanted, cancelled);
      this.record(step, `${action}_COMPLETE`, outcome);
      this.keep(wanted, outcome, progress, existing);
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      this.record(step, `${action}_FAILED`, error);
      if (error.physicalId !== undefined) {
        this.keep(this.declare(logicalId), { physicalId: error.physicalId, attributes: existing?.attributes ?? {} }, progress, existing);
      }
      throw error;
    }
  }

  private keep(declaration: Declaration, { physicalId, attributes }: Instance, progress: Progress, former?: Resource): void {
    const resource = { ...declaration, physicalId, attributes };
    this.resources.set(declaration.logicalId, resource);
    if (former) progress.updated.add(declaration.logicalId);
    else progress.created.push(resource);
    if (former && former.physicalId !== physicalId) progress.replaced.push(former);
  }

  /**
   * Restores updated resources, including the failed one, in the order of the old template. Then deletes the created
   * ones (UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, same page as below).
   */
  private async rollBack(former: Map<string, Resource>, progress: Progress, attempted: Record<string, ResourceDefinition>): Promise<void> {
    const { failure } = await perform({
      order: this.context.order,
      ids: dependencyOrder(this.definitions).filter((logicalId) => progress.updated.has(logicalId)),
      waitsFor: dependencies(this.definitions),
      // After a failure it waits for the running resources (a guess).
      stopsAtFailure: true,
      step: async (logicalId) => this.restore(former.get(logicalId)!, progress),
    });
    if (failure !== undefined) {
      if (!(failure instanceof ResourceFailure)) throw failure;
      this.status = 'UPDATE_ROLLBACK_FAILED';
      return;
    }
    this.status = 'UPDATE_ROLLBACK_COMPLETE';
    this.unfinishedRollback = undefined;
    // Retain also applies to resources that the failed update created (hence the policy RetainExceptOnCreate). That it applies
    // to instances that replaced others is a guess.
    const removals = progress.created.map((resource) => ({ resource, policy: attempted[resource.logicalId].DeletionPolicy, isNew: true }));
    await this.deletions.cleanUp(removals, attempted);
    for (const { logicalId } of progress.created) {
      if (!former.has(logicalId)) this.resources.delete(logicalId);
    }
  }

  private async restore(before: Resource, progress: Progress): Promise<void> {
    // The request has the latest physical id, and the attempted properties as the old ones (guesses). If the answer has
    // the former id, the attempted instance counts as replaced.
    const { logicalId } = before;
    const now = this.resources.get(logicalId)!;
    try {
      // For AWS's own types the former instance still exists, and needs no request (a guess).
      const stillExists = !isCustom(before.type) && before.physicalId !== now.physicalId;
      const outcome = stillExists ? before : await this.context.provider(before.type).update(before, now);
      this.record(before, 'UPDATE_COMPLETE', outcome);
      if (outcome.physicalId !== now.physicalId) progress.created.push(now);
      this.resources.set(logicalId, { ...before, physicalId: outcome.physicalId, attributes: outcome.attributes });
      progress.updated.delete(logicalId);
    } catch (error) {
      if (error instanceof ResourceFailure) this.record(before, 'UPDATE_FAILED', error);
      throw error;
    }
  }

  /** UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html */
  private async cleanUpAfterUpdate(former: Record<string, ResourceDefinition>, { replaced }: Progress): Promise<void> {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
    // That the new template's policy applies to a replacement, and the old template's to a removal, is a guess.
    const obsolete = replaced.map((resource) => ({ resource, policy: this.definitions[resource.logicalId].UpdateReplacePolicy }));
    const removed = [...this.resources.values()].filter(({ logicalId }) => !(logicalId in this.definitions))
      .map((resource) => ({ resource, policy: former[resource.logicalId].DeletionPolicy }));
    await this.deletions.cleanUp([...obsolete, ...removed], former);
    removed.forEach(({ resource }) => this.resources.delete(resource.logicalId));
  }

  /** Deletes resources. Returns whether all could be deleted. */
  private async deleteAll(resources: Resource[], definitions: Record<string, ResourceDefinition>, isNew: boolean): Promise<boolean> {
    const removals = resources.map((resource) => ({ resource, policy: definitions[resource.logicalId].DeletionPolicy, isNew }));
    const deleted = await this.deletions.deleteAll(removals, definitions);
    deleted.forEach((logicalId) => this.resources.delete(logicalId));
    return deleted.length === resources.length;
  }

  /**
   * Ranks the resources that are ready. CloudFormation starts all of them in parallel, so this is the worst order:
   * custom resources run after permissions have changed, but before new permissions exist. Sabotaged resources come
   * last, when most must be rolled back.
   */
  private rank(logicalId: string, { Type }: ResourceDefinition, sabotage: Sabotage): number {
    if (sabotage.logicalIds.includes(logicalId)) return 3;
    if (isCustom(Type)) return 1;
    return this.resources.has(logicalId) ? 0 : 2;
  }

  private activeDefinitions(stackTemplate: StackTemplate): Record<string, ResourceDefinition> {
    const scope = this.scope(stackTemplate);
    return Object.fromEntries(Object.entries(stackTemplate.template.Resources ?? {})
      .filter(([, definition]) => definition.Condition === undefined || condition(definition.Condition, scope)));
  }

  private refuseTypeChanges(definitions: Record<string, ResourceDefinition>): void {
    for (const { logicalId, type } of this.resources.values()) {
      if (logicalId in definitions && definitions[logicalId].Type !== type) {
        throw new TemplateError(`Update of resource type is not permitted. The new template modifies resource type of the following resources: [${logicalId}]`);
      }
    }
  }

  private declare(logicalId: string): Declaration {
    const { Properties, Type } = this.definitions[logicalId];
    // Custom resources cannot use dynamic references to secrets (same page as in dynamic-references.ts). Other types are not simulated.
    const scope = { ...this.scope(this.current), keepsDynamicReferences: Type === 'AWS::CodeBuild::SourceCredential' };
    const properties = resolve(Properties ?? {}, scope) as Record<string, unknown>;
    return { logicalId, type: Type, properties, stack: this.location, assets: this.current.assets };
  }

  private resolveOutputs(): void {
    const scope = this.scope(this.current);
    const active = Object.entries(this.current.template.Outputs ?? {})
      .filter(([, output]) => output.Condition === undefined || condition(output.Condition, scope));
    const values = active.map(([name, output]) => [name, resolve(output.Value, scope)] as const);
    this.outputs = Object.fromEntries(values);
    this.exports = Object.fromEntries(active
      .filter(([, output]) => output.Export)
      .map(([name, output]) => [resolve(output.Export!.Name, scope), this.outputs[name]]));
  }

  private scope(stackTemplate: StackTemplate): Scope {
    return stackScope(stackTemplate, this.location, this.resources, this.context.importValue);
  }

  private record(
    { logicalId, type }: Pick<Declaration, 'logicalId' | 'type'>,
    status: ResourceStatus,
    { exchange, physicalId, reason }: { exchange?: Exchange; physicalId?: string; reason?: string },
  ): void {
    this.context.onEvent({ stackName: this.location.stackName, logicalId, type, status, physicalId, reason, ...exchange });
  }
}

/** Throws for unsupported policies, such as Snapshot. UpdateReplacePolicy has fewer values than DeletionPolicy (same pages as above). */
function refuseUnknownPolicies(definitions: Record<string, ResourceDefinition>): void {
  for (const [logicalId, { DeletionPolicy = 'Delete', UpdateReplacePolicy = 'Delete' }] of Object.entries(definitions)) {
    if (!['Delete', 'Retain', 'RetainExceptOnCreate'].includes(DeletionPolicy) || !['Delete', 'Retain'].includes(UpdateReplacePolicy)) {
      throw new TemplateError(`${logicalId}: unsupported policies ${DeletionPolicy} and ${UpdateReplacePolicy}`);
    }
  }
}
