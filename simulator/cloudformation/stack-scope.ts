import { Scope } from './resolve';
import { Resource, ResourceFailure, StackLocation } from './resource';
import { isCustom, Template, TemplateError } from './template';

/** A template with its parameters and assets. */
export interface StackTemplate {
  readonly template: Template;
  readonly parameters: Record<string, string>;
  /** The folder of the cloud assembly. */
  readonly assets: string;
}

/** Returns the values of the names in a template, with the current resources of the stack. */
export function stackScope(
  { parameters, template }: StackTemplate, location: StackLocation, resources: Map<string, Resource>, importValue: Scope['importValue'],
): Scope {
  const resource = (logicalId: string): Resource => {
    const found = resources.get(logicalId);
    if (!found) throw new TemplateError(`Unresolved resource dependencies [${logicalId}]`);
    return found;
  };
  return {
    template,
    importValue,
    ref: (name) => {
      if (name.startsWith('AWS::')) return pseudoParameter(name, location);
      return template.Parameters?.[name] ? parameter(name, template, parameters) : resource(name).physicalId;
    },
    getAtt: (logicalId, attribute) => {
      const { attributes, type } = resource(logicalId);
      if (attribute in attributes) return attributes[attribute];
      if (!isCustom(type)) throw new TemplateError(`${type} ${logicalId} has no attribute ${attribute}`);
      // That the dependent resource fails is a guess.
      throw new ResourceFailure(`CustomResource attribute error: Vendor response doesn't contain ${attribute} attribute`);
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html */
function pseudoParameter(name: string, { account, partition, region, stackId, stackName }: StackLocation): unknown {
  switch (name) {
    case 'AWS::AccountId': return account;
    case 'AWS::NotificationARNs': return [];
    case 'AWS::Partition': return partition;
    case 'AWS::Region': return region;
    case 'AWS::StackId': return stackId;
    case 'AWS::StackName': return stackName;
    case 'AWS::URLSuffix': return partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    default: throw new TemplateError(`unsupported pseudo parameter ${name}`);
  }
}

function parameter(name: string, template: Template, given: Record<string, string>): unknown {
  const { Default, Type } = template.Parameters![name];
  if (Type.startsWith('AWS::SSM::')) throw new TemplateError(`unsupported parameter type ${Type}`);
  const value = given[name] ?? Default;
  if (value === undefined) throw new TemplateError(`Parameters: [${name}] must have values`);
  return Type === 'CommaDelimitedList' || Type.startsWith('List<') ? String(value).split(',') : value;
}
