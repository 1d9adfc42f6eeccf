import type { Service } from './service';
import { ServiceError } from './service-error';
import { signingName } from './service-model';

/**
 * The requests per second of an account in a region. AWS counts for each account and region (C). That the burst is
 * limited to one second's quota is a guess (I).
 */
export interface Rates {
  /** GetParametersByPath: 40, shared with the account's other reads (C: AWS's page of endpoints and quotas). */
  readonly parameterReads: number;
  /** PutParameter: 3, according to AWS's support (M: github-aws-runners/terraform-aws-github-runner #2944). No page documents it. */
  readonly parameterPuts: number;
  /** DeleteParameter: 5 (M: github-aws-runners/terraform-aws-github-runner #5243). */
  readonly parameterDeletes: number;
  /** Each of CodeBuild's operations on source credentials: 10. Neither documented nor measured (I). */
  readonly sourceCredentials: number;
  /** Each of CodeConnections' operations: 10. Neither documented nor measured (I). */
  readonly connections: number;
}

export const DEFAULT_RATES: Rates = { parameterReads: 40, parameterPuts: 3, parameterDeletes: 5, sourceCredentials: 10, connections: 10 };

/** Returns the rate of an operation, and its token bucket. */
function bucketOf(service: string, operation: string): { readonly rate: keyof Rates; readonly bucket: string } | undefined {
  switch (service) {
    case 'ssm':
      if (operation === 'PutParameter') return { rate: 'parameterPuts', bucket: 'parameterPuts' };
      if (operation === 'DeleteParameter') return { rate: 'parameterDeletes', bucket: 'parameterDeletes' };
      return { rate: 'parameterReads', bucket: 'parameterReads' };
    case 'codebuild':
      return { rate: 'sourceCredentials', bucket: operation };
    case 'codeconnections':
    case 'codestar-connections':
      return { rate: 'connections', bucket: operation };
    default:
      // Secrets Manager and EventBridge accept thousands of requests per second (C).
      return undefined;
  }
}

/** The request quotas of an account in a region. They are off until `enforce` is called. */
export class Quotas {
  private rates?: Rates;
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(private readonly now: () => number) {}

  /** Starts to refuse requests beyond the rates. Missing rates have AWS's defaults. */
  enforce(rates: Partial<Rates> = {}): void {
    this.rates = { ...DEFAULT_RATES, ...rates };
    this.buckets.clear();
  }

  /** Stops refusing requests. */
  lift(): void {
    this.rates = undefined;
  }

  /** Returns whether a request is admitted now, and counts it if so. */
  admits(service: string, operation: string): boolean {
    const quota = bucketOf(service, operation);
    if (!this.rates || !quota) return true;
    const rate = this.rates[quota.rate];
    const now = this.now();
    const { at, tokens } = this.buckets.get(quota.bucket) ?? { tokens: rate, at: now };
    const available = Math.min(rate, tokens + rate * (now - at) / 1000);
    const isAdmitted = available >= 1;
    this.buckets.set(quota.bucket, { tokens: available - (isAdmitted ? 1 : 0), at: now });
    return isAdmitted;
  }
}

/** Adds the callers' quotas to a service. It checks them before permissions (I). */
export function withQuotas(service: Service, regions: { get(account: string, name: string): { readonly quotas: Quotas } }): Service {
  const name = signingName(service.model);
  const operations = Object.entries(service.operations).map(([operation, run]): [string, typeof run] => [operation, (input, call) => {
    if (!regions.get(call.principal.account, call.region).quotas.admits(name, operation)) throw throttled();
    return run(input, call);
  }]);
  return { ...service, operations: Object.fromEntries(operations) };
}

/** Returns the error of a throttled request: (C) for Parameter Store and CodeBuild, (I) for the others. */
export function throttled(): ServiceError {
  return new ServiceError('ThrottlingException', 'Rate exceeded');
}
