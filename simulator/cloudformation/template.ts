/** The parts of a CloudFormation template that determine the handling of its resources and their order. */

export interface Template {
  readonly Parameters?: Record<string, { readonly Type: string; readonly Default?: unknown }>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Conditions?: Record<string, unknown>;
  readonly Resources?: Record<string, ResourceDefinition>;
  readonly Outputs?: Record<string, OutputDefinition>;
}

export interface ResourceDefinition {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string | string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface OutputDefinition {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

/** A template that CloudFormation would refuse, or that this engine does not support. */
export class TemplateError extends Error {}

/** `${Name}` and `${Name.Attribute}` in a Fn::Sub; `${!Name}` is a literal. */
export const SUB_REFERENCE = /\$\{([^!}][^}]*)\}/g;

/** Returns whether the type is a custom resource, which the function in its ServiceToken handles. */
export function isCustom(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

/** Yields every name that an expression refers to: logical ids, parameters and pseudo parameters. */
function* references(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    for (const item of value) yield* references(item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, argument] of Object.entries(value)) {
      if (key === 'Ref') {
        yield argument as string;
      } else if (key === 'Fn::GetAtt') {
        yield (Array.isArray(argument) ? argument : (argument as string).split('.'))[0];
      } else if (key === 'Fn::Sub') {
        const [text, variables] = Array.isArray(argument) ? argument as [string, object] : [argument as string, {}];
        for (const [, name] of text.matchAll(SUB_REFERENCE)) {
          if (!(name in variables)) yield name.split('.')[0];
        }
        yield* references(variables);
      } else {
        yield* references(argument);
      }
    }
  }
}

/** Returns the dependencies of each resource: by DependsOn, Ref, Fn::GetAtt and Fn::Sub. */
export function dependencies(resources: Record<string, ResourceDefinition>): Map<string, string[]> {
  return new Map(Object.entries(resources).map(([logicalId, { DependsOn = [], Properties }]) => {
    const names = new Set([...[DependsOn].flat(), ...references(Properties)]);
    return [logicalId, [...names].filter((name) => name in resources)];
  }));
}

/**
 * Returns the logical ids in an order that CloudFormation may follow. CloudFormation starts all resources that are ready
 * in parallel. Among these, the one with the lowest `rank` comes as early as its dependencies allow.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
 */
export function dependencyOrder(resources: Record<string, ResourceDefinition>, rank: (logicalId: string) => number = () => 0): string[] {
  const needs = dependencies(resources);
  const ordered = new Set<string>();
  const visit = (logicalId: string, path: string[]): void => {
    if (ordered.has(logicalId)) return;
    if (path.includes(logicalId)) {
      throw new TemplateError(`Circular dependency between resources: [${path.slice(path.indexOf(logicalId)).join(', ')}]`);
    }
    needs.get(logicalId)!.forEach((other) => visit(other, [...path, logicalId]));
    ordered.add(logicalId);
  };
  Object.keys(resources).sort((a, b) => rank(a) - rank(b)).forEach((logicalId) => visit(logicalId, []));
  return [...ordered];
}
