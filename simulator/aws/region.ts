import { Connections } from './connections';
import { EventBus, EventListener } from './event-bus';
import { Metrics } from './metrics';
import { Parameters } from './parameters';
import { Quotas } from './quotas';
import { Secrets } from './secrets';
import { SourceCredentials } from './source-credentials';

/** The state of an account in one region. */
export class Region {
  readonly sourceCredentials: SourceCredentials;
  readonly secrets: Secrets;
  readonly connections: Connections;
  readonly parameters: Parameters;
  /** The events of all services. */
  readonly events: EventBus;
  /** The metrics in the functions' logs. */
  readonly metrics = new Metrics();
  /** The request quotas of the account. */
  readonly quotas: Quotas;

  constructor(readonly account: string, readonly name: string, onEvent: EventListener, now: () => number) {
    this.events = new EventBus(account, name, now, onEvent);
    this.quotas = new Quotas(now);
    this.sourceCredentials = new SourceCredentials(account, name);
    this.secrets = new Secrets(account, name, this.events);
    this.connections = new Connections(account, name);
    this.parameters = new Parameters(account, name, now);
  }
}

/** All regions of all accounts. They share nothing. */
export class Regions {
  private readonly regions = new Map<string, Region>();

  /** `onEvent` is called for every event on every bus. `now` is the clock of Parameter Store, the buses and the quotas. */
  constructor(private readonly onEvent: EventListener, private readonly now: () => number = Date.now) {}

  get(account: string, name: string): Region {
    const key = `${account}/${name}`;
    if (!this.regions.has(key)) this.regions.set(key, new Region(account, name, this.onEvent, this.now));
    return this.regions.get(key)!;
  }
}
