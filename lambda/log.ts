/** A warning that is logged once what it is about has happened. */
export interface DeferredWarning {
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
