import { CONNECTION_NAMES } from './connection-templates';
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
}

/** What the connection model has to know of everything else. */
export interface Surroundings {
  readonly connections: Connections;
  /** Whether new permissions do not count at once. */
  readonly hasSlowPermissions: boolean;
  /** Whether a SourceCredentials that has been deployed uses it, or also one that is being deployed. */
  hasOwner(arn: string, alsoUncertain?: boolean): boolean;
  /** Whether CodeBuild shows a credential that uses it. */
  isHeld(arn: string): boolean;
  recordedUsers(): RecordedUser[];
  /** Counts what is documented. */
  accept(residual: string): void;
}

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
  /** Resources whose connection was. Documented: what an update of theirs that is cancelled has created stays. */
  private readonly bereft = new Set<string>();

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

  /** Whether a connection of the stack was deleted by hand. */
  isBereft(stackName: string): boolean {
    return [...this.bereft].some((key) => key.startsWith(`${stackName}/`));
  }

  deleteByHand(arn: string): void {
    this.deletedByHand.add(arn);
    this.users.filter((user) => user.arn === arn).forEach((user) => this.bereft.add(keyOf(user)));
    this.surroundings.connections.delete(arn);
  }

  createdByHand(arn: string): void {
    this.known.set(arn, { touchedBy: new Set(), isLeft: true });
  }

  /** What is about to be carried out: what is wrong with it. */
  apply({ attempt: { event }, operation: { input, name } }: Call): string | undefined {
    if (name === 'CreateConnection' && event.ResourceProperties.AdoptExisting === 'true') {
      const { ConnectionName, ProviderType } = input;
      const fitting = this.all.filter((one) => one.name === ConnectionName && one.providerType === ProviderType && one.status !== 'ERROR');
      const isMine = (arn: string) => this.known.get(arn)?.creator?.RequestId === event.RequestId;
      const isThere = fitting.some(({ arn }) => !isMine(arn) && !this.isInDispute(arn));
      return isThere ? 'creates a connection though there is one to adopt' : undefined;
    }
    if (name !== 'DeleteConnection') return undefined;
    const { creator } = this.known.get(input.ConnectionArn)!;
    if (creator === undefined) return 'deletes a connection that a person created';
    if (creator.StackId !== event.StackId) return 'deletes a connection of another stack';
    if (policyOf(event) === 'retain' && creator.RequestId !== event.RequestId) return 'deletes a connection that is to be retained';
    const staying = this.users.filter(({ arn, isLeaving }) => arn === input.ConnectionArn && !isLeaving);
    const other = staying.find((user) => keyOf(user) !== keyOf(nameOf(event)));
    if (other) return `deletes the connection of ${keyOf(other)}`;
    return this.surroundings.hasOwner(input.ConnectionArn) ? 'deletes a connection that a credential uses' : undefined;
  }

  applied({ attempt: { event }, operation: { input, name } }: Call): void {
    if (name === 'CreateConnection') {
      const { arn } = this.all.find((connection) => !this.known.has(connection.arn))!;
      this.known.set(arn, { creator: event, touchedBy: new Set([keyOf(nameOf(event))]), isLeft: false });
    }
    const [, id] = name === 'PutParameter' ? /\/connections\/([^/]+)\/users\//.exec(input.Name) ?? [] : [];
    if (id) [...this.known].filter(([arn]) => arn.endsWith(id)).forEach(([, { touchedBy }]) => touchedBy.add(keyOf(nameOf(event))));
  }

  requested(request: LifecycleEvent): void {
    if (request.RequestType !== 'Delete') return;
    this.users.filter((one) => isOf(one, request)).forEach((user) => { user.isLeaving = true; });
    this.leave(request);
  }

  answered(request: LifecycleEvent, answer: Record<string, any> | undefined): undefined {
    const isSuccess = answer?.Status === 'SUCCESS';
    if (request.RequestType === 'Delete') {
      if (isSuccess) this.leave(request);
      if (isSuccess) this.users = this.users.filter((user) => !isOf(user, request));
      if (isSuccess) this.givenUp.delete(keyOf(nameOf(request)));
      else this.givenUp.add(keyOf(nameOf(request)));
    } else if (isSuccess) {
      const user = { ...nameOf(request), arn: answer.PhysicalResourceId, isLeaving: false };
      this.users = [...this.users.filter((other) => other.arn !== user.arn || keyOf(other) !== keyOf(user)), user];
    }
  }

  /** What is wrong once all is quiet; of stacks that are stuck only what their users can rely on. */
  problems(isStuck: (stackId: string) => boolean): string[] {
    const isExcused = (name: Name) => isStuck(name.stackId) || this.givenUp.has(keyOf(name)) || this.bereft.has(keyOf(name));
    const records = this.surroundings.recordedUsers();
    // A record of a connection that is gone keeps nothing.
    const ghosts = records.filter((record) => !isExcused(record) && this.surroundings.connections.find(record.connectionArn)
      && !this.users.some((user) => user.arn === record.connectionArn && keyOf(user) === keyOf(record)));
    return [
      ...this.users.flatMap((user) => this.problemOf(user, records) ?? []),
      ...ghosts.map((record) => `connection ${record.connectionArn} is recorded as used by ${keyOf(record)}, which does not have it`),
      ...this.all.flatMap((connection) => this.problemWith(connection, isExcused) ?? []),
      ...this.twins(isExcused),
    ];
  }

  private problemOf(user: User, records: readonly RecordedUser[]): string | undefined {
    if (user.isLeaving || this.deletedByHand.has(user.arn)) return undefined;
    if (!this.surroundings.connections.find(user.arn)) return `the connection of ${keyOf(user)} is gone`;
    const isRecorded = records.some((record) => record.connectionArn === user.arn && keyOf(record) === keyOf(user));
    return isRecorded ? undefined : `${keyOf(user)} is not recorded as a user of its connection`;
  }

  private problemWith({ arn, name, providerType }: Connection, isExcused: (name: Name) => boolean): string | undefined {
    const { creator, isLeft, touchedBy } = this.known.get(arn)!;
    // Documented: RETAIN also keeps what a request has created that failed.
    if (creator?.ResourceProperties.RemovalPolicy === 'retain') return undefined;
    if (isLeft || this.users.some((user) => user.arn === arn) || this.isUsedByCredential(arn)) return undefined;
    if (creator && isExcused(nameOf(creator))) return undefined;
    if ([...touchedBy].some((key) => this.givenUp.has(key) || this.bereft.has(key))) return undefined;
    if (!this.isLateProvider(creator)) return `connection '${name}' to ${providerType} is an orphan`;
    this.known.get(arn)!.isLeft = true;
    return void this.surroundings.accept('a connection of a cancelled Update to another provider');
  }

  /** An Update that waits for the permissions of another provider creates after its rollback has looked for what it has created. */
  private isLateProvider(creator: LifecycleEvent | undefined): boolean {
    const former = creator?.OldResourceProperties?.ProviderType;
    return this.surroundings.hasSlowPermissions && former !== undefined && former !== creator!.ResourceProperties.ProviderType;
  }

  private isUsedByCredential(arn: string): boolean {
    return this.surroundings.hasOwner(arn, true) || this.surroundings.isHeld(arn);
  }

  /** Of stacks that want the same connection at the same moment, one creates it. */
  private twins(isExcused: (name: Name) => boolean): string[] {
    const adopters = this.all.filter(({ arn, status }) => {
      const creator = this.known.get(arn)?.creator;
      return status !== 'ERROR' && creator?.ResourceProperties.AdoptExisting === 'true' && !isExcused(nameOf(creator));
    });
    const isSame = (one: Connection, other: Connection) => other.name === one.name && other.providerType === one.providerType;
    return adopters.filter((one, index) => adopters.findIndex((other) => isSame(one, other)) < index)
      .map(({ name, providerType }) => `there are two connections '${name}' to ${providerType}, each created by a stack that adopts`);
  }

  /** A connection may stay once a resource goes that has had it in hand, if that is what its policy says, or somebody uses it then. */
  private leave(request: LifecycleEvent): void {
    const isOther = (user: Name) => keyOf(user) !== keyOf(nameOf(request));
    const recorded = this.surroundings.recordedUsers();
    for (const [arn, known] of this.known) {
      if (!known.touchedBy.has(keyOf(nameOf(request)))) continue;
      const isUsed = recorded.some((user) => user.connectionArn === arn && isOther(user)) || this.isUsedByCredential(arn);
      if (isUsed || policyOf(request) === 'retain') known.isLeft = true;
    }
  }

  /** Whether two that were created at the same moment have not been told apart yet, or somebody deletes it. */
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
