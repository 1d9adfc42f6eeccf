import { Connections } from './connections';
import { EventBus, EventListener } from './event-bus';
import { Parameters } from './parameters';
import { Secrets } from './secrets';
import { SourceCredentials } from './source-credentials';

/** What an account has in one region. */
export class Region {
  readonly sourceCredentials: SourceCredentials;
  readonly secrets: Secrets;
  readonly connections: Connections;
  readonly parameters: Parameters;
  /** What any service tells. */
  readonly events: EventBus;

  constructor(readonly account: string, readonly name: string, onEvent: EventListener) {
    this.events = new EventBus(account, name, onEvent);
    this.sourceCredentials = new SourceCredentials(account, name);
    this.secrets = new Secrets(account, name, this.events);
    this.connections = new Connections(account, name);
    this.parameters = new Parameters(account, name, this.events);
  }
}

/** Every region of every account; they share nothing. */
export class Regions {
  private readonly regions = new Map<string, Region>();

  /** `onEvent` hears of every event on every bus. */
  constructor(private readonly onEvent: EventListener) {}

  get(account: string, name: string): Region {
    const key = `${account}/${name}`;
    if (!this.regions.has(key)) this.regions.set(key, new Region(account, name, this.onEvent));
    return this.regions.get(key)!;
  }
}
