import { TemplateError } from './template';

/** Returns whether a value of an event matches. A missing member is `undefined`. */
type Matcher = (value: unknown) => boolean;

/** The supported operators. Others are an error. */
const OPERATORS: Record<string, (argument: any) => Matcher> = {
  'prefix': (prefix) => ofText(prefix, (value, text) => value.startsWith(text)),
  'suffix': (suffix) => ofText(suffix, (value, text) => value.endsWith(text)),
  'wildcard': (pattern) => ofText(pattern, (value, text) => wildcard(text).test(value)),
  'anything-but': (argument) => {
    const excluded = isObject(argument) ? operator(argument, ['prefix', 'suffix', 'wildcard']) : anyOf([argument].flat().map(exactly));
    return (value) => value !== undefined && !excluded(value);
  },
  'exists': (wanted) => {
    if (typeof wanted !== 'boolean') throw new TemplateError(`Event pattern is not valid. exists: ${JSON.stringify(wanted)}`);
    return (value) => (value !== undefined) === wanted;
  },
};

/**
 * Compiles an event pattern. Validates all of it, even parts that no event reaches.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function eventPattern(pattern: unknown): Matcher {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) throw new TemplateError(`Event pattern is not valid. ${JSON.stringify(pattern)}`);
  const members = Object.entries(pattern).map(([key, wanted]): Matcher => {
    if (key === '$or') return anyOf(list(wanted).map(eventPattern));
    const matches = Array.isArray(wanted) ? leaf(wanted) : anyObject(eventPattern(wanted));
    return (value) => matches((value as Record<string, unknown> | undefined)?.[key]);
  });
  return (value) => members.every((matches) => matches(value));
}

/** Compiles the alternatives for one member. If the event has a list, one item must match (a guess for `anything-but`). */
function leaf(alternatives: unknown[]): Matcher {
  const matches = anyOf(list(alternatives).map((one) => isObject(one) ? operator(one, Object.keys(OPERATORS)) : exactly(one)));
  return (value) => Array.isArray(value) ? value.length === 0 ? matches(undefined) : value.some(matches) : matches(value);
}

/** Matches a list of objects in the event if one object matches as a whole (a guess). */
function anyObject(matches: Matcher): Matcher {
  return (value) => Array.isArray(value) ? value.some(matches) : matches(isObject(value) ? value : undefined);
}

function operator(expression: Record<string, unknown>, allowed: string[]): Matcher {
  const [[name, argument], ...more] = Object.entries(expression);
  if (more.length > 0 || !allowed.includes(name)) throw new TemplateError(`unsupported in an event pattern: ${JSON.stringify(expression)}`);
  return OPERATORS[name](argument);
}

/** Compares strings, numbers, true, false and null without conversion. */
function exactly(wanted: unknown): Matcher {
  if (typeof wanted === 'object' && wanted !== null) throw new TemplateError(`unsupported in an event pattern: ${JSON.stringify(wanted)}`);
  return (value) => value === wanted;
}

function ofText(argument: unknown, matches: (value: string, argument: string) => boolean): Matcher {
  if (typeof argument !== 'string') throw new TemplateError(`unsupported in an event pattern: ${JSON.stringify(argument)}`);
  return (value) => typeof value === 'string' && matches(value, argument);
}

/** Compiles a wildcard pattern: `*` matches any characters, `\*` an asterisk. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.split(/(\\[*\\]|\*)/).map((part) => part === '*' ? '.*' : part.replace(/^\\/, '').replace(/[\\.*+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${parts.join('')}$`, 's');
}

function anyOf(matchers: Matcher[]): Matcher {
  return (value) => matchers.some((matches) => matches(value));
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new TemplateError(`Event pattern is not valid. ${JSON.stringify(value)}`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
