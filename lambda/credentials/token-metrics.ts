import type { Credential } from './credential';
import { daysUntil } from './expiry';
import { MetricValues } from '../metrics';

/** Metrics of a token according to its secret, for stacks without a token check. A connection has none. */
export function tokenMetrics({ authType, expiresAt }: Credential): MetricValues {
  if (authType === 'CODECONNECTIONS') return {};
  const daysToExpiry = expiresAt && daysUntil(expiresAt);
  return { DaysToExpiry: daysToExpiry, TokenValid: Number(daysToExpiry === undefined || daysToExpiry >= 0) };
}
