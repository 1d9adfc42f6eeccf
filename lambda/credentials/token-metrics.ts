import type { Credential } from './credential';
import { daysUntil } from './expiry';
import { MetricValues } from '../metrics';

/** What is known about the token of a credential that was read, as metrics. A connection has none. */
export function tokenMetrics({ authType, expiresAt }: Credential): MetricValues {
  if (authType === 'CODECONNECTIONS') return {};
  const daysToExpiry = expiresAt && daysUntil(expiresAt);
  return { DaysToExpiry: daysToExpiry, TokenValid: Number(daysToExpiry === undefined || daysToExpiry >= 0) };
}
