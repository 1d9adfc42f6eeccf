import { CfnResource, SecretValue, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { looksLikeAccessToken, ServerTypeName } from './contract';

/*
 * Checks the arguments of constructs and factories. The compiler does not check JavaScript, nor values from the
 * context, the environment or a cast in TypeScript.
 */

/** The kind of value that an option or argument accepts. */
export interface Kind {
  /** Completes "must be ...". */
  readonly expected: string;
  /** Whether the error shows a string that is not accepted. The string may be a secret that was passed by mistake. */
  readonly showsString?: boolean;
  /** Whether the option may be omitted. */
  readonly isOptional?: boolean;
  accepts(value: any): boolean;
  /** How to correct a value that is not accepted: an imperative. */
  fix(value: any): string;
}

/** Names a construct in an error. */
export function at(type: string, construct: IConstruct): string {
  return `${type} '${construct.node.path}'`;
}

const FACTORY_CLASSES: Readonly<Record<ServerTypeName, string>> = {
  GITHUB: 'GitHubCredential',
  GITHUB_ENTERPRISE: 'GitHubEnterpriseCredential',
  BITBUCKET: 'BitbucketCredential',
  GITLAB: 'GitLabCredential',
  GITLAB_SELF_MANAGED: 'GitLabSelfManagedCredential',
};

/** Names a factory method in an error, with the path of the construct that it was given. */
export function inFactory(serverType: ServerTypeName, method: string, given: unknown): string {
  const about = isConstruct(given) ? ` for '${given.node.path}'` : '';
  return `${FACTORY_CLASSES[serverType]}.${method}${about}`;
}

/** Checks the scope and id of a construct before its base class uses them. Returns the scope. */
export function requireScope(type: string, scope: Construct, id: string): Construct {
  const where = typeof id === 'string' && id !== '' ? `${type} '${id}'` : type;
  if (!isConstruct(scope)) {
    throw new Error(`${where}: scope must be a construct in a stack; got ${describe(scope)}. Pass 'this' of the stack or construct that it belongs to`);
  }
  const path = scope.node.path;
  if (typeof id !== 'string' || id === '') {
    throw new Error(`${type} in '${path}': id must be a non-empty string; got ${describe(id, true)}. Pass (scope, id, props)`);
  }
  if (!scope.node.scopes.some((construct) => Stack.isStack(construct))) {
    throw new Error(`${where}: scope must be a construct in a stack; got ${describe(scope)}, which is in none. Create it inside a Stack`);
  }
  return scope;
}

/** Checks one value. */
export function requireKind(where: string, name: string, value: unknown, kind: Kind): void {
  if (kind.isOptional && value === undefined) return;
  if (kind.accepts(value)) return;
  const fix = isPromise(value) ? 'Await it first' : value === null && kind.isOptional ? 'Leave it out for the default' : kind.fix(value);
  throw new Error(`${where}: ${name} must be ${kind.expected}; got ${describe(value, kind.showsString)}. ${fix}`);
}

/** Checks an object with options: that each is accepted, and that there are no unknown ones. */
export function requireOptions<T extends object>(where: string, name: string, options: T, kinds: { readonly [K in keyof Required<T>]: Kind }): void {
  const known = Object.keys(kinds);
  requireKind(where, name, options, {
    expected: `an object with ${known.length === 1 ? 'the option' : 'options such as'} ${known[0]}`,
    accepts: (value) => isObject(value) && !Array.isArray(value) && !isPromise(value) && !isConstruct(value)
      && !Token.isUnresolved(value) && !isCredential(value),
    fix: () => `Pass { ${known[0]}: ... }`,
  });
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined && !known.includes(option)) {
      const meant = known.find((candidate) => isAlmost(candidate, option) || isMostOf(candidate, option));
      const got = looksLikeAccessToken(option) ? 'what looks like an access token' : `'${option}'`;
      throw new Error(`${where}: ${got} is not an option. ${meant ? `Did you mean '${meant}'? ` : ''}Options are: ${known.join(', ')}`);
    }
  }
  for (const [option, kind] of Object.entries<Kind>(kinds)) requireKind(where, option, (options as any)[option], kind);
}

/** Rejects surplus arguments of a factory. */
export function requireNoMoreArguments(where: string, args: ArrayLike<unknown>, count: number): void {
  if (args.length > count && args[count] !== undefined) {
    throw new Error(`${where}: takes ${count} argument${count === 1 ? '' : 's'}; got one more, ${describe(args[count])}. Remove it`);
  }
}

export function optional(kind: Kind): Kind {
  return { ...kind, isOptional: true };
}

/** A boolean. Strings are rejected: 'false' would count as true. */
export const BOOLEAN: Kind = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  fix: (value) => typeof value === 'string' && !Token.isUnresolved(value)
    ? "Values of the context and environment are strings: compare them, as in value === 'true'"
    : 'Pass a boolean that is known at synthesis',
  showsString: true,
};

/** A boolean, or a token for one. */
export const BOOLEAN_OR_TOKEN: Kind = { ...BOOLEAN, accepts: (value) => typeof value === 'boolean' || (isObject(value) && Token.isUnresolved(value)) };

/** A string for the template. By default it must not be empty. It is never a secret. */
export function string(expected: string, fix: string, accepts: (value: string) => boolean = (value) => value.trim() !== ''): Kind {
  return {
    expected,
    accepts: (value) => typeof value === 'string' && !isSecretString(value) && (Token.isUnresolved(value) || accepts(value)),
    fix: (value) => isSecretString(value) ? 'It would end up in the template. Store the token in Secrets Manager, and revoke it if this code was shared' : fix,
    showsString: true,
  };
}

/** A member of an enumeration. In JavaScript a wrong member is undefined, and any string can be passed. */
export function member(name: string, members: { readonly [member: string]: string }): Kind {
  const names = Object.keys(members).map((key) => `${name}.${key}`);
  return {
    expected: names.length > 2 ? `one of ${names.join(', ')}` : names.join(' or '),
    accepts: (value) => Object.values(members).includes(value),
    fix: (value) => {
      const key = Object.keys(members).find((candidate) => typeof value === 'string' && isAlmost(candidate, value));
      return key ? `Pass ${name}.${key}` : `Pass a member of ${name}`;
    },
    showsString: true,
  };
}

/** A number, or a token for one. */
export function number(expected: string, fix: string, accepts: (value: number) => boolean): Kind {
  return {
    expected,
    accepts: (value) => typeof value === 'number' && (Token.isUnresolved(value) || (Number.isFinite(value) && accepts(value))),
    fix: () => fix,
    showsString: true,
  };
}

/** A Duration of whole seconds that is known at synthesis. */
export function duration(fewest: number, most: number, fix: string): Kind {
  return {
    expected: `a Duration between ${fewest} and ${most} seconds, in whole seconds`,
    accepts: (value) => {
      const seconds = secondsOf(value);
      return seconds !== undefined && Number.isInteger(seconds) && seconds >= fewest && seconds <= most;
    },
    fix: (value) => {
      if (typeof value === 'number' && !Token.isUnresolved(value)) return `Pass Duration.seconds(${value})`;
      const seconds = secondsOf(value);
      if (seconds === undefined) return `Pass one, such as Duration.seconds(${most})`;
      if (Number.isNaN(seconds)) return 'Pass one that is known at synthesis';
      return Number.isInteger(seconds) ? fix : 'Pass whole seconds';
    },
    showsString: true,
  };
}

/** A Duration of whole minutes, also 0, that is known at synthesis. */
export function wholeMinutes(fix: string): Kind {
  const seconds = duration(0, Infinity, fix);
  return {
    ...seconds,
    expected: 'a Duration of whole minutes, or Duration.seconds(0) to turn it off',
    accepts: (value) => seconds.accepts(value) && secondsOf(value)! % 60 === 0,
    fix: (value) => secondsOf(value) === undefined ? 'Pass one, such as Duration.hours(1)' : fix,
  };
}

/**
 * An object with this property. `instanceof` would not do: the object may come from another copy of its package.
 */
export function having(property: string, type: 'string' | 'function', expected: string, fix: string): Kind {
  return {
    expected,
    accepts: (value) => isObject(value) && !isPromise(value) && typeof value[property] === type,
    fix: () => fix,
  };
}

/** A construct with this property. */
export function constructHaving(property: string, type: 'string' | 'function', expected: string, fix: string): Kind {
  const kind = having(property, type, expected, fix);
  return { ...kind, accepts: (value) => kind.accepts(value) && isConstruct(value) };
}

/** An array of values of a kind. */
export function arrayOf(kind: Kind): Kind {
  return { ...kind, expected: `an array, each element ${kind.expected}`, accepts: (value) => Array.isArray(value) && value.every((element) => kind.accepts(element)) };
}

export const SECRET: Kind = constructHaving('secretArn', 'string', 'a secret of Secrets Manager',
  "Pass a construct, such as Secret.fromSecretNameV2(this, 'Token', 'name-of-the-secret')");

export const CONNECTION: Kind = {
  expected: 'a Connection',
  accepts: (value) => isConstruct(value) && typeof (value as any).connectionRef?.connectionArn === 'string',
  fix: () => "Pass a construct, such as Connection.fromConnectionArn(this, 'Connection', arn)",
};

/** A grantee. */
export const GRANTEE: Kind = {
  expected: 'something with a principal',
  accepts: (value) => typeof value?.grantPrincipal === 'object' && value.grantPrincipal !== null,
  fix: () => 'Pass a construct, such as a Role or a Project',
};

/** Describes a value in an error, without showing a string that may be a secret. */
export function describe(value: unknown, showsString = false): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return Token.isUnresolved(value) ? 'a token for a list' : `an array with ${value.length} element${value.length === 1 ? '' : 's'}`;
  if (typeof value === 'string') return describeString(value, showsString);
  if (typeof value === 'number') return Token.isUnresolved(value) ? 'a token for a number' : String(value);
  if (typeof value === 'function') return /^class\b/.test(Function.prototype.toString.call(value)) ? `the class ${typeName(value.prototype)}` : `a function${value.name && ` '${value.name}'`}`;
  if (!isObject(value)) return typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
  if (isPromise(value)) return 'a promise';
  if (isConstruct(value)) return `the ${typeName(value) || 'construct'} '${value.node.path}'`.replace(" ''", '');
  const seconds = secondsOf(value);
  if (seconds !== undefined) return Number.isNaN(seconds) ? 'a Duration that is only known at deployment' : `a Duration of ${seconds} seconds`;
  const type = typeName(value);
  // The names of these classes differ between releases of aws-cdk-lib.
  if (type.startsWith('Lazy')) return 'a token';
  return type === '' || type === 'Object' ? `an object with the keys ${JSON.stringify(Object.keys(value).slice(0, 5))}` : `an object of type ${type}`;
}

function describeString(value: string, showsString: boolean): string {
  if (isSecretValue(value)) return "a secret's value";
  if (Token.isUnresolved(value)) return 'a token for a string';
  if (looksLikeAccessToken(value)) return 'a string that looks like an access token';
  if (isSecretString(value)) return 'a string that holds a secret';
  return showsString || /^arn:[\w-]+:(secretsmanager|codeconnections|codestar-connections|iam|logs|sqs|codebuild|kms|ec2):/.test(value)
    ? `the string '${value.length > 100 ? `${value.slice(0, 100)}...` : value}'`
    : 'a string';
}

/** Whether a string would carry a secret into the template. */
function isSecretString(value: unknown): boolean {
  return typeof value === 'string' && (looksLikeAccessToken(value) || isSecretValue(value) || /:\/\/[^/]*@/.test(value));
}

const SECRET_REFERENCE = /\{\{resolve:(secretsmanager|ssm-secure):/;

/** Whether a string is the value of a secret, or a reference that CloudFormation would replace by the value. */
export function isSecretValue(value: string): boolean {
  return SECRET_REFERENCE.test(value)
    || (Token.isUnresolved(value)
      && Tokenization.reverseString(value).tokens.some((token) => SecretValue.isSecretValue(token) || isDynamicReference(token)));
}

/** Whether a token comes from `unsafeUnwrap()`: its value is the reference as a string. */
function isDynamicReference(token: any): boolean {
  return typeof token.value === 'string' && SECRET_REFERENCE.test(token.value);
}

/** The name of a value's class, without the additions of aws-cdk-lib's bundler; empty for an anonymous class. */
function typeName(value: any): string {
  return String(value?.constructor?.name ?? '').replace(/^_+|\d+$/g, '');
}

/** The seconds of a Duration: NaN if it is only known at deployment, undefined if the value is not a Duration. */
function secondsOf(value: any): number | undefined {
  if (!isObject(value) || typeof value.toMilliseconds !== 'function') return undefined;
  return value.isUnresolved() ? NaN : value.toMilliseconds() / 1000;
}

function isObject(value: unknown): value is any {
  return typeof value === 'object' && value !== null;
}

/** Unlike `Construct.isConstruct` of older releases, this recognizes constructs from other copies of the package. */
export function isConstruct(value: unknown): value is IConstruct {
  return isObject(value) && typeof value.node?.path === 'string';
}

/** Whether this app creates the construct's resource, as opposed to importing it. */
export function isCreatedByApp(construct: IConstruct): boolean {
  return construct.node.defaultChild !== undefined && CfnResource.isCfnResource(construct.node.defaultChild);
}

function isPromise(value: unknown): boolean {
  return isObject(value) && typeof value.then === 'function';
}

function isCredential(value: any): boolean {
  return typeof value._bind === 'function';
}

/** Whether two names differ only in case, punctuation, or one letter. */
function isAlmost(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}

/** Whether a part of a name makes up more than half of it. */
function isMostOf(name: string, part: string): boolean {
  return part.length * 2 > name.length && name.toLowerCase().includes(part.toLowerCase());
}
