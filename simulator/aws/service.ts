import { Principal } from './authorization';
import { ServiceError } from './service-error';
import { ServiceModel } from './service-model';
import { Violation } from './validation';

/** What a list shows instead of the current state: the state before the last write, or an empty page with a next token. */
export type Disturbance = 'stale' | 'emptyPage';

/** One request whose signature and input have been checked. */
export interface Call {
  readonly principal: Principal;
  readonly region: string;
  /** Only affects lists of Parameter Store. */
  readonly disturbance?: Disturbance;
}

export interface Service {
  readonly model: ServiceModel;
  /** The operations by name. Their input has been checked against the model, which makes the cast to its type safe. */
  readonly operations: Record<string, (input: any, call: Call) => object>;
  /** The error for an input that violates the model. */
  invalidInput(violations: Violation[]): ServiceError;
}
