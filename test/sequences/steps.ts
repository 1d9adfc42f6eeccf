import type { ConnectionEdit, ConnectionStep, UseConnection } from './connection-steps';
import type { AuthType, Declared, LogicalId, ServerType } from './templates';
import type { Fault, Order } from '../../simulator';

export const STACKS = ['Alpha', 'Beta', 'Gamma'] as const;
export type StackName = typeof STACKS[number];

/** How an app's code changes before a deploy. The n-th credential is counted round, so that every number fits every app. */
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
  /** Another resource fails: when all else is done, or so many milliseconds after the beginning. */
  readonly failure?: 'last' | number;
}

export interface Destroy {
  readonly kind: 'destroy';
  readonly stack: StackName;
}

export type Operation = Deploy | Destroy;

/** Two stacks at once, or one after the other. */
interface Together {
  readonly kind: 'together';
  readonly operations: readonly [Operation, Operation];
  readonly apartMs: number;
}

/** A credential moves to another stack: the two are deployed at once (0), or first the new one (1), or first the old one (-1). */
interface Move {
  readonly kind: 'move';
  readonly from: StackName;
  readonly to: StackName;
  readonly nth: number;
  readonly order: -1 | 0 | 1;
  readonly apartMs: number;
}

/** A secret gets a new value, loses what is of use in it, gets it back; is scheduled for deletion, is restored. */
interface ChangeSecret {
  readonly kind: 'rotate' | 'spoil' | 'repair' | 'hide' | 'show';
  readonly number: number;
  readonly during?: Operation;
  readonly besides?: Operation;
  readonly afterMs: number;
}

/** The schedule of every stack's rule comes due. */
interface DailyCheck {
  readonly kind: 'dailyCheck';
  readonly during?: Operation;
  readonly afterMs: number;
}

/** What a person does in the console, or with a native resource. */
export type ByHand =
  | { readonly kind: 'importByHand'; readonly serverType: ServerType; readonly authType: 'PERSONAL_ACCESS_TOKEN' | 'OAUTH' }
  | { readonly kind: 'deleteByHand'; readonly serverType: ServerType }
  /** The record of the n-th owner. */
  | { readonly kind: 'deleteRecord'; readonly serverType: ServerType; readonly nth: number };

export type Step = { readonly faults?: readonly Fault[]; readonly twiceAfterMs?: number } & (
  | Operation
  | ConnectionStep
  | Together
  | Move
  | ChangeSecret
  | DailyCheck
  | ByHand
  /** An event that was delivered before is delivered once more. */
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
  /** Whether the stack Beta has the next release, which writes records of a newer format. */
  readonly isMixed?: boolean;
}
