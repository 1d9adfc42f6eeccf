import { formatArn } from './arn';
import { EventBus } from './event-bus';

export type ParameterTier = 'Standard' | 'Advanced';

export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly tier: ParameterTier;
  readonly description?: string;
  readonly modified: Date;
}

/** Older versions are forgotten (C: "Parameter Store retains the 100 most recently created versions"). */
const KEPT_VERSIONS = 100;

/** Parameter Store's parameters of an account and region; all of them have the type String. */
export class Parameters {
  private readonly parameters = new Map<string, ParameterVersion[]>();

  constructor(private readonly account: string, private readonly region: string, private readonly events: EventBus) {}

  /** The newest version; undefined if there is no such parameter. */
  get(name: string): ParameterVersion | undefined {
    return this.history(name).at(-1);
  }

  /** Every version that is kept, the oldest first. */
  history(name: string): ParameterVersion[] {
    return [...this.parameters.get(name) ?? []];
  }

  /** What a person does in the console: creates or changes a standard parameter. */
  putByHand(name: string, value: string): void {
    this.put(name, { value, tier: this.get(name)?.tier ?? 'Standard' });
  }

  /**
   * What a person does in the console. AWS asks to wait 30 seconds before the name is used again (C, of DeleteParameter);
   * what happens to whoever does not is not documented, and here it works (I). Versions then start at 1 again (I).
   */
  deleteByHand(name: string): void {
    const last = this.get(name);
    if (!last) throw new Error(`there is no parameter ${name} to delete`);
    this.parameters.delete(name);
    this.tell('Delete', name, last);
  }

  /** Adds a version, also where the value stays the same (I). */
  put(name: string, { value, tier, description }: Pick<ParameterVersion, 'value' | 'tier' | 'description'>): ParameterVersion {
    const former = this.get(name);
    // A description that is not sent again stays (I).
    const version: ParameterVersion = {
      version: (former?.version ?? 0) + 1, value, tier, description: description ?? former?.description, modified: new Date(),
    };
    this.parameters.set(name, [...this.history(name), version].slice(-KEPT_VERSIONS));
    this.tell(former ? 'Update' : 'Create', name, version);
    return version;
  }

  /** The name with its leading slash left out: `parameter/path/name` (C). */
  arn(name: string): string {
    return formatArn({ service: 'ssm', region: this.region, account: this.account, resource: `parameter/${name.replace(/^\//, '')}` });
  }

  /** https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html (C). */
  private tell(operation: 'Create' | 'Update' | 'Delete', name: string, { description }: ParameterVersion): void {
    this.events.put({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: [this.arn(name)],
      // The sample has a description; that it is left out where there is none is a guess, as is the name's leading slash (I).
      detail: { operation, name, type: 'String', ...(description !== undefined && { description }) },
    });
  }
}
