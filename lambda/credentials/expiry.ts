const DAY_MS = 24 * 60 * 60_000;

/** From this many days on, the log warns that a token ends. */
const WARNING_DAYS = 30;

/** A date, or a date and a time, with or without the distance to UTC. */
const ISO_8601 = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Reads a date of ISO 8601. A day means its beginning, and what names no time zone is in UTC: rather too early than
 * too late. Undefined for anything else.
 */
export function parseExpiry(text: string): Date | undefined {
  const [, day, time = 'T00:00', zone = 'Z'] = ISO_8601.exec(text) ?? [];
  const date = new Date(`${day}${time}${zone}`);
  // JavaScript takes the 30th of February for a day in March.
  const isDay = day !== undefined && new Date(`${day}T00:00Z`).getUTCDate() === Number(day.slice(-2));
  return isDay && !Number.isNaN(date.getTime()) ? date : undefined;
}

/** Whole days until then, rounded down: 0 on the last day, below zero afterwards. */
export function daysUntil(date: Date): number {
  return Math.floor((date.getTime() - Date.now()) / DAY_MS);
}

/** What is worth a warning about the end of a token, if anything. */
export function expiryWarning(expiresAt: Date): string | undefined {
  const days = daysUntil(expiresAt);
  if (days < 0) return `the token ended ${count(-days - 1)} ago. Create a new one and store it in the secret, with its date`;
  if (days < WARNING_DAYS) return `the token ends in ${count(days)}. Create a new one and store it in the secret, with its date`;
  return undefined;
}

function count(days: number): string {
  if (days === 0) return 'less than a day';
  return days === 1 ? '1 day' : `${days} days`;
}
