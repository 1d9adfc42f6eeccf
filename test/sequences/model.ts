import { isDeepStrictEqual } from 'util';
import { LifecycleEvent } from './custom-resources';
import { AuthType, NUMBERS, SERVER_TYPES, ServerType } from './templates';

/** What CodeBuild holds, in words: `secret 1 v2`, `connection 2`, `by hand 1`. */
export type Label = string;

export const NOTHING: Label = 'nothing';

/** A resource that is alive, as CloudFormation knows it. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly authType: AuthType;
  readonly number: number;
  retain: boolean;
  /** When the request was sent that deployed it last. */
  readonly since: number;
  /** When its credential was last imported by that request. */
  readonly importedAt: number;
  /** Its entry in the claim was deleted by hand. */
  isLost: boolean;
}

interface ByHand {
  readonly label: Label;
  /** Whether CodeBuild shows it just as what it replaced, which was ours. */
  readonly isIndistinguishable: boolean;
}

interface Imported {
  readonly label: Label;
  /** Whether CodeBuild shows it just as what it replaces. */
  readonly isShownAsBefore: boolean;
}

/** A value that a secret had; undefined for one that cannot be imported. */
interface Value {
  readonly label?: Label;
  readonly from: number;
}

/**
 * What must be in CodeBuild, told by nothing but what CloudFormation was answered, what people did by hand, and when
 * something was imported: the credential of the owner that deployed last, and nothing once there is no owner.
 */
export class Model {
  private readonly states = new Map(SERVER_TYPES.map((serverType) => [serverType, new State()]));
  private readonly values = new Map<number, Value[]>();
  private readonly importedAt = new Map<string, number>();
  /** What requests have imported that have not succeeded. */
  private readonly left = new Map<string, { serverType: ServerType; label: Label }>();
  private readonly requestedAt = new Map<string, number>();

  owners(serverType: ServerType): Owner[] {
    return this.states.get(serverType)!.owners;
  }

  byHand(serverType: ServerType): ByHand | undefined {
    return this.states.get(serverType)!.byHand;
  }

  secretChanged(number: number, label: Label | undefined, at: number): void {
    this.values.set(number, [...this.values.get(number) ?? [], { label, from: at }]);
  }

  requested({ RequestId }: LifecycleEvent, at: number): void {
    this.requestedAt.set(RequestId, at);
  }

  /** An import was carried out, by a request or while one owner was put back. */
  imported(serverType: ServerType, { isShownAsBefore, label }: Imported, requestId: string | undefined, at: number): void {
    if (requestId !== undefined) {
      this.importedAt.set(requestId, at);
      this.left.set(requestId, { serverType, label });
    }
    const state = this.states.get(serverType)!;
    // Residual: where the list showed the same before, a failed Create's own token cannot be told from what it has overwritten.
    if (state.owners.length === 0 && isShownAsBefore) state.kept?.add(label);
    // What was there and could not be told from nothing of ours is gone now, and nobody can bring it back.
    state.byHand = undefined;
    if (state.owners.length === 0) state.kept?.add(NOTHING);
  }

  /** Gives back what is wrong with the answer. */
  answered(request: LifecycleEvent, answer: Record<string, any> | undefined, at: number): string | undefined {
    if (!answer && request.RequestType === 'Create') this.unanswered(request);
    if (answer?.Status !== 'SUCCESS') return undefined;
    this.left.delete(request.RequestId);
    const { LogicalResourceId: logicalId, RequestId, StackId: stackId } = request;
    const physicalId: string = answer.PhysicalResourceId;
    if (request.RequestType === 'Delete') {
      const during = { from: this.requestedAt.get(RequestId)!, to: at };
      SERVER_TYPES.forEach((serverType) => this.gone(serverType, during, ({ physicalId: id, stackId: stack, logicalId: logical }) =>
        id === physicalId || (!/^[A-Z_]+\/|^failed\//.test(physicalId) && stack === stackId && logical === logicalId)));
      return undefined;
    }
    const { AuthType: authType, ConnectionArn, RemovalPolicy, SecretId, ServerType: serverType } = request.ResourceProperties;
    const state = this.states.get(serverType)!;
    const number = numberOf({ ConnectionArn, SecretId });
    const importedAt = this.importedAt.get(RequestId);
    if (importedAt === undefined) {
      // A rollback that finds everything as it was, or a change of what only matters later while the secret is bad.
      const same = state.owners.find((owner) => owner.physicalId === physicalId && owner.authType === authType && owner.number === number);
      if (same) same.retain = RemovalPolicy === 'retain';
      return same ? undefined : 'succeeds without an import';
    }
    const since = this.requestedAt.get(RequestId)!;
    const owner: Owner = {
      stackId, logicalId, physicalId, authType, number, retain: RemovalPolicy === 'retain', since, importedAt, isLost: false,
    };
    const isSame = (other: Owner) => other.physicalId === physicalId || (other.stackId === stackId && other.logicalId === logicalId);
    state.owners = [...state.owners.filter((other) => !isSame(other)), owner]
      .sort((one, other) => one.importedAt - other.importedAt);
    state.kept = undefined;
    if (state.owners.at(-1) === owner) state.alsoAccepted.clear();
    return undefined;
  }

  importedByHand(serverType: ServerType, byHand: ByHand): void {
    const state = this.states.get(serverType)!;
    state.byHand = byHand;
    state.kept = undefined;
    if (state.owners.length === 0) state.kept = new Set([byHand.label]);
  }

  deletedByHand(serverType: ServerType): void {
    const state = this.states.get(serverType)!;
    state.byHand = undefined;
    state.kept = undefined;
    state.alsoAccepted.clear();
    if (state.owners.length > 0) state.alsoAccepted.add(NOTHING);
  }

  claimDeletedByHand(serverType: ServerType): void {
    const state = this.states.get(serverType)!;
    // What is in CodeBuild is nobody's now, as far as the library can tell.
    if (state.owners.length > 0) state.hasLost = true;
    state.owners.forEach((owner) => { owner.isLost = true; });
  }

  /** Documented: whose deletion CloudFormation has given up stays in the claim. */
  ghosts(isAlive: (owner: Owner) => boolean): number {
    return SERVER_TYPES.reduce((sum, serverType) => sum + this.owners(serverType).filter((owner) => !isAlive(owner)).length, 0);
  }

  /** What is to be retained stays also when its Create was called off just after it had done its work. */
  private unanswered({ RequestId, ResourceProperties }: LifecycleEvent): void {
    const { AuthType: authType, ConnectionArn, RemovalPolicy, SecretId, ServerType: serverType } = ResourceProperties;
    if (RemovalPolicy !== 'retain') return;
    this.states.get(serverType)!.retained.push({ authType, number: numberOf({ ConnectionArn, SecretId }), since: this.requestedAt.get(RequestId)! });
  }

  /** The value that the secret of the last owner has now, if that is to be in CodeBuild. */
  newest(serverType: ServerType): Label | undefined {
    const top = this.owners(serverType).at(-1);
    return top && (top.authType === 'PERSONAL_ACCESS_TOKEN' || top.authType === 'BASIC_AUTH') ? this.values.get(top.number)!.at(-1)!.label : undefined;
  }

  /** Whether the label is a value that the secret of the last owner had before. */
  isOutdated(serverType: ServerType, label: Label): boolean {
    const { alsoAccepted, byHand, owners } = this.states.get(serverType)!;
    const newest = this.newest(serverType);
    return newest !== undefined && label !== newest && label !== byHand?.label && !alsoAccepted.has(label) && !owners.some(({ isLost }) => isLost);
  }

  /** Something else that is documented to be there until the next owner deploys. */
  accept(serverType: ServerType, label: Label): void {
    const state = this.states.get(serverType)!;
    if (state.owners.length > 0) state.alsoAccepted.add(label);
    else (state.kept ??= new Set()).add(label);
  }

  /** What CodeBuild may hold. */
  expected(serverType: ServerType, now: number): Set<Label> {
    const { alsoAccepted, byHand, hasLost, kept, owners, retained } = this.states.get(serverType)!;
    const top = owners.at(-1);
    const labels = new Set(top ? [...this.labelsOf(top, now), ...alsoAccepted] : kept ?? [NOTHING]);
    // Whose Create has left it there may still get round to deleting it.
    if (!top && [...this.left.values()].some((one) => one.serverType === serverType && labels.has(one.label))) labels.add(NOTHING);
    if (!top) retained.forEach((owner) => this.labelsOf(owner, now).forEach((label) => labels.add(label)));
    if (byHand) {
      labels.add(byHand.label);
      if (!top && byHand.isIndistinguishable) labels.add(NOTHING);
    }
    if (hasLost) {
      labels.add(NOTHING);
      owners.filter(({ isLost }) => isLost).forEach((owner) => this.labelsOf(owner, now).forEach((label) => labels.add(label)));
    }
    return labels;
  }

  /** Every value that the owner's source had since it was deployed. */
  labelsOf({ authType, number, since }: Pick<Owner, 'authType' | 'number' | 'since'>, now: number): Label[] {
    if (authType === 'CODECONNECTIONS') return [`connection ${number}`];
    if (authType === 'SECRETS_MANAGER') return [`ARN of secret ${number}`];
    const values = this.values.get(number)!;
    const during = values.filter(({ from }, index) => from <= now && (values[index + 1]?.from ?? Infinity) >= since);
    return during.flatMap(({ label }) => label ?? []);
  }

  /** What was seen once all was quiet. Documented: a stack that is stuck may be an owner still, and when it goes the last one. */
  seen(serverType: ServerType, label: Label, isStuck: boolean): void {
    const state = this.states.get(serverType)!;
    state.retained.length = 0;
    if (state.byHand?.label !== label) state.byHand = undefined;
    if (state.owners.length === 0) {
      if (label === NOTHING) Object.assign(state, { kept: undefined, hasLost: false });
      else state.kept = new Set([label, ...isStuck ? [NOTHING] : []]);
    } else if (!state.owners.some(({ isLost }) => isLost)) {
      state.hasLost = false;
    }
  }

  private gone(serverType: ServerType, during: { from: number; to: number }, isGone: (owner: Owner) => boolean): void {
    const state = this.states.get(serverType)!;
    const leaving = state.owners.filter(isGone);
    if (leaving.length === 0) return;
    const theirs = leaving.flatMap((owner) => this.labelsOf(owner, Infinity));
    const before = new Set([...theirs, ...state.alsoAccepted, ...state.byHand ? [state.byHand.label] : []]);
    const { goneAt } = state;
    state.goneAt = during.to;
    const wasTop = leaving.includes(state.owners.at(-1)!);
    state.owners = state.owners.filter((owner) => !isGone(owner));
    if (wasTop) state.alsoAccepted.clear();
    // Documented: nobody knows any more that it was theirs.
    if (leaving.some(({ isLost }) => isLost)) before.forEach((label) => state.alsoAccepted.add(label));
    const isRetained = leaving.some(({ retain }) => retain);
    // Documented: the claim has forgotten the others, so that nobody is there whose turn it is.
    if (isRetained && state.owners.length > 0 && state.owners.every(({ isLost }) => isLost)) before.forEach((label) => state.alsoAccepted.add(label));
    if (state.owners.length > 0) return;
    // Whose Delete was at work at the same time may have been the last to go.
    if (isRetained) state.kept = new Set([...before, ...goneAt > during.from ? [NOTHING] : []]);
    else if (state.hasLost) state.kept = new Set([...before, NOTHING]);
    else if (state.byHand) state.kept = new Set([state.byHand.label, ...state.byHand.isIndistinguishable ? [NOTHING] : []]);
    if (isDeepStrictEqual(before, new Set())) state.kept = undefined;
  }
}

class State {
  /** In the order of their last import. */
  owners: Owner[] = [];
  byHand?: ByHand;
  /** What has to stay though there is no owner. */
  kept?: Set<Label>;
  /** What may be there in place of the credential of the last owner. */
  readonly alsoAccepted = new Set<Label>();
  hasLost = false;
  /** When the last Delete of an owner was answered. */
  goneAt = 0;
  /** Creates of credentials to be retained that were called off. */
  readonly retained: Array<Pick<Owner, 'authType' | 'number' | 'since'>> = [];
}

/** Of the secret or the connection that the properties name. */
function numberOf({ ConnectionArn, SecretId }: { ConnectionArn?: string; SecretId?: string }): number {
  return ConnectionArn === undefined ? Number(SecretId!.slice(-1)) : (Number(ConnectionArn.slice(-2)) - 1) % NUMBERS.length + 1;
}
