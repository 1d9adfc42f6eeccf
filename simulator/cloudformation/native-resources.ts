import type { Aws } from '../aws';
import { Alarms } from './alarms';
import { DroppedEvent, EventRules } from './event-rules';
import { Functions } from './functions';
import { Iam } from './iam';
import { NativeSourceCredentials } from './native-source-credentials';
import { Permissions } from './permissions';
import { Declaration, Instance, Resource, ResourceProvider } from './resource';
import { describe, requiresReplacement } from './resource-types';
import { Secrets } from './secrets';

const SOURCE_CREDENTIAL = 'AWS::CodeBuild::SourceCredential';

/** AWS's own resource types. Most only have a physical id and attributes. Some have effects that a custom resource can observe. */
export class NativeResources implements ResourceProvider {
  readonly alarms: Alarms;
  private readonly permissions = new Permissions();
  private readonly rules: EventRules;
  private readonly secrets: Secrets;
  private readonly sourceCredentials: NativeSourceCredentials;

  constructor(aws: Aws, private readonly iam: Iam, private readonly functions: Functions) {
    this.rules = new EventRules(aws, functions, this.permissions);
    this.alarms = new Alarms(aws);
    this.secrets = new Secrets(aws);
    this.sourceCredentials = new NativeSourceCredentials(aws);
  }

  /** Triggers every scheduled rule once. */
  schedulesComeDue(): void {
    this.rules.triggerSchedules();
  }

  /** Events that matched a rule but reached no function. */
  get droppedEvents(): DroppedEvent[] {
    return this.rules.dropped;
  }

  /** Stops delivering events. */
  close(): void {
    this.rules.close();
  }

  async create(wanted: Declaration): Promise<Instance> {
    if (wanted.type === SOURCE_CREDENTIAL) return this.sourceCredentials.create(wanted);
    const instance = wanted.type === 'AWS::SecretsManager::Secret'
      ? this.secrets.create(wanted, describe(wanted))
      : describe(wanted);
    this.applyEffects({ ...wanted, ...instance });
    return instance;
  }

  async update(wanted: Declaration, current: Resource): Promise<Instance> {
    if (wanted.type === SOURCE_CREDENTIAL) return this.sourceCredentials.update(wanted, current);
    if (requiresReplacement(wanted, current)) return this.create(wanted);
    const { attributes, physicalId } = current;
    if (wanted.type === 'AWS::SecretsManager::Secret') this.secrets.update(wanted, current);
    this.applyEffects({ ...wanted, physicalId, attributes });
    return { physicalId, attributes };
  }

  async delete(current: Resource): Promise<undefined> {
    if (current.type === SOURCE_CREDENTIAL) this.sourceCredentials.delete(current);
    this.iam.delete(current);
    if (current.type === 'AWS::CloudWatch::Alarm') this.alarms.delete(current);
    if (current.type === 'AWS::Lambda::Function') this.functions.delete(current);
    if (current.type === 'AWS::Lambda::EventInvokeConfig') this.functions.configure({ ...current, properties: { FunctionName: current.properties.FunctionName } });
    if (current.type === 'AWS::Events::Rule') this.rules.delete(current);
    if (current.type === 'AWS::Lambda::Permission') this.permissions.delete(current);
    if (current.type === 'AWS::SecretsManager::Secret') this.secrets.delete(current);
  }

  private applyEffects(resource: Resource): void {
    this.iam.put(resource);
    if (resource.type === 'AWS::CloudWatch::Alarm') this.alarms.put(resource);
    if (resource.type === 'AWS::Lambda::Function') this.functions.put(resource);
    if (resource.type === 'AWS::Lambda::EventInvokeConfig') this.functions.configure(resource);
    if (resource.type === 'AWS::Events::Rule') this.rules.put(resource);
    if (resource.type === 'AWS::Lambda::Permission') this.permissions.put(resource);
  }
}
