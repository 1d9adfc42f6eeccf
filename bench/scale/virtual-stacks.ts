import { App, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Attempt, BUNDLE, Call, Template, World } from '../../simulator';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/** The activity of the functions of all stacks. */
export interface Cost {
  /** Requests to AWS by operation, without further pages of lists and throttled requests. */
  readonly requests: ReadonlyMap<string, number>;
  readonly furtherPages: number;
  readonly throttled: number;
  /** Number of starts of functions. */
  readonly invocations: number;
  /** Number of starts that ended with an error. */
  readonly failures: number;
  /** The longest time from a request of CloudFormation to its answer. Undefined without a request. */
  readonly longestSeconds?: number;
  /** The time until all functions were idle. */
  readonly totalSeconds: number;
}

/** Pause between operations. The next one then begins in another second, as with CloudFormation. */
const PAUSE_MS = 2_000;

/**
 * An account with stacks that own the credential of one server type, each with its own secret, with AWS's
 * quotas. It runs in this process with a virtual clock, which does not include the handler's CPU time.
 */
export class VirtualStacks {
  private readonly world: World;
  private calls: Call[] = [];
  private sent = 0;
  private attempts: Attempt[] = [];
  private readonly sentAt = new Map<string, number>();
  private longestMs?: number;
  private endedAt = 0;

  /** `latencyMs` is the maximum network latency of a call in each direction. */
  constructor(count: number, latencyMs: number, readonly names = Array.from({ length: count }, (_, index) => `Stack${index + 1}`)) {
    this.world = new World({ bundleOf: () => BUNDLE, hasSkewedClocks: false, latencyMs, order: 'parallel', propagationMs: 0, seed: 1 });
    const nothing = () => undefined;
    this.world.observer = {
      fault: nothing,
      givenUp: nothing,
      log: nothing,
      apply: () => { this.sent += 1; },
      applied: (call) => void this.calls.push(call),
      attempt: (attempt) => {
        this.attempts.push(attempt);
        this.endedAt = this.world.clock.now();
      },
      requested: ({ RequestId }) => void this.sentAt.set(RequestId, this.world.clock.now()),
      exchange: ({ RequestId }) => {
        this.longestMs = Math.max(this.longestMs ?? 0, this.world.clock.now() - this.sentAt.get(RequestId)!);
      },
    };
    this.names.forEach((name) => this.world.region.secrets.create({ name: secretName(name), value: tokenOf(name, 0) }));
  }

  /** Does something with each of these stacks at once, and waits until all resulting events are handled. */
  async atOnce(names: readonly string[], act: (name: string) => Promise<void> | void): Promise<Cost> {
    const { clock } = this.world;
    [this.calls, this.sent, this.attempts, this.longestMs] = [[], 0, [], undefined];
    let startedAt = 0;
    await clock.run((async () => {
      await clock.sleep(PAUSE_MS);
      startedAt = clock.now();
      await Promise.all(names.map(act));
      await this.world.idle();
    })());
    return this.cost(startedAt);
  }

  async deploy(name: string): Promise<void> {
    await this.world.deploy(name, templateOf(name));
  }

  async destroy(name: string): Promise<void> {
    await this.world.destroy(name);
  }

  /** Gives the stack's secret a new value. */
  rotate(name: string): void {
    this.world.region.secrets.put(secretName(name), tokenOf(name, this.world.clock.now()));
  }

  /** Turns throttling off. */
  liftQuotas(): void {
    this.world.region.quotas.lift();
  }

  /** Returns how many stacks have this status. Undefined means deleted. */
  count(status: string | undefined): number {
    return this.names.filter((name) => this.world.status(name) === status).length;
  }

  close(): void {
    this.world.close();
  }

  private cost(startedAt: number): Cost {
    const requests = new Map<string, number>();
    const furtherPages = this.calls.filter(isFurtherPage).length;
    for (const { operation: { name } } of this.calls.filter((call) => !isFurtherPage(call) && call.operation.name !== 'PutAnswer')) {
      requests.set(name, (requests.get(name) ?? 0) + 1);
    }
    const answered = this.attempts.reduce((sum, { calls }) => sum + calls, 0);
    return {
      requests,
      furtherPages,
      throttled: this.sent - answered - furtherPages,
      invocations: this.attempts.length,
      failures: this.attempts.filter(({ end }) => end !== 'returned').length,
      longestSeconds: this.longestMs === undefined ? undefined : this.longestMs / 1_000,
      totalSeconds: (this.endedAt - startedAt) / 1_000,
    };
  }
}

/** Returns the number of requests of all operations. */
export function requestsOf({ requests }: Cost): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0);
}

function secretName(stackName: string): string {
  return `ci/${stackName}`;
}

function tokenOf(stackName: string, at: number): string {
  return JSON.stringify({ token: `token-of-${stackName}-at-${at}` });
}

/** Returns the stack's template. Only the name of the secret differs between stacks. */
function templateOf(stackName: string): Template {
  synthesized ??= JSON.stringify(synthesize());
  return JSON.parse(synthesized.replaceAll(secretName('Placeholder'), secretName(stackName)));
}

let synthesized: string | undefined;

function synthesize(): Template {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  const secret = Secret.fromSecretNameV2(stack, 'Secret', secretName('Placeholder'));
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret, { jsonField: 'token' }) });
  return app.synth().getStackByName('Stack').template;
}

function isFurtherPage({ operation: { input } }: Call): boolean {
  return input?.NextToken !== undefined;
}
