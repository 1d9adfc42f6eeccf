import { Checks } from './checks';
import { Labels } from './labels';
import { openWorld } from './open-world';
import { Player } from './player';
import type { Sequence } from './steps';
import { Story } from './story';
import { BUNDLE, type Decision } from '../../simulator';

export interface RunOptions {
  /** @default - the one that `npx projen bundle` has made */
  readonly bundle?: string;
  /** The handler of the next release, for sequences with both. @default - the same */
  readonly nextBundle?: string;
  /** Whether the story has every call and every line of the log. */
  readonly verbose?: boolean;
  /** Told of everything that a function asks for, and whether it may have it. @default - nobody is told */
  readonly onDecision?: (decision: Decision) => void;
}

export interface Outcome {
  /** What is wrong, if anything. */
  readonly violations: string[];
  /** What happened, a line a step; the last ones tell what is wrong. */
  readonly story: string[];
  readonly steps: number;
  readonly requests: number;
  /** The most calls that one run of a function took. */
  readonly mostCalls: number;
  /** By kind, those that hit something. */
  readonly faults: Record<string, number>;
  /** Ends that are documented to be possible, by kind. */
  readonly residuals: Record<string, number>;
}

/** The stack that has the next release in sequences with two. */
const NEXT = 'Beta';

/** Carries a sequence out, and holds what happens against the model after every step. */
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
