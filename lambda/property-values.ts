import { Failure } from './failure';

/** Properties as CloudFormation sends them. */
export type Raw = Readonly<Record<string, unknown>>;

/** Reads a non-empty string. The error does not contain the value, which may be a token. */
export function text(raw: Raw, name: string, fallback?: string): string {
  const value = raw[name] ?? fallback;
  if (typeof value !== 'string' || value === '') throw new Failure(`property ${name} must be a non-empty string`);
  return value;
}

/** Reads a boolean, which CloudFormation sends as a string. */
export function flag(raw: Raw, name: string, fallback: boolean): boolean {
  return oneOf(raw, name, ['true', 'false'], '', String(fallback)) === 'true';
}

export function number(raw: Raw, name: string, fallback?: number): number {
  const value = raw[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Failure(`property ${name} must be a number`);
  return value;
}

export function object(raw: Raw, name: string): Raw {
  const value = raw[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Failure(`property ${name} must be an object`);
  return value as Raw;
}

export function oneOf<T extends string>(raw: Raw, name: string, allowed: readonly T[], where = '', fallback?: T): T {
  const value = raw[name] ?? fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Failure(`property ${name} must be one of ${allowed.join(', ')}${where}`);
  return found;
}
