const DAY_MS = 24 * 60 * 60_000;

/** How many days before a token expires the log begins to warn. */
const WARNING_DAYS = 30;

/** A date, optionally with a time and an offset from UTC. */
const ISO_8601 = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Parses a date in ISO 8601. Returns undefined for anything else. A date without a time means the start of the day, and a
 * missing time zone means UTC: too early is better than too late.
 */
export function parseExpiry(text: string): Date | undefined {
  const [, day, time = 'T00:00', zone = 'Z'] = ISO_8601.exec(text) ?? [];
  const date = new Date(`${day}${time}${zone}`);
  // JavaScript turns 30 February into a day in March.
  const isDay = day !== undefined && new Date(`${day}T00:00Z`).getUTCDate() === Number(day.slice(-2));
  return isDay && !Number.isNaN(date.getTime()) ? date : undefined;
}

/** Whole days until a date, rounded down: 0 on the last day, negative afterwards. */
export function daysUntil(date: Date): number {
  return Math.floor((date.getTime() - Date.now()) / DAY_MS);
}

/** A warning about an expired or expiring token, if it is one. */
export function expiryWarning(expiresAt: Date): string | undefined {
  const days = daysUntil(expiresAt);
  if (days < 0) return `the token expired ${count(-days - 1)} ago. Create a new one and store it in the secret, with its date`;
  if (days < WARNING_DAYS) return `the token expires in ${count(days)}. Create a new one and store it in the secret, with its date`;
  return undefined;
}

function count(days: number): string {
  if (days === 0) return 'less than a day';
  return days === 1 ? '1 day' : `${days} days`;
}
