import { CONNECTION_NAMES } from './connection-templates';
import type { Permissions } from './permissions';
import type { RecordedUser } from './recorded';
import { Call, Connection, Connections, LifecycleEvent } from '../../simulator';

/** A resource as CloudFormation names it. */
interface Name {
  readonly stackId: string;
  readonly logicalId: string;
}

/** A resource that has a connection, as CloudFormation knows it. */
interface User extends Name {
  readonly arn: string;
  /** A Delete was sent, which may have done its work though it did not succeed. */
  isLeaving: boolean;
}

/** What is known of a connection that somebody has created. */
interface Known {
  /** The request that has; undefined: a person. */
  readonly creator?: LifecycleEvent;
  /** The resources whose requests had it in hand. */
  readonly touchedBy: Set<string>;
  /** It may be there though no resource has it: it was to be retained, or somebody else used it when its creator went. */
  isLeft: boolean;
  /** By whom it was created, and when. */
  readonly creation?: { readonly roleName: string; readonly at: number };
  /** Its handshake has failed once: a new one may have been created beside it. */
  hasFailed?: boolean;
}

/** A SourceCredentials that has been deployed and uses a connection. */
export interface CredentialUser {
  readonly name: string;
  readonly arn: string;
  /** Whether a person has deleted its record. */
  readonly hasRecord: boolean;
}

/** What the connection model has to know of everything else. */
export interface Surroundings {
  readonly connections: Connections;
  readonly permissions: Permissions;
  now(): number;
  /** The SourceCredentials that have been deployed and use a connection. */
  credentials(): CredentialUser[];
  /** Whether a SourceCredentials uses it, or may do so after what is under way. */
  mayHaveOwner(arn: string): boolean;
  /** Whether CodeBuild shows a credential that uses it. */
  isHeld(arn: string): boolean;
  recordedUsers(): RecordedUser[];
  /** Whether a record says that somebody is about to delete it, or has just done so. */
  isMarked(arn: string): boolean;
  /** Counts what is documented. */
  accept(residual: string): void;
}

const CANCELLED = 'a second connection, of a Create that was cancelled';

/**
 * Which connections there must be and may be, told by what CloudFormation was answered, and by who has created, recorded
 * and left them: whoever is alive has its connection, and nobody leaves one behind that is to go.
 */
export class ConnectionModel {
  private readonly known = new Map<string, Known>();
  private users: User[] = [];
  /** Resources of which some Delete was given up. */
  private readonly givenUp = new Set<string>();
  private readonly deletedByHand = new Set<string>();
  /** What each run of a function was shown that it may adopt. */
  private readonly shown = new WeakMap<Call['attempt'], readonly string[]>();
  /** Requests that CloudFormation has heard the success of. */
  private readonly succeeded = new Set<string>();
  /** Requests that were answered as if they had changed nothing. */
  private readonly untouched = new Set<string>();
  /** What is documented and has been counted. */
  private readonly accepted = new Set<string>();

  constructor(private readonly surroundings: Surroundings) {}

  /** Those of these sequences. */
  get all(): Connection[] {
    return this.surroundings.connections.list().filter(({ name }) => (CONNECTION_NAMES as readonly string[]).includes(name));
  }

  /** Whether somebody has to say which one is to be adopted. */
  get areAmbiguous(): boolean {
    const available = this.all.filter(({ status }) => status === 'AVAILABLE').map(({ name, providerType }) => `${name} ${providerType}`);
    return new Set(available).size < available.length;
  }

  deleteByHand(arn: string): void {
    this.deletedByHand.add(arn);
    this.surroundings.connections.delete(arn);
  }

  setStatus(arn: string, status: 'AVAILABLE' | 'ERROR'): void {
    this.surroundings.connections.setStatus(arn, status);
    if (status === 'ERROR') this.known.get(arn)!.hasFailed = true;
  }

  createdByHand(arn: string): void {
    this.known.set(arn, { touchedBy: new Set(), isLeft: true });
  }

  /** What is about to be carried out: what is wrong with it. */
  apply({ attempt, operation: { input, name } }: Call): string | undefined {
    const { event } = attempt;
    if (name === 'CreateConnection' && event.ResourceProperties.AdoptExisting === 'true') {
      const isThere = this.shown.get(attempt)?.some((arn) => this.isAdoptable(arn, event));
      return isThere ? 'creates a connection though there is one to adopt' : undefined;
    }
    if (name !== 'DeleteConnection') return undefined;
    const arn: string = input.ConnectionArn;
    const { creator } = this.known.get(arn)!;
    if (creator === undefined) return 'deletes a connection that a person created';
    if (creator.StackId !== event.StackId) return 'deletes a connection of another stack';
    if (policyOf(event) === 'retain' && creator.RequestId !== event.RequestId) return 'deletes a connection that is to be retained';
    const staying = this.users.filter((user) => user.arn === arn && !user.isLeaving);
    const other = staying.find((user) => keyOf(user) !== keyOf(nameOf(event)));
    if (other) return `deletes the connection of ${keyOf(other)}`;
    const credentials = this.surroundings.credentials().filter((user) => user.arn === arn);
    if (credentials.some(({ hasRecord }) => hasRecord)) return 'deletes a connection that a credential uses';
    // Documented: whose record is deleted by hand is no owner any more.
    if (credentials.length > 0) this.acceptOnce('the connection of a credential whose record was deleted by hand', arn);
    return undefined;
  }

  applied({ attempt, operation: { input, name } }: Call): void {
    const { event } = attempt;
    if (name === 'ListConnections') {
      this.shown.set(attempt, this.all.map(({ arn }) => arn).filter((arn) => this.isAdoptable(arn, event)));
    }
    if (name === 'CreateConnection') {
      const { arn } = this.all.find((connection) => !this.known.has(connection.arn))!;
      const creation = { roleName: attempt.lambda.roleName, at: this.surroundings.now() };
      this.known.set(arn, { creator: event, touchedBy: new Set([keyOf(nameOf(event))]), isLeft: false, creation });
    }
    const [, id] = name === 'PutParameter' ? /\/connections\/([^/]+)\/users\//.exec(input.Name) ?? [] : [];
    for (const [arn, known] of this.known) {
      if (!id || !arn.endsWith(id)) continue;
      known.touchedBy.add(keyOf(nameOf(event)));
      // Whoever leaves it meanwhile may find it used, even if this user is gone before the answer.
      known.isLeft ||= this.users.some((user) => user.arn === arn && user.isLeaving);
    }
  }

  requested(request: LifecycleEvent): void {
    if (request.RequestType !== 'Delete') return;
    this.users.filter((one) => isOf(one, request)).forEach((user) => { user.isLeaving = true; });
    this.leave(request);
  }

  answered(request: LifecycleEvent, answer: Record<string, any> | undefined): undefined {
    const isSuccess = answer?.Status === 'SUCCESS';
    if (answer?.PhysicalResourceId?.startsWith('untouched/')) this.untouched.add(request.RequestId);
    if (request.RequestType === 'Delete') {
      if (isSuccess) this.leave(request);
      if (isSuccess) this.users = this.users.filter((user) => !isOf(user, request));
      if (isSuccess) this.givenUp.delete(keyOf(nameOf(request)));
      else this.givenUp.add(keyOf(nameOf(request)));
    } else if (isSuccess) {
      this.succeeded.add(request.RequestId);
      // A rollback leaves what its Update has created.
      if (request.RequestType === 'Update') this.leave(request, answer.PhysicalResourceId);
      const user = { ...nameOf(request), arn: answer.PhysicalResourceId, isLeaving: false };
      this.users = [...this.users.filter((other) => other.arn !== user.arn || keyOf(other) !== keyOf(user)), user];
    }
  }

  /** What is wrong once all is quiet; of stacks that are stuck only what their users can rely on. */
  problems(isStuck: (stackId: string) => boolean): string[] {
    const isExcused = (name: Name) => isStuck(name.stackId) || this.givenUp.has(keyOf(name));
    const records = this.surroundings.recordedUsers();
    // A record of a connection that is gone keeps nothing.
    const ghosts = records.filter((record) => !isExcused(record) && this.surroundings.connections.find(record.connectionArn)
      && !this.users.some((user) => user.arn === record.connectionArn && keyOf(user) === keyOf(record))
      && !this.isOfLateCopy(record.requestId, record.connectionArn));
    return [
      ...this.users.flatMap((user) => this.problemOf(user, records) ?? []),
      ...ghosts.map((record) => `connection ${record.connectionArn} is recorded as used by ${keyOf(record)}, which does not have it`),
      ...this.all.flatMap((connection) => this.problemWith(connection, isExcused) ?? []),
      ...this.twins(isExcused),
      ...this.surroundings.credentials().filter((user) => user.hasRecord && this.isGone(user.arn))
        .map(({ name }) => `the connection of the credential ${name} is gone`),
    ];
  }

  private problemOf(user: User, records: readonly RecordedUser[]): string | undefined {
    if (user.isLeaving || this.deletedByHand.has(user.arn)) return undefined;
    if (this.isGone(user.arn)) return `the connection of ${keyOf(user)} is gone`;
    if (records.some((record) => record.connectionArn === user.arn && keyOf(record) === keyOf(user))) return undefined;
    return `${keyOf(user)} is not recorded as a user of its connection`;
  }

  private problemWith({ arn, name, providerType }: Connection, isExcused: (name: Name) => boolean): string | undefined {
    const { creation, creator, isLeft, touchedBy } = this.known.get(arn)!;
    // Documented: RETAIN also keeps what a request has created that failed.
    if (creator?.ResourceProperties.RemovalPolicy === 'retain') return undefined;
    if (isLeft || this.users.some((user) => user.arn === arn) || this.isUsedByCredential(arn)) return undefined;
    if (creator && isExcused(nameOf(creator))) return undefined;
    if ([...touchedBy].some((key) => this.givenUp.has(key))) return undefined;
    if (creator && this.isOfLateCopy(creator.RequestId, arn)) return undefined;
    const isLate = creation && this.surroundings.permissions.areGoneSince(creation.roleName, creation.at);
    // Documented: a cancelled Create, or a copy of one, may be late, and its permission to undo that gone with its stack.
    if (isLate) return void this.acceptOnce('a connection of a Create whose permissions are gone', arn);
    return `connection '${name}' to ${providerType} is an orphan`;
  }

  /** Documented: the Delete of a Create that has changed nothing does nothing, and a copy of that Create may come later. */
  private isOfLateCopy(requestId: string, arn: string): boolean {
    if (this.untouched.has(requestId)) this.acceptOnce('a copy of a Create that was answered as one that had changed nothing', arn);
    return this.untouched.has(requestId);
  }

  private isGone(arn: string): boolean {
    return !this.deletedByHand.has(arn) && !this.surroundings.connections.find(arn);
  }

  private isUsedByCredential(arn: string): boolean {
    return this.surroundings.mayHaveOwner(arn) || this.surroundings.isHeld(arn);
  }

  private acceptOnce(residual: string, arn: string): void {
    if (!this.accepted.has(residual + arn)) this.surroundings.accept(residual);
    this.accepted.add(residual + arn);
  }

  /** Of stacks that want the same connection at the same moment, one creates it. */
  private twins(isExcused: (name: Name) => boolean): string[] {
    const adopters = this.all.filter(({ arn }) => {
      const { creator, hasFailed } = this.known.get(arn)!;
      return !hasFailed && creator?.ResourceProperties.AdoptExisting === 'true' && !isExcused(nameOf(creator));
    });
    const isTwin = (one: Connection, other: Connection) => other.name === one.name && other.providerType === one.providerType
      && !this.isOneCancelled(other.arn, one.arn);
    return adopters.filter((one, index) => adopters.slice(0, index).some((other) => isTwin(one, other)))
      .map(({ name, providerType }) => `there are two connections '${name}' to ${providerType}, each created by a stack that adopts`);
  }

  /** Documented: RETAIN keeps what a Create has created that was cancelled, also beside what another one has created meanwhile. */
  private isOneCancelled(...arns: readonly [string, string]): boolean {
    // The next deployment uses one of them.
    if (arns.some((arn) => this.accepted.has(CANCELLED + arn))) return true;
    const surplus = arns.find((arn) => {
      const { RequestId, ResourceProperties } = this.known.get(arn)!.creator!;
      const isUsed = this.users.some((user) => user.arn === arn && !user.isLeaving);
      return ResourceProperties.RemovalPolicy === 'retain' && !this.succeeded.has(RequestId) && !isUsed;
    });
    if (surplus === undefined) return false;
    this.acceptOnce(CANCELLED, surplus);
    return true;
  }

  /** A connection may stay once a resource goes that has had it in hand, if that is what its policy says, or somebody uses it then. */
  private leave(request: LifecycleEvent, kept?: string): void {
    const isOther = (user: Name) => keyOf(user) !== keyOf(nameOf(request));
    const recorded = this.surroundings.recordedUsers();
    for (const [arn, known] of this.known) {
      if (arn === kept || !known.touchedBy.has(keyOf(nameOf(request)))) continue;
      const isUsed = recorded.some((user) => user.connectionArn === arn && isOther(user)) || this.isUsedByCredential(arn);
      if (isUsed || policyOf(request) === 'retain') known.isLeft = true;
    }
  }

  private isAdoptable(arn: string, { RequestId, ResourceProperties: { ConnectionName, ProviderType } }: LifecycleEvent): boolean {
    const connection = this.surroundings.connections.find(arn);
    if (!connection || connection.status === 'ERROR' || this.surroundings.isMarked(arn)) return false;
    const isMine = this.known.get(arn)!.creator?.RequestId === RequestId;
    return connection.name === ConnectionName && connection.providerType === ProviderType && !isMine && !this.isInDispute(arn);
  }

  /** Whether two that were created at the same moment have not been told apart yet, or its last user is going. */
  private isInDispute(arn: string): boolean {
    return !this.users.some((user) => user.arn === arn && !user.isLeaving) && !this.known.get(arn)!.isLeft;
  }
}

function nameOf({ LogicalResourceId, StackId }: LifecycleEvent): Name {
  return { stackId: StackId, logicalId: LogicalResourceId };
}

function keyOf({ logicalId, stackId }: Name): string {
  return `${stackId.split('/').slice(1).join('/')}/${logicalId}`;
}

function isOf({ arn, ...user }: User, request: LifecycleEvent): boolean {
  return arn === request.PhysicalResourceId && keyOf(user) === keyOf(nameOf(request));
}

/** Of what goes: in an update that takes back another that nobody knows of, what that one wanted. */
function policyOf({ OldResourceProperties, RequestType, ResourceProperties }: LifecycleEvent): string {
  return (RequestType === 'Update' ? OldResourceProperties : ResourceProperties)!.RemovalPolicy;
}
