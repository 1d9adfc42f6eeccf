import { Principal } from './authorization';
import { ServiceError } from './service-error';
import { ServiceModel } from './service-model';
import { Violation } from './validation';

/** One request whose signature and input have been checked. */
export interface Call {
  readonly principal: Principal;
  readonly region: string;
}

export interface Service {
  readonly model: ServiceModel;
  /** By name. The input has been checked against the model, which is what makes the cast to `Input` good. */
  readonly operations: Record<string, (input: any, call: Call) => object>;
  /** The error for an input that breaks the model. */
  invalidInput(violations: Violation[]): ServiceError;
}
