/** A line of the log that is written later, or not at all. */
export interface Remark {
  readonly message: string;
  readonly fields: Record<string, string>;
}

/**
 * Writes one structured line. Callers name each field: an event, a response or an error as a whole
 * could hold a ResponseURL or a secret.
 */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: Record<string, string | number | undefined> = {}): void {
  console.log(JSON.stringify({ level, message, ...fields }));
}
