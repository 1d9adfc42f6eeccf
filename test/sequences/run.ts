import { Checks } from './checks';
import { Labels } from './labels';
import { openWorld } from './open-world';
import { Player } from './player';
import type { Sequence } from './steps';
import { Story } from './story';
import { BUNDLE, type Decision } from '../../simulator';

export interface RunOptions {
  /** @default - the bundle that `npx projen bundle` built */
  readonly bundle?: string;
  /** The handler of the next release, for sequences with both releases. @default - `bundle` */
  readonly nextBundle?: string;
  /** Whether the story contains every call and every log line. */
  readonly verbose?: boolean;
  /** Called with each decision of IAM. @default - none */
  readonly onDecision?: (decision: Decision) => void;
}

export interface Outcome {
  /** What is wrong. */
  readonly violations: string[];
  /** What happened, one line per step. The last lines say what is wrong. */
  readonly story: string[];
  readonly steps: number;
  readonly requests: number;
  /** The largest number of calls of one run of a function. */
  readonly mostCalls: number;
  /** Number of faults that affected a call or an event, by kind. */
  readonly faults: Record<string, number>;
  /** Number of documented residuals, by name. */
  readonly residuals: Record<string, number>;
}

/** The stack that uses the next release in sequences with two releases. */
const NEXT = 'Beta';

/** Plays a sequence, and compares the result of each step with the model. */
export async function run(sequence: Sequence, options: RunOptions = {}): Promise<Outcome> {
  const { bundle = BUNDLE, nextBundle = bundle, onDecision, verbose = false } = options;
  const { hasSkewedClocks = false, isMixed, latencyMs = 35, order, propagationMs, seed } = sequence;
  const bundleOf = (stackName: string) => isMixed && stackName === NEXT ? nextBundle : bundle;
  const world = openWorld({ bundleOf, order, propagationMs, seed, latencyMs, hasSkewedClocks });
  const story = new Story(verbose);
  const labels = new Labels(world.region);
  const checks = new Checks(world, labels, story);
  world.observer = checks;
  world.iam.onDecision = (decision) => {
    checks.permissions.decided(decision);
    onDecision?.(decision);
  };
  let steps = 0;
  try {
    steps = await new Player(sequence, world, labels, checks, story).play();
  } catch (error) {
    checks.violations.push(`the test itself failed: ${(error as Error).stack}`);
  }
  world.close();
  const { faults, mostCalls, requests, residuals, violations } = checks;
  const lines = [...story.lines, ...violations.map((text) => `   VIOLATION: ${text}`)];
  return { violations, story: lines, steps, requests, mostCalls, faults, residuals };
}
