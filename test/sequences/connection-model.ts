import { CONNECTION_NAMES } from './connection-templates';
import { LifecycleEvent } from './custom-resources';
import type { Call } from './network';
import type { Connection, Connections } from '../aws/connections';

/** A resource that has a connection, as CloudFormation knows it. */
interface User {
  readonly stackId: string;
  readonly logicalId: string;
  readonly arn: string;
  /** A Delete was sent, which may have done its work though it did not succeed. */
  isLeaving: boolean;
}

/** What is known of a connection that somebody has made. */
interface Known {
  /** Undefined: by hand. */
  readonly creator?: string;
  /** Who has marked it as used, by the key of the tag. */
  readonly users: Map<string, LifecycleEvent>;
  /** It may be there though no resource has it: it was to be retained, or another stack had adopted it. */
  isLeft: boolean;
}

const USER_TAG = 'codebuild-source-credentials:used-by:';

/**
 * Which connections there must be and may be, told by what CloudFormation was answered, and by who has made, marked and
 * left them: whoever is alive has its connection, and nobody leaves one behind that is to go.
 */
export class ConnectionModel {
  private readonly known = new Map<string, Known>();
  private users: User[] = [];
  /** Resources of which some Delete was given up. */
  private readonly givenUp = new Set<string>();
  private readonly deletedByHand = new Set<string>();
  /** Resources whose connection was. Documented: what an update of theirs that is called off has made stays. */
  private readonly bereft = new Set<string>();

  constructor(private readonly connections: Connections) {}

  /** Those of these sequences. */
  get all(): Connection[] {
    return this.connections.list().filter(({ name }) => (CONNECTION_NAMES as readonly string[]).includes(name));
  }

  /** Whether somebody has to say which one is to be adopted. */
  get areAmbiguous(): boolean {
    const available = this.all.filter(({ status }) => status === 'AVAILABLE').map(({ name, providerType }) => `${name} ${providerType}`);
    return new Set(available).size < available.length;
  }

  deleteByHand(arn: string): void {
    this.deletedByHand.add(arn);
    this.users.filter((user) => user.arn === arn).forEach((user) => this.bereft.add(keyOf(user)));
    this.connections.delete(arn);
  }

  madeByHand(arn: string): void {
    this.known.set(arn, { users: new Map(), isLeft: true });
  }

  /** What is about to be carried out: what is wrong with it. */
  apply({ attempt: { event }, operation: { input, name } }: Call): string | undefined {
    if (name === 'CreateConnection' && event.ResourceProperties.AdoptExisting === 'true') {
      const isThere = this.all.some((other) => other.name === input.ConnectionName && other.providerType === input.ProviderType && other.status !== 'ERROR');
      return isThere ? 'makes a connection though there is one to adopt' : undefined;
    }
    if (name !== 'DeleteConnection') return undefined;
    const { creator } = this.known.get(input.ConnectionArn)!;
    if (creator === undefined) return 'deletes a connection that was made by hand';
    if (creator !== event.StackId) return 'deletes a connection of another stack';
    if (policyOf(event) === 'retain') return 'deletes a connection that is to be retained';
    const other = this.users.find(({ arn, isLeaving, ...user }) => arn === input.ConnectionArn && !isLeaving && keyOf(user) !== keyOf(ids(event)));
    return other && `deletes the connection of ${keyOf(other)}`;
  }

  applied({ attempt: { event }, operation: { input, name } }: Call): void {
    switch (name) {
      case 'CreateConnection': {
        const { arn } = this.all.find((connection) => !this.known.has(connection.arn))!;
        this.known.set(arn, { creator: event.StackId, users: new Map(), isLeft: false });
        this.marked(arn, input.Tags.map(({ Key }: { Key: string }) => Key), event);
        break;
      }
      case 'TagResource':
        this.marked(input.ResourceArn, input.Tags.map(({ Key }: { Key: string }) => Key), event);
        break;
      case 'UntagResource':
        this.unmarked(input.ResourceArn, input.TagKeys, event);
    }
  }

  requested(request: LifecycleEvent): void {
    if (request.RequestType !== 'Delete') return;
    for (const user of this.users) user.isLeaving ||= isOf(user, request);
  }

  answered(request: LifecycleEvent, answer: Record<string, any> | undefined): undefined {
    const isSuccess = answer?.Status === 'SUCCESS';
    if (request.RequestType === 'Delete') {
      if (isSuccess) this.users = this.users.filter((user) => !isOf(user, request));
      if (isSuccess) this.givenUp.delete(keyOf(ids(request)));
      else this.givenUp.add(keyOf(ids(request)));
    } else if (isSuccess) {
      const user = { ...ids(request), arn: answer.PhysicalResourceId, isLeaving: false };
      this.users = [...this.users.filter((other) => other.arn !== user.arn || keyOf(other) !== keyOf(user)), user];
    }
  }

  /** What is wrong once all is quiet; of stacks that are stuck only what their users can rely on. */
  problems(isStuck: (stackId: string) => boolean): string[] {
    return [...this.users.flatMap((user) => this.problemOf(user) ?? []), ...this.all.flatMap((connection) => this.problemsWith(connection, isStuck))];
  }

  private problemOf(user: User): string | undefined {
    const connection = this.connections.find(user.arn);
    if (user.isLeaving || this.deletedByHand.has(user.arn)) return undefined;
    if (!connection) return `the connection of ${keyOf(user)} is gone`;
    const isMarked = [...this.known.get(user.arn)!.users].some(([key, event]) => connection.tags.has(key) && keyOf(ids(event)) === keyOf(user));
    return isMarked ? undefined : `${keyOf(user)} is not marked as a user of its connection`;
  }

  private problemsWith(connection: Connection, isStuck: (stackId: string) => boolean): string[] {
    const { arn, name, providerType, tags } = connection;
    const { isLeft, users } = this.known.get(arn)!;
    const problems: string[] = [];
    for (const key of tags.keys()) {
      if (!key.startsWith(USER_TAG)) continue;
      const user = ids(users.get(key)!);
      const isExcused = this.isExcused(user, isStuck);
      if (!isExcused && !this.users.some((other) => other.arn === arn && keyOf(other) === keyOf(user))) problems.push(`connection '${name}' is marked as used by ${keyOf(user)}, which does not have it`);
      const twin = this.all.find((other) => other.arn !== arn && other.name === name && other.providerType === providerType && other.tags.has(key));
      if (!isExcused && twin) problems.push(`${keyOf(user)} has two connections '${name}'`);
    }
    const isExcused = [...users.values()].some((event) => this.isExcused(ids(event), isStuck));
    if (!isLeft && !isExcused && !this.users.some((user) => user.arn === arn)) problems.push(`connection '${name}' to ${providerType} is an orphan`);
    return problems;
  }

  private isExcused(user: { stackId: string; logicalId: string }, isStuck: (stackId: string) => boolean): boolean {
    return isStuck(user.stackId) || this.givenUp.has(keyOf(user)) || this.bereft.has(keyOf(user));
  }

  private marked(arn: string, keys: string[], event: LifecycleEvent): void {
    for (const key of keys) if (key.startsWith(USER_TAG)) this.known.get(arn)!.users.set(key, event);
  }

  private unmarked(arn: string, keys: string[], event: LifecycleEvent): void {
    const known = this.known.get(arn)!;
    for (const key of keys) {
      if (!known.users.delete(key)) continue;
      if (policyOf(event) === 'retain') known.isLeft = true;
      // Its creator leaves it to whoever has adopted it, for good.
      if (event.StackId === known.creator && [...known.users.values()].some(({ StackId }) => StackId !== event.StackId)) known.isLeft = true;
    }
  }
}

function ids({ LogicalResourceId, StackId }: LifecycleEvent): { stackId: string; logicalId: string } {
  return { stackId: StackId, logicalId: LogicalResourceId };
}

function keyOf({ logicalId, stackId }: { stackId: string; logicalId: string }): string {
  return `${stackId.split('/').slice(1).join('/')}/${logicalId}`;
}

function isOf({ arn, ...user }: User, request: LifecycleEvent): boolean {
  return arn === request.PhysicalResourceId && keyOf(user) === keyOf(ids(request));
}

/** Of what goes: in an update that takes back another that nobody knows of, what that one wanted. */
function policyOf({ OldResourceProperties, RequestType, ResourceProperties }: LifecycleEvent): string {
  return (RequestType === 'Delete' ? ResourceProperties : OldResourceProperties)!.RemovalPolicy;
}
