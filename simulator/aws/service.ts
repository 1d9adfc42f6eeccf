import { Principal } from './authorization';
import { ServiceError } from './service-error';
import { ServiceModel } from './service-model';
import { Violation } from './validation';

/** What a list shows in place of the present state: the one before the last write, or nothing yet and a token to go on with. */
export type Disturbance = 'stale' | 'emptyPage';

/** One request whose signature and input have been checked. */
export interface Call {
  readonly principal: Principal;
  readonly region: string;
  /** Only lists of Parameter Store heed it. */
  readonly disturbance?: Disturbance;
}

export interface Service {
  readonly model: ServiceModel;
  /** By name. The input has been checked against the model, which is what makes the cast to `Input` good. */
  readonly operations: Record<string, (input: any, call: Call) => object>;
  /** The error for an input that breaks the model. */
  invalidInput(violations: Violation[]): ServiceError;
}
