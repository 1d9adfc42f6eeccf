import type { Circumstances } from './circumstances';
import { isSameSource, Label, Labels, NOTHING, Source, sourceOf } from './labels';
import { SERVER_TYPES, ServerType } from './templates';
import { HeldCredential, LifecycleEvent } from '../../simulator';
import { broken } from '../model/guarantees';

/** A resource that wants its credential in CodeBuild, according to CloudFormation's requests and answers. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
  /** Request id of its Create. */
  readonly requestId: string;
  physicalId?: string;
  /** Possible sources of its credential: more than one while the result of an Update is unknown. */
  sources: Source[];
  /** Its state before its last successful Update. */
  former?: { readonly source: Source; readonly from: number };
  /** When the first and the last request that may count as its deployment were sent, in seconds. */
  from: number;
  to: number;
  /** Whether a request for it succeeded. */
  wasDeployed?: boolean;
  /** Whether it is unknown if it counts: its Create or its Delete has not succeeded. */
  isUncertain: boolean;
  /** False if a person deleted its record. It then does not count until it is deployed again. */
  hasRecord: boolean;
}

/** A state of CodeBuild that no owner wants: a person imported or deleted a credential, or one was retained. */
interface Foreign {
  readonly label: Label;
  readonly fingerprint: string;
}

/** What is wrong, and the name of the residual that documents it. */
export interface Problem {
  readonly text: string;
  readonly residual?: string;
}

class State {
  owners: Owner[] = [];
  foreign?: Foreign;
  /** Fingerprints that the library may take for its own, until it finds CodeBuild empty. */
  readonly ours = new Set<string>();
  /** Fingerprints whose proof a person may have deleted, or a late copy of a request may have restored. */
  doubtful: ReadonlySet<string> = new Set();
  /** Requests that were answered as if they had changed nothing while a copy of them ran. */
  readonly contradicted = new Set<string>();
  /** Values whose importing function was then denied to check again, because its stack had lost its last owner. */
  readonly left = new Set<Label>();
  /** What CodeBuild may hold after the last owner is removed with RETAIN. */
  readonly retainable = new Set<Label>();
}

/**
 * Says what CodeBuild must hold, derived only from CloudFormation's requests and answers and from what people do: the
 * current value of the active owner (G1, G4), a credential that nobody owns (G3), or nothing (G2).
 */
export class Model {
  private readonly states = new Map(SERVER_TYPES.map((serverType) => [serverType, new State()]));
  private readonly importers = new Set<string>();

  constructor(private readonly labels: Labels, private readonly held: (serverType: ServerType) => HeldCredential | undefined) {}

  owners(serverType: ServerType): readonly Owner[] {
    return this.states.get(serverType)!.owners;
  }

  /** Returns whether a copy of this request may have left its record. */
  isContradicted(serverType: ServerType, requestId: string): boolean {
    return this.states.get(serverType)!.contradicted.has(requestId);
  }

  /** Returns the credential in CodeBuild that no owner wants, if CodeBuild still holds it. */
  foreign(serverType: ServerType): Foreign | undefined {
    const { foreign } = this.states.get(serverType)!;
    return foreign && foreign.label !== NOTHING && foreign.label === this.label(serverType) ? foreign : undefined;
  }

  /** Returns whether the library may take the credential in CodeBuild for its own. */
  looksLikeOurs(serverType: ServerType): boolean {
    const { doubtful, ours } = this.states.get(serverType)!;
    const fingerprint = this.labels.fingerprint(this.held(serverType));
    return ours.has(fingerprint) || doubtful.has(fingerprint);
  }

  requested(request: LifecycleEvent, at: number): void {
    const { LogicalResourceId: logicalId, RequestId: requestId, RequestType, ResourceProperties, StackId: stackId } = request;
    if (RequestType === 'Delete') {
      for (const [serverType, state] of this.states) {
        const leaving = state.owners.filter((owner) => isAbout(owner, request));
        if (leaving.length === 0) continue;
        // RETAIN does not apply to the credential of a failed Create.
        const isRetained = ResourceProperties.RemovalPolicy === 'retain' && leaving.some(({ wasDeployed }) => wasDeployed);
        if (isRetained) state.retainable.add(this.label(serverType));
        // If two owners are removed at once, the one without RETAIN may be the last.
        else if (state.retainable.size > 0) state.retainable.add(NOTHING);
        leaving.forEach((owner) => { owner.isUncertain = true; });
      }
      return;
    }
    const state = this.states.get(ResourceProperties.ServerType)!;
    const source = sourceOf(ResourceProperties);
    const fingerprint = this.labels.fingerprintOf(source);
    if (fingerprint !== this.labels.fingerprint(this.held(ResourceProperties.ServerType))) state.ours.add(fingerprint);
    const to = Math.floor(at / 1000);
    const owner = state.owners.find((candidate) => isAbout(candidate, request));
    if (owner) Object.assign(owner, { to, sources: [...owner.sources, source] });
    else state.owners.push({ stackId, logicalId, requestId, sources: [source], from: to, to, isUncertain: true, hasRecord: true });
  }

  /** Returns what is wrong with the answer. */
  answered(request: LifecycleEvent, answer: Record<string, any> | undefined, circumstances: Circumstances): string | undefined {
    const { hasCopies, isFaultless } = circumstances;
    if (request.RequestType === 'Delete') return void (answer?.Status === 'SUCCESS' && this.deleted(request));
    const { RequestId, RequestType, ResourceProperties } = request;
    const { contradicted, ours, owners } = this.states.get(ResourceProperties.ServerType)!;
    const owner = owners.find((candidate) => candidate.requestId === RequestId || isAbout(candidate, request));
    if (!owner) return 'is about an unknown resource';
    owner.physicalId = answer?.PhysicalResourceId ?? owner.physicalId;
    // Documented: the Delete after a Create that changed nothing does nothing.
    if (hasCopies && owner.physicalId?.startsWith('untouched/')) contradicted.add(RequestId);
    if (answer?.Status !== 'SUCCESS') return undefined;

    const source = sourceOf(ResourceProperties);
    const { former, from } = owner;
    if (RequestType === 'Create' || !isSameSource(owner.sources[0], source)) {
      owner.former = { source: owner.sources[0], from };
      // The rollback of a successful Update counts as a deployment, unless a stale list hides that Update.
      owner.from = former && isSameSource(former.source, source) && !isFaultless ? former.from : owner.to;
    }
    Object.assign(owner, { sources: [source], wasDeployed: true, isUncertain: false, hasRecord: true });
    ours.add(this.labels.fingerprintOf(source));
    return RequestType === 'Update' || this.importers.has(RequestId) ? undefined : 'succeeds without an import';
  }

  /** Notes an import by a function that handles this event. */
  imported(serverType: ServerType, event: Partial<LifecycleEvent>, { hasCopies, isFaultless }: Circumstances): void {
    const state = this.states.get(serverType)!;
    const fingerprint = this.labels.fingerprint(this.held(serverType));
    // The later of two copies of a request takes the other's import for an earlier credential if both have the same
    // fingerprint, or if it does not see the other's record.
    const isUnseen = !isFaultless && event.RequestId !== undefined && this.importers.has(event.RequestId);
    if (hasCopies && (state.foreign?.fingerprint === fingerprint || isUnseen)) state.doubtful = new Set([...state.doubtful, fingerprint]);
    if (event.RequestId) this.importers.add(event.RequestId);
    // A request that dies cannot prove its own import if CodeBuild showed the same fingerprint before.
    else state.ours.add(fingerprint);
    state.foreign = undefined;
  }

  /** Notes that a function was denied a call after its import, because its stack has no owner left. */
  importLeft(serverType: ServerType, label: Label): void {
    this.states.get(serverType)!.left.add(label);
  }

  /** Notes that a function deleted the credential in CodeBuild. */
  deletedCredential(serverType: ServerType): void {
    this.states.get(serverType)!.foreign = undefined;
  }

  /** Notes that a person imported or deleted the credential. */
  changedByHand(serverType: ServerType): void {
    const state = this.states.get(serverType)!;
    state.foreign = { label: this.label(serverType), fingerprint: this.labels.fingerprint(this.held(serverType)) };
  }

  /** Notes that a person deleted all records of an owner. */
  recordDeleted(serverType: ServerType, ownerId: string): void {
    const state = this.states.get(serverType)!;
    const owner = state.owners.find(({ physicalId, requestId }) => requestId === ownerId || physicalId === `${serverType}/${ownerId}`);
    if (!owner) return;
    // The library can no longer tell that this credential is its own.
    const fingerprints = owner.sources.map((source) => this.labels.fingerprintOf(source));
    if (fingerprints.includes(this.labels.fingerprint(this.held(serverType)))) this.changedByHand(serverType);
    state.doubtful = new Set([...state.doubtful, ...fingerprints]);
    owner.hasRecord = false;
    if (owner.isUncertain) state.owners = state.owners.filter((other) => other !== owner);
  }

  /** Returns what is wrong once nothing is running. After each stack's daily check, a person's changes must be overwritten too. */
  problem(serverType: ServerType, { hasFailures, isAfterDailyCheck }: { hasFailures: boolean; isAfterDailyCheck: boolean }): Problem | undefined {
    const { contradicted, doubtful, foreign, left, ours, owners, retainable } = this.states.get(serverType)!;
    const held = this.label(serverType);
    const fingerprint = this.labels.fingerprint(this.held(serverType));
    const isProven = ours.has(fingerprint) && !doubtful.has(fingerprint) && retainable.size === 0;
    const counted = owners.filter(({ hasRecord, isUncertain }) => hasRecord && !isUncertain);
    const active = counted.filter((owner) => mayBeLast(owner, counted));
    const values = active.flatMap(({ sources }) => sources.map((source) => this.labels.valueOf(source)));
    const expected = active.length > 0 ? values : retainable.size > 0 ? [...retainable] : [foreign?.label ?? NOTHING];
    // A rollback restores a connection in any state.
    const references = active.flatMap(({ sources }) => sources.filter(({ authType }) => authType === 'CODECONNECTIONS').map(({ id }) => this.labels.of(id)));
    if ([...expected, ...references].includes(held)) return undefined;
    if (active.length > 0 && held === foreign?.label && !isAfterDailyCheck) return undefined;
    const ofOwner = hasFailures ? 'G4' : 'G1';
    const guarantee = active.length > 0 ? ofOwner : foreign ? 'G3' : 'G2';
    const wanted = expected.map((label) => label ?? 'a value that cannot be read').join(' or ');
    return {
      text: broken(guarantee, `CodeBuild holds ${held} for ${serverType}, expected ${wanted}`),
      residual: owners.some((owner) => owner.isUncertain && owner.hasRecord && mayBeLast(owner, counted)) ? 'an owner whose end is unknown'
        : active.some(({ sources }) => sources.length > 1) ? 'an Update whose end is unknown'
          : values.includes(undefined) ? 'the credential of the active owner cannot be imported'
            : contradicted.size > 0 ? 'a copy of a Create that was answered as one that had changed nothing'
              : guarantee === 'G2' && left.has(held) ? 'G2 by an import that ended after its stack\'s last Delete'
                : guarantee === 'G2' && !isProven ? 'G2 over one of the same kind that nobody owned'
                  : undefined,
    };
  }

  /** Updates the state once nothing is running. A credential without an owner is foreign; an empty CodeBuild ends all proof. */
  finishStep(serverType: ServerType, mayHaveCopies: boolean): void {
    const state = this.states.get(serverType)!;
    if (!state.owners.some(({ hasRecord, isUncertain }) => hasRecord || isUncertain)) {
      const isCleared = state.retainable.size > 0 || this.label(serverType) === NOTHING;
      // If a person deleted an owner's record, no function has seen CodeBuild empty.
      if (isCleared && state.owners.length === 0) {
        state.doubtful = new Set(mayHaveCopies ? state.ours : []);
        state.ours.clear();
      }
      this.changedByHand(serverType);
    } else if (state.retainable.has(this.label(serverType)) && !state.owners.some(({ isUncertain }) => !isUncertain)) {
      // It stays, whether or not owners with a failed Delete are still recorded.
      this.changedByHand(serverType);
    } else if (state.foreign?.label !== this.label(serverType)) {
      state.foreign = undefined;
    }
    state.retainable.clear();
  }

  private deleted(request: LifecycleEvent): void {
    for (const state of this.states.values()) {
      state.owners = state.owners.filter((owner) => !isAbout(owner, request));
    }
  }

  private label(serverType: ServerType): Label {
    return this.labels.held(this.held(serverType));
  }
}

/** Returns whether a request is about this owner: by its physical id, or by its logical id if CloudFormation got no answer. */
function isAbout({ isUncertain, logicalId, physicalId, stackId }: Owner, request: LifecycleEvent): boolean {
  if (physicalId !== undefined) return physicalId === request.PhysicalResourceId;
  return isUncertain && request.RequestType === 'Delete' && stackId === request.StackId && logicalId === request.LogicalResourceId;
}

/** Returns whether no other owner was certainly deployed later. */
function mayBeLast(owner: Owner, owners: readonly Owner[]): boolean {
  return owners.every((other) => other === owner || owner.to >= other.from);
}
