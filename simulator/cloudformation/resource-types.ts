import { randomUUID } from 'node:crypto';
import { Declaration, Instance, randomSuffix } from './resource';
import { TemplateError } from './template';

interface ResourceType {
  /** The property with the name of the resource. A change replaces the resource. */
  readonly name?: string;
  /** The value of Ref, if it is not the name. */
  id?(name: string, arn: Arn): string;
  attributes?(name: string, arn: Arn): Record<string, string>;
}

/** An ARN in the stack's partition, region and account. */
type Arn = (service: string, resource: string, place?: { readonly region?: string }) => string;

const GLOBAL = { region: '' };

/**
 * The supported types besides custom resources, with the values of their Ref and attributes. Each is described under
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
const RESOURCE_TYPES: Record<string, ResourceType> = {
  'AWS::CDK::Metadata': {},
  'AWS::CloudWatch::Alarm': { name: 'AlarmName', attributes: (name, arn) => ({ Arn: arn('cloudwatch', `alarm:${name}`) }) },
  'AWS::CloudWatch::Dashboard': { name: 'DashboardName' },
  'AWS::CodeBuild::Project': { name: 'Name', attributes: (name, arn) => ({ Arn: arn('codebuild', `project/${name}`) }) },
  'AWS::EC2::SecurityGroup': { id: () => `sg-${hex(17)}`, attributes: () => ({ GroupId: `sg-${hex(17)}` }) },
  'AWS::Events::Rule': { name: 'Name', attributes: (name, arn) => ({ Arn: arn('events', `rule/${name}`) }) },
  'AWS::IAM::ManagedPolicy': {
    name: 'ManagedPolicyName',
    id: (name, arn) => arn('iam', `policy/${name}`, GLOBAL),
    attributes: (name, arn) => ({ PolicyArn: arn('iam', `policy/${name}`, GLOBAL) }),
  },
  'AWS::IAM::Policy': {},
  'AWS::IAM::Role': {
    name: 'RoleName',
    attributes: (name, arn) => ({ Arn: arn('iam', `role/${name}`, GLOBAL), RoleId: `AROA${randomSuffix(17)}` }),
  },
  'AWS::KMS::Alias': { name: 'AliasName' },
  'AWS::KMS::Key': {
    id: (name) => name,
    attributes: (name, arn) => ({ Arn: arn('kms', `key/${name}`), KeyId: name }),
  },
  'AWS::Lambda::EventInvokeConfig': {},
  'AWS::Lambda::Function': { name: 'FunctionName', attributes: (name, arn) => ({ Arn: arn('lambda', `function:${name}`) }) },
  'AWS::Lambda::Permission': {},
  'AWS::Logs::LogGroup': { name: 'LogGroupName', attributes: (name, arn) => ({ Arn: arn('logs', `log-group:${name}:*`) }) },
  'AWS::SecretsManager::ResourcePolicy': {},
  'AWS::SecretsManager::Secret': { name: 'Name', id: (name, arn) => arn('secretsmanager', `secret:${name}-${hex(6)}`) },
  'AWS::SNS::Topic': { name: 'TopicName', id: (name, arn) => arn('sns', name), attributes: (name) => ({ TopicName: name }) },
  'AWS::SQS::QueuePolicy': {},
  'AWS::SQS::Queue': {
    name: 'QueueName',
    id: (name, arn) => `https://sqs.${arn('sqs', name).split(':')[3]}.amazonaws.com/${arn('sqs', name).split(':')[4]}/${name}`,
    attributes: (name, arn) => ({ Arn: arn('sqs', name), QueueName: name }),
  },
};

/** Returns the instance of a declaration: its physical id and attributes. */
export function describe({ logicalId, properties, stack, type }: Declaration): Instance {
  const { attributes, id, name: nameProperty } = resourceType(type);
  const arn: Arn = (service, resource, { region } = stack) => `arn:${stack.partition}:${service}:${region}:${stack.account}:${resource}`;
  const named: string | undefined = nameProperty && properties[nameProperty];
  const name = named ?? (type === 'AWS::KMS::Key' ? randomUUID() : `${stack.stackName.slice(0, 24)}-${logicalId.slice(0, 24)}-${randomSuffix()}`);
  return { physicalId: id?.(name, arn) ?? name, attributes: { ...attributes?.(name, arn) } };
}

/** Returns whether a change of the properties replaces the resource. */
export function requiresReplacement({ type, properties }: Declaration, current: Declaration): boolean {
  const { name } = resourceType(type);
  return name !== undefined && properties[name] !== current.properties[name];
}

function resourceType(type: string): ResourceType {
  const found = RESOURCE_TYPES[type];
  if (!found) throw new TemplateError(`unsupported resource type ${type}`);
  return found;
}

function hex(length: number): string {
  return randomUUID().replace(/-/g, '').slice(0, length);
}
