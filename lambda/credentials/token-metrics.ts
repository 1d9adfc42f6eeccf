import type { Credential } from './credential';
import { daysUntil } from './expiry';
import { MetricValues } from '../metrics';

/** What its secret says about the token of a credential, as metrics: where no source provider is asked. A connection has none. */
export function tokenMetrics({ authType, expiresAt }: Credential): MetricValues {
  if (authType === 'CODECONNECTIONS') return {};
  const daysToExpiry = expiresAt && daysUntil(expiresAt);
  return { DaysToExpiry: daysToExpiry, TokenValid: Number(daysToExpiry === undefined || daysToExpiry >= 0) };
}
