/** A warning that is logged later, when the credential it is about is imported. */
export interface DeferredWarning {
  readonly message: string;
  readonly fields: Record<string, string>;
}

/**
 * Writes one JSON line. Callers name each field: a complete event, response or error could contain a ResponseURL or a
 * secret.
 */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: Record<string, string | number | undefined> = {}): void {
  console.log(JSON.stringify({ level, message, ...fields }));
}
