/** How often which kind of thing happens; 0 leaves it out. */
export interface Mixture {
  readonly stacks: number;
  readonly serverTypes: number;
  readonly maxSteps: number;
  readonly faults: number;
  readonly duplicates: number;
  readonly hands: number;
  readonly together: number;
  readonly failures: number;
  /** Failures that come while other resources are still being made. */
  readonly cancelled: number;
  readonly secrets: number;
  /** Daily checks, beside the one at the end. */
  readonly dailyChecks: number;
  /** Connections that stacks create or adopt. */
  readonly connections: number;
  /** How many more of the faults are deaths than of each other kind. */
  readonly deaths: number;
  /** How many more of the faults are late or lost replies of writes. */
  readonly lostReplies: number;
  /** How many more of the faults are stale lists, lost events and processes that stand still. */
  readonly drift: number;
}

export const EVERYTHING: Mixture = {
  stacks: 3,
  serverTypes: 3,
  maxSteps: 9,
  faults: 4,
  duplicates: 2,
  hands: 2,
  together: 3,
  failures: 3,
  cancelled: 3,
  secrets: 2,
  dailyChecks: 1,
  connections: 2,
  deaths: 0,
  lostReplies: 0,
  drift: 1,
};

/** The same where nothing goes wrong but a deploy. */
export const QUIET: Mixture = { ...EVERYTHING, faults: 0, duplicates: 0, hands: 0, cancelled: 0, connections: 0, dailyChecks: 0 };
