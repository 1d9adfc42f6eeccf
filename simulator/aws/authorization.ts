import { ServiceError } from './service-error';

/** A caller and the permissions of its policies. */
export interface Principal {
  readonly account: string;
  readonly arn: string;
  isAllowed(request: AuthorizationRequest): boolean;
}

/** A request to authorize, in terms of the Service Authorization Reference. */
export interface AuthorizationRequest {
  readonly action: string;
  readonly resource: string;
  /** The service's condition keys that have a value in this request. */
  readonly context: Record<string, string | readonly string[]>;
}

/** Throws unless the principal's policies allow the request. */
export function authorize(principal: Principal, request: AuthorizationRequest): void {
  if (!principal.isAllowed(request)) throw accessDenied(principal, request, 'identity');
}

/** Returns the error. Its text names the kind of policy that is missing: the caller's, or the resource's (C). */
export function accessDenied(principal: Principal, request: AuthorizationRequest, policy: 'identity' | 'resource'): ServiceError {
  return new ServiceError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${request.action} on resource: ${request.resource}` +
    ` because no ${policy}-based policy allows the ${request.action} action`,
  );
}

/** Returns the condition keys that have a value. */
export function contextOf(keys: Record<string, unknown>): Record<string, string> {
  const present = Object.entries(keys).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([key, value]) => [key, String(value)]));
}
