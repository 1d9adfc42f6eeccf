import { Failure } from './failure';

/** Properties as they came over the wire. */
export type Raw = Readonly<Record<string, unknown>>;

/** Text that is not empty. Its value is not repeated: it may be a token. */
export function text(raw: Raw, name: string, fallback?: string): string {
  const value = raw[name] ?? fallback;
  if (typeof value !== 'string' || value === '') throw new Failure(`property ${name} must be text that is not empty`);
  return value;
}

export function oneOf<T extends string>(raw: Raw, name: string, allowed: readonly T[], where = '', fallback?: T): T {
  const value = raw[name] ?? fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Failure(`property ${name} must be one of ${allowed.join(', ')}${where}`);
  return found;
}
