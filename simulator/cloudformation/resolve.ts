import { SUB_REFERENCE, Template, TemplateError } from './template';

/** The values of the names in a template. */
export interface Scope {
  readonly template: Template;
  /** Whether to keep `{{resolve:secretsmanager:...}}` for the resource's provider to resolve. Otherwise it is an error. */
  readonly keepsDynamicReferences?: boolean;
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
}

/** Represents `AWS::NoValue`, which omits the property or list item. */
const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: any, scope: Scope) => unknown;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html */
const INTRINSICS: Record<string, Intrinsic> = {
  'Ref': (name, scope) => name === 'AWS::NoValue' ? NO_VALUE : scope.ref(name),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...attribute] = Array.isArray(argument) ? argument : argument.split('.');
    return scope.getAtt(logicalId, attribute.map((part: unknown) => resolve(part, scope)).join('.'));
  },
  'Fn::ImportValue': (name, scope) => scope.importValue(text(resolve(name, scope))),
  'Fn::Join': ([separator, items], scope) => list(resolve(items, scope)).map(text).join(separator),
  'Fn::Split': ([separator, source], scope) => text(resolve(source, scope)).split(separator),
  'Fn::Select': ([index, items], scope) => {
    const all = list(resolve(items, scope));
    const position = Number(resolve(index, scope));
    if (!(position in all)) throw new TemplateError(`Fn::Select cannot select nonexistent value at index ${position}`);
    return all[position];
  },
  'Fn::Sub': (argument, scope) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return template
      .replace(SUB_REFERENCE, (_: string, name: string) => {
        if (name in variables) return text(resolve(variables[name], scope));
        return text(resolve(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }, scope));
      })
      .replace(/\$\{!([^}]*)\}/g, '${$1}');
  },
  'Fn::If': ([name, yes, no], scope) => resolve(condition(name, scope) ? yes : no, scope),
  'Fn::FindInMap': (path, scope) => {
    const [map, top, second] = list(resolve(path, scope)).map(text);
    const value = scope.template.Mappings?.[map]?.[top]?.[second];
    if (value === undefined) throw new TemplateError(`Unable to get mapping for ${map}::${top}::${second}`);
    return value;
  },
};

/** Resolves a template expression. Throws for an unsupported intrinsic function. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  }
  const refused = scope.keepsDynamicReferences ? /\{\{resolve:(?!secretsmanager:)/ : /\{\{resolve:/;
  if (typeof value === 'string' && refused.test(value)) {
    throw new TemplateError(`dynamic references are not supported: ${value}`);
  }
  if (typeof value !== 'object' || value === null) return value;

  const entries = Object.entries(value);
  if (entries.length === 1 && (entries[0][0] === 'Ref' || entries[0][0].startsWith('Fn::'))) {
    const [name, argument] = entries[0];
    if (!INTRINSICS[name]) throw new TemplateError(`unsupported intrinsic function ${name}`);
    return INTRINSICS[name](argument, scope);
  }
  return Object.fromEntries(entries
    .map(([key, item]) => [key, resolve(item, scope)])
    .filter(([, item]) => item !== NO_VALUE));
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html */
export function condition(name: string, scope: Scope): boolean {
  const expression = scope.template.Conditions?.[name];
  if (expression === undefined) throw new TemplateError(`Unresolved condition dependency ${name}`);
  return holds(expression, scope);
}

function holds(expression: unknown, scope: Scope): boolean {
  const [[name, argument]] = Object.entries(expression as Record<string, any>);
  switch (name) {
    case 'Condition': return condition(argument, scope);
    case 'Fn::Equals': return text(resolve(argument[0], scope)) === text(resolve(argument[1], scope));
    case 'Fn::And': return argument.every((item: unknown) => holds(item, scope));
    case 'Fn::Or': return argument.some((item: unknown) => holds(item, scope));
    case 'Fn::Not': return !holds(argument[0], scope);
    default: throw new TemplateError(`unsupported condition function ${name}`);
  }
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(`expected a list, got ${JSON.stringify(value)}`);
  return value;
}

function text(value: unknown): string {
  if (typeof value === 'object' || value === undefined) throw new TemplateError(`expected a string, got ${JSON.stringify(value)}`);
  return String(value);
}
