import { isDeepStrictEqual } from 'util';
import { condition, resolve, Scope } from './resolve';
import { Declaration, Exchange, Instance, Resource, ResourceFailure, ResourceProvider, StackLocation } from './resource';
import { stackScope, StackTemplate } from './stack-scope';
import { dependencies, dependencyOrder, isCustom, ResourceDefinition, TemplateError } from './template';

export type StackStatus =
  | 'CREATE_COMPLETE' | 'ROLLBACK_COMPLETE' | 'ROLLBACK_FAILED'
  | 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE' | 'UPDATE_ROLLBACK_FAILED'
  | 'DELETE_COMPLETE' | 'DELETE_FAILED';

export type ResourceStatus = `${'CREATE' | 'UPDATE' | 'DELETE'}_${'COMPLETE' | 'FAILED'}` | 'DELETE_SKIPPED';

/** How one step on one resource ended; for custom resources with what was sent and answered. */
export interface StackEvent extends Partial<Exchange> {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly physicalId?: string;
  readonly reason?: string;
}

/** What a stack needs from the account that it lives in. */
export interface StackSurroundings {
  provider(type: string): ResourceProvider;
  importValue(name: string): unknown;
  onEvent(event: StackEvent): void;
}

/** CloudFormation skips a resource in the clean-up that it could not delete: https://repost.aws/knowledge-center/cloudformation-stack-cleanup-stuck */
const CLEANUP_ATTEMPTS = 3;

/** What an update has done so far, hence what a rollback has to look after. */
interface Progress {
  /** Resources to bring back to what they were. */
  readonly updated: Set<string>;
  /** Instances that are in the way once the operation has ended: created ones after a rollback, replaced ones after success. */
  readonly created: Resource[];
  readonly replaced: Resource[];
}

/**
 * One stack and what happens to it. Resources are provided one after the other (CloudFormation does it side by side,
 * so nothing here is ever cancelled half-way).
 */
export class Stack {
  status?: StackStatus;
  outputs: Record<string, unknown> = {};
  exports: Record<string, unknown> = {};
  readonly resources = new Map<string, Resource>();
  private current: StackTemplate = { template: {}, parameters: {}, assets: '' };
  private definitions: Record<string, ResourceDefinition> = {};
  private unfinishedRollback?: () => Promise<void>;

  constructor(readonly location: StackLocation, private readonly surroundings: StackSurroundings) {}

  /** Creates or updates; `failing` names resources that report a failure when it is their turn. */
  async deploy(wanted: StackTemplate, failing: string[] = []): Promise<void> {
    const isCreate = this.status === undefined;
    const former = { current: this.current, definitions: this.definitions, resources: new Map(this.resources) };
    const definitions = this.activeDefinitions(wanted);
    const order = dependencyOrder(definitions, (logicalId) => this.rank(logicalId, definitions[logicalId], failing));
    this.refuseTypeChanges(definitions);

    const progress: Progress = { updated: new Set(), created: [], replaced: [] };
    this.current = wanted;
    this.definitions = definitions;
    try {
      for (const logicalId of order) await this.provide(logicalId, progress, failing);
      this.resolveOutputs();
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      this.current = former.current;
      this.definitions = former.definitions;
      if (isCreate) {
        const deleted = await this.deleteAll(progress.created.reverse(), definitions);
        this.status = deleted ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED';
      } else {
        this.unfinishedRollback = async () => this.rollBack(former.resources, progress, definitions);
        await this.unfinishedRollback();
      }
      return;
    }
    this.status = isCreate ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
    await this.cleanUpAfterUpdate(former.definitions, progress);
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html */
  async continueUpdateRollback(): Promise<void> {
    if (!this.unfinishedRollback) throw new Error(`stack ${this.location.stackName} is in the state ${this.status}, not UPDATE_ROLLBACK_FAILED`);
    await this.unfinishedRollback();
  }

  async delete(): Promise<void> {
    const order = dependencyOrder(this.definitions).reverse();
    const resources = [...this.resources.values()].sort((a, b) => order.indexOf(a.logicalId) - order.indexOf(b.logicalId));
    this.status = await this.deleteAll(resources, this.definitions) ? 'DELETE_COMPLETE' : 'DELETE_FAILED';
    if (this.status === 'DELETE_COMPLETE') this.exports = {};
  }

  /** Creates or updates one resource, if there is anything to do. */
  private async provide(logicalId: string, progress: Progress, failing: string[]): Promise<void> {
    const existing = this.resources.get(logicalId);
    const action = existing ? 'UPDATE' : 'CREATE';
    const step = { logicalId, type: this.definitions[logicalId].Type };
    try {
      const wanted = this.declare(logicalId);
      if (failing.includes(logicalId)) throw new ResourceFailure('made to fail');
      // Only a change of the properties, once resolved, is an update: crpg-ref-requesttypes-update.html.
      if (existing && isDeepStrictEqual(existing.properties, wanted.properties)) return;

      const provider = this.surroundings.provider(wanted.type);
      const outcome = existing ? await provider.update(wanted, existing) : await provider.create(wanted);
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
   * Brings updated resources back, the one that failed included, in the order of the old template; then removes what
   * was created (UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, same page as below).
   */
  private async rollBack(former: Map<string, Resource>, progress: Progress, attempted: Record<string, ResourceDefinition>): Promise<void> {
    for (const logicalId of dependencyOrder(this.definitions)) {
      if (!progress.updated.has(logicalId)) continue;
      // The request names the latest physical id and has the attempted properties as the old ones (guesses). An answer
      // with the former id makes the attempted instance the replaced one.
      const now = this.resources.get(logicalId)!;
      const before = former.get(logicalId)!;
      try {
        const outcome = await this.surroundings.provider(before.type).update(before, now);
        this.record(before, 'UPDATE_COMPLETE', outcome);
        if (outcome.physicalId !== now.physicalId) progress.created.push(now);
        this.resources.set(logicalId, { ...before, physicalId: outcome.physicalId, attributes: outcome.attributes });
        progress.updated.delete(logicalId);
      } catch (error) {
        if (!(error instanceof ResourceFailure)) throw error;
        this.record(before, 'UPDATE_FAILED', error);
        this.status = 'UPDATE_ROLLBACK_FAILED';
        return;
      }
    }
    this.status = 'UPDATE_ROLLBACK_COMPLETE';
    this.unfinishedRollback = undefined;
    for (const logicalId of dependencyOrder(attempted).reverse()) {
      for (const resource of progress.created.filter((one) => one.logicalId === logicalId)) {
        // Retain holds for what the failed update made, too (hence the policy RetainExceptOnCreate); for an instance
        // that replaced another this is a guess.
        await this.cleanUp(resource, attempted[logicalId].DeletionPolicy);
        if (!former.has(logicalId)) this.resources.delete(logicalId);
      }
    }
  }

  /** UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html */
  private async cleanUpAfterUpdate(former: Record<string, ResourceDefinition>, { replaced }: Progress): Promise<void> {
    for (const logicalId of dependencyOrder(former).reverse()) {
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
      // That the new template's policy decides about a replacement, and the old one's about a removal, is a guess.
      for (const resource of replaced.filter((one) => one.logicalId === logicalId)) {
        await this.cleanUp(resource, this.definitions[logicalId].UpdateReplacePolicy);
      }
      const existing = this.resources.get(logicalId);
      if (!existing || logicalId in this.definitions) continue;
      await this.cleanUp(existing, former[logicalId].DeletionPolicy);
      this.resources.delete(logicalId);
    }
  }

  /** Whatever cannot be deleted is left behind; the operation has succeeded already. */
  private async cleanUp(resource: Resource, policy: string | undefined): Promise<void> {
    for (let attempt = 1; attempt <= CLEANUP_ATTEMPTS; attempt++) {
      if (await this.deleteOne(resource, policy)) return;
    }
  }

  /** Deletes in the order given; what a resource that could not be deleted depends on stays as well. */
  private async deleteAll(resources: Resource[], definitions: Record<string, ResourceDefinition>): Promise<boolean> {
    const needs = dependencies(definitions);
    const stays: string[] = [];
    for (const resource of resources) {
      const { logicalId } = resource;
      const isNeeded = stays.some((other) => needs.get(other)!.includes(logicalId));
      if (!isNeeded && await this.deleteOne(resource, definitions[logicalId].DeletionPolicy)) this.resources.delete(logicalId);
      else stays.push(logicalId);
    }
    return stays.length === 0;
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html */
  private async deleteOne(resource: Resource, policy: string | undefined): Promise<boolean> {
    if (policy === 'Retain') {
      this.record(resource, 'DELETE_SKIPPED', { physicalId: resource.physicalId });
      return true;
    }
    try {
      const exchange = await this.surroundings.provider(resource.type).delete(resource);
      this.record(resource, 'DELETE_COMPLETE', { physicalId: resource.physicalId, exchange });
      return true;
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      this.record(resource, 'DELETE_FAILED', error);
      return false;
    }
  }

  /**
   * Which of the resources that are ready goes first. CloudFormation starts them all at once, so whatever hurts most
   * may come first: a permission changed under a custom resource, or one that is not there yet. What is made to fail
   * comes last, when the most is to be rolled back.
   */
  private rank(logicalId: string, { Type }: ResourceDefinition, failing: string[]): number {
    if (failing.includes(logicalId)) return 3;
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
    const properties = resolve(Properties ?? {}, this.scope(this.current)) as Record<string, unknown>;
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
    return stackScope(stackTemplate, this.location, this.resources, this.surroundings.importValue);
  }

  private record(
    { logicalId, type }: Pick<Declaration, 'logicalId' | 'type'>,
    status: ResourceStatus,
    { exchange, physicalId, reason }: { exchange?: Exchange; physicalId?: string; reason?: string },
  ): void {
    this.surroundings.onEvent({ stackName: this.location.stackName, logicalId, type, status, physicalId, reason, ...exchange });
  }
}
