import { Aws, valueOf } from './aws';
import { Answer, Call, Process, Request, Steps } from './calls';
import { Checks } from './checks';
import { CloudFormation, Surroundings, Wait } from './cloudformation';
import { Failure, LostReply } from './failure';
import type * as protocol from './protocol';
import { StackName, STACKS, Story } from './stories';
import { randomFrom } from '../../simulator';

export type Protocol = Pick<typeof protocol, 'handle' | 'restore' | 'runDailyCheck'>;

export interface Outcome {
  readonly violations: readonly string[];
  /** Documented results that break a guarantee. */
  readonly residuals: readonly string[];
  /** What happened, one line per call. Empty unless verbose. */
  readonly trace: readonly string[];
  readonly mostCalls: number;
}

/** Maximum age of a request in Lambda's queue, in seconds. */
const LONGEST_AGE = 450;
const DAY = 90_000;
const MOST_SKEW = 240;
/** Maximum number of steps. A story with more never ends. */
const LONGEST_STORY = 6_000;

/** Something that runs concurrently: a run of a function, or the people of a stack with CloudFormation. */
interface Actor {
  /** When it continues. */
  wake: number;
  /** Returns whether it may continue earlier. */
  isDue?(): boolean;
  /** Takes the next step. Returns whether more steps follow. */
  resume(): boolean;
}

interface Start {
  readonly title: string;
  readonly stack: StackName;
  readonly request?: Request;
  readonly triesLeft: number;
  readonly delay: number;
  work(process: Process): Steps<void>;
}

/** Plays a story. Each call of each process is one step. The seed determines the order of the steps, and the faults. */
export class World implements Surroundings {
  readonly random: () => number;
  clock = 1_000;
  private readonly aws = new Aws();
  private readonly cloudFormation: CloudFormation;
  private readonly checks: Checks;
  private readonly trace: string[] = [];
  private readonly actors: Actor[] = [];
  private readonly skews = new Map<string, number>();
  private faultsLeft: number;
  private isFaultless = true;

  constructor(private readonly story: Story, private readonly protocol: Protocol, private readonly isVerbose: boolean) {
    this.random = randomFrom(story.seed);
    this.faultsLeft = story.maxFaults;
    for (const stack of STACKS) this.skews.set(stack, story.hasSkewedClocks ? (this.random() * 2 - 1) * MOST_SKEW : 0);
    this.cloudFormation = new CloudFormation(this);
    this.checks = new Checks(this.aws, this.cloudFormation, (line) => this.say(line));
  }

  get hasCancellations(): boolean {
    return this.story.hasCancellations;
  }

  play(): Outcome {
    const { checks, story: { before, stacks } } = this;
    if (before) this.importByHand(before === 'token');
    for (const stack of STACKS) if (stacks[stack]) this.actors.push(stackActor(this.cloudFormation.play(stack, stacks[stack])));
    this.runUntilIdle();
    checks.checkIdle(this.clock, this.isFaultless ? undefined : 'a fault');

    this.faultsLeft = 0;
    this.clock += DAY;
    this.say('a day later, the daily check of every stack');
    this.existing.forEach((stack) => this.checkDaily(stack));
    this.runUntilIdle();
    checks.checkIdle(this.clock);

    this.say('every stack is destroyed');
    this.existing.forEach((stack) => this.actors.push(stackActor(this.cloudFormation.destroy(stack))));
    this.runUntilIdle();
    checks.checkIdle(this.clock);
    const { mostCalls, residuals, violations } = checks;
    return { violations: this.cloudFormation.isStuck ? [] : violations, residuals: [...residuals], trace: this.trace, mostCalls };
  }

  /** Decides at random whether a fault occurs now, while faults are left. */
  fault(weight: number): boolean {
    if (this.faultsLeft === 0 || this.random() >= this.story.faults * weight) return false;
    this.faultsLeft -= 1;
    this.isFaultless = false;
    return true;
  }

  say(line: string): void {
    if (this.isVerbose) this.trace.push(`${this.clock.toFixed(1)} ${line}`);
  }

  deliver(request: Request, delay = 0, triesLeft = 2): void {
    this.start({
      title: `${request.type} ${request.requestId}`,
      stack: request.stack as StackName,
      request,
      triesLeft,
      delay,
      work: (process) => this.protocol.handle(request, process),
    });
  }

  rotate(secret: string, stack: StackName): void {
    this.aws.rotate(secret);
    this.say(`${secret} is rotated`);
    if (!this.fault(1)) this.restore(stack, this.random() * 3);
  }

  importByHand(isToken: boolean): void {
    // Only into an empty CodeBuild: a daily check would overwrite an import over an owner's credential.
    if (this.aws.held) return;
    this.aws.held = { fingerprint: isToken ? 'a token' : 'OAuth', value: 'by hand', isByHand: true };
    this.checks.importedByHand(this.clock);
    this.say(`a person imports ${this.aws.held.fingerprint}`);
  }

  private checkDaily(stack: StackName): void {
    this.start({ title: 'daily check', stack, triesLeft: 2, delay: 0, work: (process) => this.protocol.runDailyCheck(process) });
  }

  private restore(stack: StackName, delay: number): void {
    this.start({ title: 'event', stack, triesLeft: 2, delay, work: (process) => this.protocol.restore(process) });
  }

  /** Runs until no actor is left. */
  private runUntilIdle(): void {
    for (let steps = 0; this.actors.length > 0; steps++) {
      if (steps > LONGEST_STORY) throw new Error('the story never ends');
      const ready = this.actors.filter((actor) => actor.wake <= this.clock || actor.isDue?.() === true);
      if (ready.length === 0) {
        this.clock = Math.min(...this.actors.map(({ wake }) => wake));
        continue;
      }
      const actor = ready[Math.floor(this.random() * ready.length)];
      this.clock += this.random() * 0.3;
      if (!actor.resume()) this.actors.splice(this.actors.indexOf(actor), 1);
    }
  }

  private get existing(): StackName[] {
    return STACKS.filter((stack) => this.cloudFormation.exists(stack));
  }

  /** Starts a run of a stack's function. Each call is one step. */
  private start(start: Start): void {
    const { request, stack, title, work } = start;
    const process: Process = { stack, now: () => this.clock + this.skews.get(stack)! };
    let steps: Steps<void> | undefined;
    let call: Call;
    let calls = 0;
    const proceed = ({ done, value }: IteratorResult<Call, void>) => {
      if (!done) call = value;
      return !done;
    };
    const die = () => {
      this.say(`${stack}'s ${title} dies`);
      const delay = this.random() * (this.random() < 0.5 ? 5 : 150);
      if (start.triesLeft > 0) this.start({ ...start, triesLeft: start.triesLeft - 1, delay });
      return false;
    };
    const resume = (): boolean => {
      if (!this.cloudFormation.exists(stack)) return false;
      if (!steps) {
        if (request && this.clock > request.sentAt + LONGEST_AGE) return false;
        steps = work(process);
        return proceed(steps.next());
      }
      if (this.fault(0.15)) {
        actor.wake = this.clock + this.random() * 40;
        this.say(`${stack}'s ${title} freezes`);
        return true;
      }
      if (this.fault(0.5)) return die();
      calls += 1;
      this.checks.called(calls);
      const end = this.carryOut(call, start);
      if (this.fault(0.5)) return die();
      if (call.name === 'pause') actor.wake = this.clock + call.seconds;
      try {
        return proceed('error' in end ? steps.throw(end.error) : steps.next(end.result));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return die();
      }
    };
    const actor: Actor = { wake: this.clock + start.delay, resume };
    this.actors.push(actor);
  }

  /** Carries out a call. The reply may get lost, whether or not the call was carried out. */
  private carryOut(call: Call, { request, stack, title }: Start): { result: unknown } | { error: Failure } {
    const isLost = call.name !== 'pause' && this.fault(0.4);
    const isCarriedOut = !isLost || this.random() < 0.5;
    this.say(`${stack}'s ${title}: ${isCarriedOut ? '' : 'not carried out: '}${describe(call)}${isLost ? ', the reply is lost' : ''}`);
    try {
      const result = isCarriedOut ? this.apply(call, request) : undefined;
      return isLost ? { error: new LostReply() } : { result };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { error };
    }
  }

  private apply(call: Call, request: Request | undefined): unknown {
    this.checks.apply(call, request, this.clock);
    switch (call.name) {
      case 'list': return this.fault(1) ? this.aws.staleRecords(this.clock, this.random()) : this.aws.carryOut(call, this.clock);
      case 'requestRestore': return this.requestRestore(call.stack as StackName);
      case 'answer': return this.answered(call.request, call.answer);
      default: return this.aws.carryOut(call, this.clock);
    }
  }

  /** Sends an event to a stack, which may get lost. */
  private requestRestore(stack: StackName): void {
    if (this.cloudFormation.exists(stack) && !this.fault(0.5)) this.restore(stack, this.random() * 2);
  }

  private answered(request: Request, answer: Answer): void {
    this.checks.answered(request, answer);
    this.cloudFormation.answered(request, answer);
  }
}

/** Creates the actor for the people of a stack and CloudFormation. */
function stackActor(steps: Generator<Wait, void, void>): Actor {
  const actor: Actor = {
    wake: 0,
    resume: () => {
      const { done, value } = steps.next();
      if (done) return false;
      actor.wake = value.until;
      actor.isDue = value.isOver;
      return true;
    },
  };
  return actor;
}

function describe(call: Call): string {
  switch (call.name) {
    case 'put': return `put ${call.parameter} ${JSON.stringify(call.value)}`;
    case 'remove': return `remove ${call.parameter}`;
    case 'import': return `import ${valueOf(call.wanted, call.version)}`;
    case 'requestRestore': return `request restore by ${call.stack}`;
    case 'answer': return `answer ${call.answer.isSuccess ? 'SUCCESS' : 'FAILED'} ${call.answer.physicalId}`;
    default: return call.name;
  }
}

export function play(story: Story, protocol: Protocol, isVerbose = false): Outcome {
  return new World(story, protocol, isVerbose).play();
}
