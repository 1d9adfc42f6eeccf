import { CONNECTION_NAMES } from './connection-templates';
import type { Permissions } from './permissions';
import type { RecordedUser } from './recorded';
import { Call, Connection, Connections, LifecycleEvent } from '../../simulator';

/** The identity of a resource in CloudFormation. */
interface Name {
  readonly stackId: string;
  readonly logicalId: string;
}

/** A resource whose connection CloudFormation knows. */
interface User extends Name {
  readonly arn: string;
  /** Whether a Delete was sent. It may have taken effect even if it did not succeed. */
  isLeaving: boolean;
}

/** What the model knows of a connection. */
interface Known {
  /** The request that created it. Undefined if a person did. */
  readonly creator?: LifecycleEvent;
  /** The resources whose requests created or recorded it. */
  readonly touchedBy: Set<string>;
  /** Whether it may exist without a resource: it was retained, or another user kept it when its creator was removed. */
  mayStay: boolean;
  /** The role that created it, and when. */
  readonly creation?: { readonly roleName: string; readonly at: number };
  /** Whether its handshake failed once. A new connection may then exist beside it. */
  hasFailed?: boolean;
}

/** A deployed SourceCredentials that uses a connection. */
export interface CredentialUser {
  readonly name: string;
  readonly arn: string;
  /** False if a person deleted its record. */
  readonly hasRecord: boolean;
}

/** What the connection model needs from the rest of the test. */
export interface Surroundings {
  readonly connections: Connections;
  readonly permissions: Permissions;
  now(): number;
  /** Returns the deployed SourceCredentials that use a connection. */
  credentials(): CredentialUser[];
  /** Returns whether a SourceCredentials uses the connection, or may once running requests end. */
  mayHaveOwner(arn: string): boolean;
  /** Returns whether CodeBuild holds a credential that uses the connection. */
  isHeld(arn: string): boolean;
  recordedUsers(): RecordedUser[];
  /** Returns whether a record says that a request is about to delete the connection, or just deleted it. */
  isMarked(arn: string): boolean;
  /** Counts a documented residual. */
  countResidual(residual: string): void;
}

const CANCELLED = 'a second connection, of a Create that was cancelled';

/**
 * Says which connections must and may exist. It derives this from the answers to CloudFormation, and from the requests
 * that create, record and leave connections. Each existing resource has its connection; no deleted resource leaves
 * one behind that it had to delete.
 */
export class ConnectionModel {
  private readonly known = new Map<string, Known>();
  private users: User[] = [];
  /** Resources with a Delete that failed or was never answered. */
  private readonly givenUp = new Set<string>();
  private readonly deletedByHand = new Set<string>();
  /** The adoptable connections that each run of a function has listed. */
  private readonly adoptable = new WeakMap<Call['attempt'], readonly string[]>();
  /** Requests that succeeded for CloudFormation. */
  private readonly succeeded = new Set<string>();
  /** Requests that were answered as if they had changed nothing. */
  private readonly untouched = new Set<string>();
  /** Documented residuals that are already counted. */
  private readonly counted = new Set<string>();

  constructor(private readonly surroundings: Surroundings) {}

  /** The connections with a name that the sequences use. */
  get all(): Connection[] {
    return this.surroundings.connections.list().filter(({ name }) => (CONNECTION_NAMES as readonly string[]).includes(name));
  }

  /** Whether several available connections fit, so that the app must name the one to adopt. */
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
    this.known.set(arn, { touchedBy: new Set(), mayStay: true });
  }

  /** Returns what is wrong with a call that is about to take effect. */
  apply({ attempt, operation: { input, name } }: Call): string | undefined {
    const { event } = attempt;
    if (name === 'CreateConnection' && event.ResourceProperties.AdoptExisting === 'true') {
      const isThere = this.adoptable.get(attempt)?.some((arn) => this.isAdoptable(arn, event));
      return isThere ? 'creates a connection although it can adopt one' : undefined;
    }
    if (name !== 'DeleteConnection') return undefined;
    const arn: string = input.ConnectionArn;
    const { creator } = this.known.get(arn)!;
    if (creator === undefined) return 'deletes a connection that a person created';
    if (creator.StackId !== event.StackId) return 'deletes a connection of another stack';
    if (policyOf(event) === 'retain' && creator.RequestId !== event.RequestId) return 'deletes a connection that it must retain';
    const staying = this.users.filter((user) => user.arn === arn && !user.isLeaving);
    const other = staying.find((user) => keyOf(user) !== keyOf(nameOf(event)));
    if (other) return `deletes the connection of ${keyOf(other)}`;
    const credentials = this.surroundings.credentials().filter((user) => user.arn === arn);
    if (credentials.some(({ hasRecord }) => hasRecord)) return 'deletes a connection that a credential uses';
    // Documented: once its record is deleted by hand, a credential does not count as an owner.
    if (credentials.length > 0) this.countOnce('the connection of a credential whose record was deleted by hand', arn);
    return undefined;
  }

  applied({ attempt, operation: { input, name } }: Call): void {
    const { event } = attempt;
    if (name === 'ListConnections') {
      this.adoptable.set(attempt, this.all.map(({ arn }) => arn).filter((arn) => this.isAdoptable(arn, event)));
    }
    if (name === 'CreateConnection') {
      const { arn } = this.all.find((connection) => !this.known.has(connection.arn))!;
      const creation = { roleName: attempt.lambda.roleName, at: this.surroundings.now() };
      this.known.set(arn, { creator: event, touchedBy: new Set([keyOf(nameOf(event))]), mayStay: false, creation });
    }
    const [, id] = name === 'PutParameter' ? /\/connections\/([^/]+)\/users\//.exec(input.Name) ?? [] : [];
    for (const [arn, known] of this.known) {
      if (!id || !arn.endsWith(id)) continue;
      known.touchedBy.add(keyOf(nameOf(event)));
      // A resource that is leaving the connection may find this user, even if this user is removed before the answer.
      known.mayStay ||= this.users.some((user) => user.arn === arn && user.isLeaving);
    }
  }

  requested(request: LifecycleEvent): void {
    if (request.RequestType !== 'Delete') return;
    this.users.filter((one) => isOf(one, request)).forEach((user) => { user.isLeaving = true; });
    this.noteLeaving(request);
  }

  answered(request: LifecycleEvent, answer: Record<string, any> | undefined): undefined {
    const isSuccess = answer?.Status === 'SUCCESS';
    if (answer?.PhysicalResourceId?.startsWith('untouched/')) this.untouched.add(request.RequestId);
    if (request.RequestType === 'Delete') {
      if (isSuccess) this.noteLeaving(request);
      if (isSuccess) this.users = this.users.filter((user) => !isOf(user, request));
      if (isSuccess) this.givenUp.delete(keyOf(nameOf(request)));
      else this.givenUp.add(keyOf(nameOf(request)));
    } else if (isSuccess) {
      this.succeeded.add(request.RequestId);
      // A rollback leaves the connection that its Update created.
      if (request.RequestType === 'Update') this.noteLeaving(request, answer.PhysicalResourceId);
      const user = { ...nameOf(request), arn: answer.PhysicalResourceId, isLeaving: false };
      this.users = [...this.users.filter((other) => other.arn !== user.arn || keyOf(other) !== keyOf(user)), user];
    }
  }

  /** Returns what is wrong once nothing is running. Stuck stacks are only held to what their users can rely on. */
  problems(isStuck: (stackId: string) => boolean): string[] {
    const isExcused = (name: Name) => isStuck(name.stackId) || this.givenUp.has(keyOf(name));
    const records = this.surroundings.recordedUsers();
    // A record of a deleted connection does no harm.
    const staleRecords = records.filter((record) => !isExcused(record) && this.surroundings.connections.find(record.connectionArn)
      && !this.users.some((user) => user.arn === record.connectionArn && keyOf(user) === keyOf(record))
      && !this.isOfLateCopy(record.requestId, record.connectionArn));
    return [
      ...this.users.flatMap((user) => this.problemOf(user, records) ?? []),
      ...staleRecords.map((record) => `connection ${record.connectionArn} is recorded as used by ${keyOf(record)}, which does not have it`),
      ...this.all.flatMap((connection) => this.problemWith(connection, isExcused) ?? []),
      ...this.duplicates(isExcused),
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
    const { creation, creator, mayStay, touchedBy } = this.known.get(arn)!;
    // Documented: RETAIN also keeps a connection that a failed request created.
    if (creator?.ResourceProperties.RemovalPolicy === 'retain') return undefined;
    if (mayStay || this.users.some((user) => user.arn === arn) || this.isUsedByCredential(arn)) return undefined;
    if (creator && isExcused(nameOf(creator))) return undefined;
    if ([...touchedBy].some((key) => this.givenUp.has(key))) return undefined;
    if (creator && this.isOfLateCopy(creator.RequestId, arn)) return undefined;
    const isLate = creation && this.surroundings.permissions.areRevokedSince(creation.roleName, creation.at);
    // Documented: a cancelled Create, or a copy of one, may create late, when its stack's permission to undo is already gone.
    if (isLate) return void this.countOnce('a connection of a Create whose permissions are gone', arn);
    return `connection '${name}' to ${providerType} is an orphan`;
  }

  /** Documented: the Delete after a Create that changed nothing does nothing. A copy of that Create may run later. */
  private isOfLateCopy(requestId: string, arn: string): boolean {
    if (this.untouched.has(requestId)) this.countOnce('a copy of a Create that was answered as one that had changed nothing', arn);
    return this.untouched.has(requestId);
  }

  private isGone(arn: string): boolean {
    return !this.deletedByHand.has(arn) && !this.surroundings.connections.find(arn);
  }

  private isUsedByCredential(arn: string): boolean {
    return this.surroundings.mayHaveOwner(arn) || this.surroundings.isHeld(arn);
  }

  private countOnce(residual: string, arn: string): void {
    if (!this.counted.has(residual + arn)) this.surroundings.countResidual(residual);
    this.counted.add(residual + arn);
  }

  /** Checks that only one of several stacks that want the same connection at once creates it. */
  private duplicates(isExcused: (name: Name) => boolean): string[] {
    const adopters = this.all.filter(({ arn }) => {
      const { creator, hasFailed } = this.known.get(arn)!;
      return !hasFailed && creator?.ResourceProperties.AdoptExisting === 'true' && !isExcused(nameOf(creator));
    });
    const isDuplicate = (one: Connection, other: Connection) => other.name === one.name && other.providerType === one.providerType
      && !this.isOneCancelled(other.arn, one.arn);
    return adopters.filter((one, index) => adopters.slice(0, index).some((other) => isDuplicate(one, other)))
      .map(({ name, providerType }) => `two connections '${name}' to ${providerType} exist, each created by a stack that adopts`);
  }

  /** Documented: RETAIN keeps the connection of a cancelled Create, even if another Create made one meanwhile. */
  private isOneCancelled(...arns: readonly [string, string]): boolean {
    // The next deployment adopts one of them.
    if (arns.some((arn) => this.counted.has(CANCELLED + arn))) return true;
    const surplus = arns.find((arn) => {
      const { RequestId, ResourceProperties } = this.known.get(arn)!.creator!;
      const isUsed = this.users.some((user) => user.arn === arn && !user.isLeaving);
      return ResourceProperties.RemovalPolicy === 'retain' && !this.succeeded.has(RequestId) && !isUsed;
    });
    if (surplus === undefined) return false;
    this.countOnce(CANCELLED, surplus);
    return true;
  }

  /** Notes which connections may stay when a resource leaves them: its policy is RETAIN, or another user exists. */
  private noteLeaving(request: LifecycleEvent, kept?: string): void {
    const isOther = (user: Name) => keyOf(user) !== keyOf(nameOf(request));
    const recorded = this.surroundings.recordedUsers();
    for (const [arn, known] of this.known) {
      if (arn === kept || !known.touchedBy.has(keyOf(nameOf(request)))) continue;
      const isUsed = recorded.some((user) => user.connectionArn === arn && isOther(user)) || this.isUsedByCredential(arn);
      if (isUsed || policyOf(request) === 'retain') known.mayStay = true;
    }
  }

  private isAdoptable(arn: string, { RequestId, ResourceProperties: { ConnectionName, ProviderType } }: LifecycleEvent): boolean {
    const connection = this.surroundings.connections.find(arn);
    if (!connection || connection.status === 'ERROR' || this.surroundings.isMarked(arn)) return false;
    const isMine = this.known.get(arn)!.creator?.RequestId === RequestId;
    return connection.name === ConnectionName && connection.providerType === ProviderType && !isMine && !this.isUndecided(arn);
  }

  /** Returns whether requests may still choose between two new connections, or the last user is leaving. */
  private isUndecided(arn: string): boolean {
    return !this.users.some((user) => user.arn === arn && !user.isLeaving) && !this.known.get(arn)!.mayStay;
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

/** Returns the removal policy of what a request leaves. For a rollback, that is the policy of the Update that it undoes. */
function policyOf({ OldResourceProperties, RequestType, ResourceProperties }: LifecycleEvent): string {
  return (RequestType === 'Update' ? OldResourceProperties : ResourceProperties)!.RemovalPolicy;
}
