import type { Aws } from '../aws';
import { Functions } from './function';
import { Iam } from './iam';
import { Declaration, Instance, Resource, ResourceProvider } from './resource';
import { describe, requiresReplacement } from './resource-types';
import { Secrets } from './secrets';

/** AWS's own types. Most only have an identity; a few do something that custom resources can notice. */
export class NativeResources implements ResourceProvider {
  private readonly secrets: Secrets;

  constructor(aws: Aws, private readonly iam: Iam, private readonly functions: Functions) {
    this.secrets = new Secrets(aws);
  }

  async create(wanted: Declaration): Promise<Instance> {
    const instance = wanted.type === 'AWS::SecretsManager::Secret'
      ? this.secrets.create(wanted, describe(wanted))
      : describe(wanted);
    this.takeEffect({ ...wanted, ...instance });
    return instance;
  }

  async update(wanted: Declaration, current: Resource): Promise<Instance> {
    if (requiresReplacement(wanted, current)) return this.create(wanted);
    const { attributes, physicalId } = current;
    if (wanted.type === 'AWS::SecretsManager::Secret') this.secrets.update(wanted, current);
    this.takeEffect({ ...wanted, physicalId, attributes });
    return { physicalId, attributes };
  }

  async delete(current: Resource): Promise<undefined> {
    this.iam.delete(current);
    if (current.type === 'AWS::Lambda::Function') this.functions.delete(current);
    if (current.type === 'AWS::Lambda::EventInvokeConfig') this.functions.configure({ ...current, properties: { FunctionName: current.properties.FunctionName } });
    if (current.type === 'AWS::SecretsManager::Secret') this.secrets.delete(current);
  }

  private takeEffect(resource: Resource): void {
    this.iam.put(resource);
    if (resource.type === 'AWS::Lambda::Function') this.functions.put(resource);
    if (resource.type === 'AWS::Lambda::EventInvokeConfig') this.functions.configure(resource);
  }
}
