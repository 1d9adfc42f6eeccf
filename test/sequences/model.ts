import type { Circumstances } from './circumstances';
import { isSameSource, Label, Labels, NOTHING, Source, sourceOf } from './labels';
import { SERVER_TYPES, ServerType } from './templates';
import { HeldCredential, LifecycleEvent } from '../../simulator';
import { broken } from '../model/guarantees';

/** A resource that wants its credential in CodeBuild, as far as CloudFormation's requests and answers tell. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
  /** Of the Create. */
  readonly requestId: string;
  physicalId?: string;
  /** Where its credential comes from; more than one while nobody knows how an Update has ended. */
  sources: Source[];
  /** What it was before its last Update that succeeded. */
  former?: { readonly source: Source; readonly from: number };
  /** The first and the last request that may count as its deployment, in the seconds that requests carry. */
  from: number;
  to: number;
  /** Whether a request for it has succeeded. */
  wasDeployed?: boolean;
  /** Whether nobody knows if it counts: its Create has not succeeded, or its Delete has not. */
  isUncertain: boolean;
  /** A person has deleted its record, so that it does not count until it is deployed again. */
  hasRecord: boolean;
}

/** What CodeBuild holds though no owner wants it there: a person imported or deleted it, or it was retained. */
interface Foreign {
  readonly label: Label;
  readonly shown: string;
}

/** What is wrong, and the documented reason why it may be. */
export interface Problem {
  readonly text: string;
  readonly residual?: string;
}

class State {
  owners: Owner[] = [];
  foreign?: Foreign;
  /** What CodeBuild shows of credentials that the library may take for its own, until it has seen that nothing is left of them. */
  readonly ours = new Set<string>();
  /** The same where a proof may be gone, by hand, or may have come back by a late copy of a request. */
  doubtful: ReadonlySet<string> = new Set();
  /** Requests that were answered as if they had changed nothing while a copy of theirs was at work. */
  readonly contradicted = new Set<string>();
  /** What was imported by a function that was then denied to look again: its stack had lost its last owner. */
  readonly left = new Set<Label>();
  /** What may stay when the last owner goes whose credential is to be retained. */
  readonly retainable = new Set<Label>();
}

/**
 * What must be in CodeBuild, told by nothing but CloudFormation's requests and answers, and what people do: the current
 * value of the owner that was deployed last (G1, G4), what nobody owns (G3), or nothing (G2).
 */
export class Model {
  private readonly states = new Map(SERVER_TYPES.map((serverType) => [serverType, new State()]));
  private readonly importers = new Set<string>();

  constructor(private readonly labels: Labels, private readonly held: (serverType: ServerType) => HeldCredential | undefined) {}

  owners(serverType: ServerType): readonly Owner[] {
    return this.states.get(serverType)!.owners;
  }

  /** Whether a copy of this request may have left its record. */
  isContradicted(serverType: ServerType, requestId: string): boolean {
    return this.states.get(serverType)!.contradicted.has(requestId);
  }

  /** What CodeBuild holds that no owner wants there, if it still does. */
  foreign(serverType: ServerType): Foreign | undefined {
    const { foreign } = this.states.get(serverType)!;
    return foreign && foreign.label !== NOTHING && foreign.label === this.label(serverType) ? foreign : undefined;
  }

  /** Whether the library may take what CodeBuild shows for its own. */
  looksLikeOurs(serverType: ServerType): boolean {
    const { doubtful, ours } = this.states.get(serverType)!;
    const shown = this.labels.shown(this.held(serverType));
    return ours.has(shown) || doubtful.has(shown);
  }

  requested(request: LifecycleEvent, at: number): void {
    const { LogicalResourceId: logicalId, RequestId: requestId, RequestType, ResourceProperties, StackId: stackId } = request;
    if (RequestType === 'Delete') {
      for (const [serverType, state] of this.states) {
        const leaving = state.owners.filter((owner) => isMeant(owner, request));
        if (leaving.length === 0) continue;
        // What a Create leaves that has failed is not retained.
        const isRetained = ResourceProperties.RemovalPolicy === 'retain' && leaving.some(({ wasDeployed }) => wasDeployed);
        if (isRetained) state.retainable.add(this.label(serverType));
        // Of two that go at the same moment, the one that does not retain may be the last.
        else if (state.retainable.size > 0) state.retainable.add(NOTHING);
        leaving.forEach((owner) => { owner.isUncertain = true; });
      }
      return;
    }
    const state = this.states.get(ResourceProperties.ServerType)!;
    const source = sourceOf(ResourceProperties);
    const shown = this.labels.shownOf(source);
    if (shown !== this.labels.shown(this.held(ResourceProperties.ServerType))) state.ours.add(shown);
    const to = Math.floor(at / 1000);
    const owner = state.owners.find((candidate) => isMeant(candidate, request));
    if (owner) Object.assign(owner, { to, sources: [...owner.sources, source] });
    else state.owners.push({ stackId, logicalId, requestId, sources: [source], from: to, to, isUncertain: true, hasRecord: true });
  }

  /** Gives back what is wrong with the answer. */
  answered(request: LifecycleEvent, answer: Record<string, any> | undefined, circumstances: Circumstances): string | undefined {
    const { hasCopies, isFaultless } = circumstances;
    if (request.RequestType === 'Delete') return void (answer?.Status === 'SUCCESS' && this.deleted(request));
    const { RequestId, RequestType, ResourceProperties } = request;
    const { contradicted, ours, owners } = this.states.get(ResourceProperties.ServerType)!;
    const owner = owners.find((candidate) => candidate.requestId === RequestId || isMeant(candidate, request));
    if (!owner) return 'is about a resource that nobody knows';
    owner.physicalId = answer?.PhysicalResourceId ?? owner.physicalId;
    // Documented: the Delete of what has changed nothing does nothing.
    if (hasCopies && owner.physicalId?.startsWith('untouched/')) contradicted.add(RequestId);
    if (answer?.Status !== 'SUCCESS') return undefined;

    const source = sourceOf(ResourceProperties);
    const { former, from } = owner;
    if (RequestType === 'Create' || !isSameSource(owner.sources[0], source)) {
      owner.former = { source: owner.sources[0], from };
      // The rollback of an Update that had succeeded counts as a deployment, unless a stale list hides that it had.
      owner.from = former && isSameSource(former.source, source) && !isFaultless ? former.from : owner.to;
    }
    Object.assign(owner, { sources: [source], wasDeployed: true, isUncertain: false, hasRecord: true });
    ours.add(this.labels.shownOf(source));
    return RequestType === 'Update' || this.importers.has(RequestId) ? undefined : 'succeeds without an import';
  }

  /** Something was imported by a process that works on this event. */
  imported(serverType: ServerType, event: Partial<LifecycleEvent>, { hasCopies, isFaultless }: Circumstances): void {
    const state = this.states.get(serverType)!;
    const shown = this.labels.shown(this.held(serverType));
    // Of two copies of a request the later one takes the other's import for what was there before: where that was of the
    // same kind, or where it does not see the other's record.
    const isUnseen = !isFaultless && event.RequestId !== undefined && this.importers.has(event.RequestId);
    if (hasCopies && (state.foreign?.shown === shown || isUnseen)) state.doubtful = new Set([...state.doubtful, shown]);
    if (event.RequestId) this.importers.add(event.RequestId);
    // A request does not know of its own import, if it dies, where CodeBuild has shown the same before.
    else state.ours.add(shown);
    state.foreign = undefined;
  }

  /** A function of a stack that has no owner any more was denied something after its import. */
  importLeft(serverType: ServerType, label: Label): void {
    this.states.get(serverType)!.left.add(label);
  }

  /** A process has deleted what CodeBuild held. */
  deletedCredential(serverType: ServerType): void {
    this.states.get(serverType)!.foreign = undefined;
  }

  changedByHand(serverType: ServerType): void {
    const state = this.states.get(serverType)!;
    state.foreign = { label: this.label(serverType), shown: this.labels.shown(this.held(serverType)) };
  }

  /** A person has deleted all records of an owner. */
  recordDeleted(serverType: ServerType, ownerId: string): void {
    const state = this.states.get(serverType)!;
    const owner = state.owners.find(({ physicalId, requestId }) => requestId === ownerId || physicalId === `${serverType}/${ownerId}`);
    if (!owner) return;
    // Nobody's from now on, as far as the library can tell.
    const shown = owner.sources.map((source) => this.labels.shownOf(source));
    if (shown.includes(this.labels.shown(this.held(serverType)))) this.changedByHand(serverType);
    state.doubtful = new Set([...state.doubtful, ...shown]);
    owner.hasRecord = false;
    if (owner.isUncertain) state.owners = state.owners.filter((other) => other !== owner);
  }

  /** What is wrong once all is quiet; after each stack's daily check, a person's changes are overwritten as well. */
  problem(serverType: ServerType, { hasFailures, isAfterDailyCheck }: { hasFailures: boolean; isAfterDailyCheck: boolean }): Problem | undefined {
    const { contradicted, doubtful, foreign, left, ours, owners, retainable } = this.states.get(serverType)!;
    const held = this.label(serverType);
    const shown = this.labels.shown(this.held(serverType));
    const isProven = ours.has(shown) && !doubtful.has(shown) && retainable.size === 0;
    const counted = owners.filter(({ hasRecord, isUncertain }) => hasRecord && !isUncertain);
    const active = counted.filter((owner) => isLast(owner, counted));
    const values = active.flatMap(({ sources }) => sources.map((source) => this.labels.valueOf(source)));
    const expected = active.length > 0 ? values : retainable.size > 0 ? [...retainable] : [foreign?.label ?? NOTHING];
    // A rollback takes a connection back whatever has become of it.
    const references = active.flatMap(({ sources }) => sources.filter(({ authType }) => authType === 'CODECONNECTIONS').map(({ id }) => this.labels.of(id)));
    if ([...expected, ...references].includes(held)) return undefined;
    if (active.length > 0 && held === foreign?.label && !isAfterDailyCheck) return undefined;
    const ofOwner = hasFailures ? 'G4' : 'G1';
    const guarantee = active.length > 0 ? ofOwner : foreign ? 'G3' : 'G2';
    const wanted = expected.map((label) => label ?? 'a value that cannot be read').join(' or ');
    return {
      text: broken(guarantee, `CodeBuild holds ${held} for ${serverType}, expected ${wanted}`),
      residual: owners.some((owner) => owner.isUncertain && owner.hasRecord && isLast(owner, counted)) ? 'an owner whose end is unknown'
        : active.some(({ sources }) => sources.length > 1) ? 'an Update whose end is unknown'
          : values.includes(undefined) ? 'the credential of the active owner cannot be imported'
            : contradicted.size > 0 ? 'a copy of a Create that was answered as one that had changed nothing'
              : guarantee === 'G2' && left.has(held) ? 'G2 by an import that ended after its stack\'s last Delete'
                : guarantee === 'G2' && !isProven ? 'G2 over one of the same kind that nobody owned'
                  : undefined,
    };
  }

  /** All is quiet: what is there without an owner belongs to nobody, and where nothing is, nothing is left to be proven. */
  settle(serverType: ServerType, mayHaveCopies: boolean): void {
    const state = this.states.get(serverType)!;
    if (!state.owners.some(({ hasRecord, isUncertain }) => hasRecord || isUncertain)) {
      const isCleared = state.retainable.size > 0 || this.label(serverType) === NOTHING;
      // Where an owner's record was deleted by hand, nobody has looked.
      if (isCleared && state.owners.length === 0) {
        state.doubtful = new Set(mayHaveCopies ? state.ours : []);
        state.ours.clear();
      }
      this.changedByHand(serverType);
    } else if (state.retainable.has(this.label(serverType)) && !state.owners.some(({ isUncertain }) => !isUncertain)) {
      // It stays, whether the owners whose Delete has failed are still recorded or not.
      this.changedByHand(serverType);
    } else if (state.foreign?.label !== this.label(serverType)) {
      state.foreign = undefined;
    }
    state.retainable.clear();
  }

  private deleted(request: LifecycleEvent): void {
    for (const state of this.states.values()) {
      state.owners = state.owners.filter((owner) => !isMeant(owner, request));
    }
  }

  private label(serverType: ServerType): Label {
    return this.labels.held(this.held(serverType));
  }
}

/** Whether the request is about this owner: it carries its id, or the id that CloudFormation made up for want of an answer. */
function isMeant({ isUncertain, logicalId, physicalId, stackId }: Owner, request: LifecycleEvent): boolean {
  if (physicalId !== undefined) return physicalId === request.PhysicalResourceId;
  return isUncertain && request.RequestType === 'Delete' && stackId === request.StackId && logicalId === request.LogicalResourceId;
}

/** Whether no other one is known to have been deployed later. */
function isLast(owner: Owner, owners: readonly Owner[]): boolean {
  return owners.every((other) => other === owner || owner.to >= other.from);
}
