import type { ConnectionEdit, ConnectionStep, UseConnection } from './connection-steps';
import type { AuthType, Declared, LogicalId, ServerType } from './templates';
import type { Fault, Order } from '../../simulator';

export const STACKS = ['Alpha', 'Beta', 'Gamma'] as const;
export type StackName = typeof STACKS[number];

/** A change to an app's code before a deploy. `nth` wraps around, so that every number fits every app. */
export type Edit =
  | ConnectionEdit
  | UseConnection
  | { readonly kind: 'put' } & Declared
  | { readonly kind: 'remove'; readonly nth: number }
  | { readonly kind: 'rename'; readonly nth: number; readonly logicalId: LogicalId }
  | { readonly kind: 'serverType'; readonly nth: number; readonly serverType: ServerType }
  | { readonly kind: 'source'; readonly nth: number; readonly authType: AuthType; readonly number: number };

export interface Deploy {
  readonly kind: 'deploy';
  readonly stack: StackName;
  readonly edits: readonly Edit[];
  /** When another resource fails: after all others, or so many milliseconds after the start. */
  readonly failure?: 'last' | number;
}

export interface Destroy {
  readonly kind: 'destroy';
  readonly stack: StackName;
}

export type Operation = Deploy | Destroy;

/** Operations on two stacks at once. Two on the same stack run one after the other. */
interface Together {
  readonly kind: 'together';
  readonly operations: readonly [Operation, Operation];
  readonly apartMs: number;
}

/** Moves a credential to another stack. Deploys both at once (0), the new stack first (1), or the old stack first (-1). */
interface Move {
  readonly kind: 'move';
  readonly from: StackName;
  readonly to: StackName;
  readonly nth: number;
  readonly order: -1 | 0 | 1;
  readonly apartMs: number;
}

/** A secret gets a new value, loses its token, gets a token again, is scheduled for deletion, or is restored. */
interface ChangeSecret {
  readonly kind: 'rotate' | 'spoil' | 'repair' | 'hide' | 'show';
  readonly number: number;
  readonly during?: Operation;
  readonly besides?: Operation;
  readonly afterMs: number;
}

/** The daily check of every stack. */
interface DailyCheck {
  readonly kind: 'dailyCheck';
  readonly during?: Operation;
  readonly afterMs: number;
}

/** A change that a person makes in the console, or with a native resource. */
export type ByHand =
  | { readonly kind: 'importByHand'; readonly serverType: ServerType; readonly authType: 'PERSONAL_ACCESS_TOKEN' | 'OAUTH' }
  | { readonly kind: 'deleteByHand'; readonly serverType: ServerType }
  /** Deletes the record of the n-th owner. */
  | { readonly kind: 'deleteRecord'; readonly serverType: ServerType; readonly nth: number };

export type Step = { readonly faults?: readonly Fault[]; readonly twiceAfterMs?: number } & (
  | Operation
  | ConnectionStep
  | Together
  | Move
  | ChangeSecret
  | DailyCheck
  | ByHand
  /** Lambda delivers an earlier request again. */
  | { readonly kind: 'redeliver'; readonly back: number }
  | { readonly kind: 'wait'; readonly milliseconds: number });

export interface Sequence {
  readonly order: Order;
  readonly propagationMs: number;
  readonly seed: number;
  readonly steps: readonly Step[];
  /** @default 35 */
  readonly latencyMs?: number;
  /** @default false */
  readonly hasSkewedClocks?: boolean;
  /** Whether the stack Beta uses the next release, which writes records of a newer format. */
  readonly isMixed?: boolean;
}
