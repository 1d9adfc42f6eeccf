import type { Answer, Request } from './calls';
import { isSameCredential, Wanted } from './records';
import type { Operation, StackName } from './stories';

/** What CloudFormation needs from the rest of the model. */
export interface Surroundings {
  readonly clock: number;
  readonly hasCancellations: boolean;
  random(): number;
  /** Decides whether a fault occurs now. */
  fault(weight: number): boolean;
  /** Delivers a request to its stack's function after a delay. */
  deliver(request: Request, delay?: number, triesLeft?: number): void;
  rotate(secret: string, stack: StackName): void;
  importByHand(isToken: boolean): void;
  say(line: string): void;
}

/** A wait until a time, or until `isOver` returns true. */
export interface Wait {
  readonly until: number;
  readonly isOver?: () => boolean;
}

/** An existing resource. */
export interface Resource {
  readonly physicalId: string;
  wanted: Wanted;
  /** The first and the last second that may count as its deployment. */
  from: number;
  to: number;
}

interface Stack {
  exists: boolean;
  readonly resources: Map<string, Resource>;
}

interface Exchange extends Answer {
  readonly sentAt: number;
  readonly isAnswered: boolean;
}

type Steps<T> = Generator<Wait, T, void>;

/** Pause in seconds before an operation, so that a stack's operations start in different seconds. */
const PAUSE = 1.2;
const LONGEST_REQUEST = 600;
const TRIES = 3;

/** Turns the operations of stacks into requests. */
export class CloudFormation {
  /** Whether a stack is stuck, so that it is unknown what its resources want. */
  isStuck = false;
  /** Whether a deployment has failed. */
  hasFailures = false;
  private readonly stacks = new Map<StackName, Stack>();
  private readonly answers = new Map<string, Answer>();
  private numbers = 0;

  constructor(private readonly world: Surroundings) {}

  get resources(): Resource[] {
    return [...this.stacks.values()].flatMap(({ resources }) => [...resources.values()]);
  }

  exists(stack: StackName): boolean {
    return this.stacks.get(stack)?.exists === true;
  }

  answered({ requestId }: Request, answer: Answer): void {
    if (!this.answers.has(requestId)) this.answers.set(requestId, answer);
  }

  *play(stack: StackName, operations: readonly Operation[]): Steps<void> {
    this.stacks.set(stack, { exists: true, resources: new Map() });
    for (const operation of operations) {
      yield { until: this.world.clock + Math.max(PAUSE, operation.afterSeconds) };
      switch (operation.kind) {
        case 'deploy':
          yield* this.deploy(stack, operation);
          break;
        case 'rotate':
          this.world.rotate(operation.secret, stack);
          break;
        case 'importByHand':
          this.world.importByHand(operation.isToken);
          break;
        case 'destroy': return yield* this.destroy(stack);
      }
    }
  }

  *destroy(stack: StackName): Steps<void> {
    const { resources } = this.stacks.get(stack)!;
    for (const [name, { physicalId, wanted }] of resources) {
      resources.delete(name);
      yield* this.delete(stack, name, physicalId, wanted);
    }
    // CloudFormation deletes the function a while later.
    yield { until: this.world.clock + 1 + this.world.random() * 20 };
    this.stacks.get(stack)!.exists = false;
    this.world.say(`${stack} is deleted`);
  }

  private *deploy(stack: StackName, operation: Extract<Operation, { kind: 'deploy' }>): Steps<void> {
    const { resources } = this.stacks.get(stack)!;
    const [current] = resources;
    if (!current) return void (yield* this.create(stack, operation));
    const [name, resource] = current;
    if (!operation.isRenamed) return yield* this.update(stack, name, resource, operation);
    if (!(yield* this.create(stack, operation))) return;
    resources.delete(name);
    yield* this.delete(stack, name, resource.physicalId, resource.wanted);
  }

  /** Returns whether the deployment succeeds. */
  private *create(stack: StackName, { isRolledBack, shouldOverwrite, wanted }: Extract<Operation, { kind: 'deploy' }>): Steps<boolean> {
    const name = `R${this.numbers++}`;
    const { isSuccess, physicalId, sentAt } = yield* this.send({ type: 'Create', stack, resource: name, wanted, shouldOverwrite });
    if (isSuccess && !isRolledBack) {
      this.stacks.get(stack)!.resources.set(name, { physicalId, wanted, from: sentAt, to: sentAt });
      return true;
    }
    this.hasFailures = true;
    yield* this.delete(stack, name, physicalId, wanted);
    return false;
  }

  private *update(stack: StackName, name: string, resource: Resource, { isRolledBack, wanted }: Extract<Operation, { kind: 'deploy' }>): Steps<void> {
    const { physicalId } = resource;
    const { isAnswered, isSuccess, sentAt } = yield* this.send({ type: 'Update', stack, resource: name, physicalId, wanted, shouldOverwrite: true });
    const isSame = isSameCredential(wanted, resource.wanted);
    if (isSuccess && !isRolledBack) {
      // An Update that leaves the credential as it is does not count as a deployment.
      if (!isSame) Object.assign(resource, { wanted, from: sentAt, to: sentAt });
      return;
    }
    this.hasFailures = true;
    for (let number = 0; number < TRIES; number++) {
      const back = yield* this.send({ type: 'Update', stack, resource: name, physicalId, wanted: resource.wanted, shouldOverwrite: true });
      // The rollback of an Update that succeeded, or may have succeeded, counts as a deployment.
      const mayCount = !isSame && (isSuccess || !isAnswered || number > 0 || !back.isAnswered);
      if (mayCount) resource.to = Math.max(resource.to, back.sentAt);
      if (back.isSuccess) return;
    }
    this.isStuck = true;
  }

  private *delete(stack: StackName, name: string, physicalId: string, wanted: Wanted): Steps<void> {
    for (let number = 0; number < TRIES; number++) {
      const { isSuccess } = yield* this.send({ type: 'Delete', stack, resource: name, physicalId, wanted, shouldOverwrite: true });
      if (isSuccess) return;
    }
    this.isStuck = true;
  }

  private *send(fields: Omit<Request, 'requestId' | 'sentAt'>): Steps<Exchange> {
    const { world } = this;
    // Request ids have no order.
    const requestId = `${Math.floor(world.random() * 0xffff).toString(16)}-${this.numbers++}`;
    const request: Request = { ...fields, requestId, sentAt: Math.floor(world.clock) };
    world.say(`CloudFormation sends ${JSON.stringify(request)}`);
    world.deliver(request);
    if (world.fault(2)) world.deliver(request, world.random() * (world.random() < 0.5 ? 4 : 450), 0);
    const isCancelled = request.type !== 'Delete' && world.hasCancellations && world.random() < 0.1;
    const until = world.clock + (isCancelled ? world.random() * 4 : LONGEST_REQUEST);
    yield { until, isOver: () => this.answers.has(requestId) };
    const answer = this.answers.get(requestId) ?? { isSuccess: false, physicalId: request.physicalId ?? `made up/${requestId}` };
    const isAnswered = this.answers.has(requestId);
    // CloudFormation ignores a late answer to a cancelled request.
    if (!isAnswered) this.answers.set(requestId, answer);
    if (!isAnswered) world.say(`CloudFormation ${isCancelled ? 'cancels' : 'gives up'} ${requestId}`);
    return { ...answer, sentAt: request.sentAt, isAnswered };
  }
}
