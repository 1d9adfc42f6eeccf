/** How often each kind of step or fault occurs. 0 means never. */
export interface Mixture {
  readonly stacks: number;
  readonly serverTypes: number;
  readonly maxSteps: number;
  readonly faults: number;
  readonly duplicates: number;
  readonly hands: number;
  readonly together: number;
  readonly failures: number;
  /** Failures while other resources are still being created. */
  readonly cancelled: number;
  readonly secrets: number;
  /** Daily checks before the one at the end. */
  readonly dailyChecks: number;
  /** Connections that stacks create or adopt. */
  readonly connections: number;
  /** Extra weight of deaths among the faults. */
  readonly deaths: number;
  /** Extra weight of late or lost replies to writes. */
  readonly lostReplies: number;
  /** Extra weight of stale lists, lost events and frozen functions. */
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

/** A mixture in which only deployments fail. */
export const QUIET: Mixture = { ...EVERYTHING, faults: 0, duplicates: 0, hands: 0, cancelled: 0, connections: 0, dailyChecks: 0 };
