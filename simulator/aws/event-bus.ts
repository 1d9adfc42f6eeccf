import { randomUUID } from 'node:crypto';

/** An event in the form that every service puts on EventBridge's default bus (C). */
export interface EventBridgeEvent {
  readonly 'version': '0';
  readonly 'id': string;
  readonly 'detail-type': string;
  readonly 'source': string;
  readonly 'account': string;
  readonly 'time': string;
  readonly 'region': string;
  readonly 'resources': string[];
  readonly 'detail': Record<string, unknown>;
}

export type EventListener = (event: EventBridgeEvent) => void;

/** The part of an event that the service sets. The bus adds the rest. */
export interface ServiceEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: string[];
  readonly detail: Record<string, unknown>;
}

/** The default event bus of an account and region. */
export class EventBus {
  /** Events that were accepted but reached no rule. */
  readonly lost: EventBridgeEvent[] = [];
  private losses: Array<{ readonly matches: (event: EventBridgeEvent) => boolean; remaining: number }> = [];

  constructor(
    private readonly account: string, private readonly region: string, private readonly now: () => number, private readonly deliver: EventListener,
  ) {}

  /** Puts an event on the bus. Returns its id. */
  put({ source, detailType, resources, detail }: ServiceEvent): string {
    const event: EventBridgeEvent = {
      'version': '0',
      'id': randomUUID(),
      'detail-type': detailType,
      source,
      'account': this.account,
      // In seconds, without a fraction (C).
      'time': new Date(this.now()).toISOString().replace(/\.\d+/, ''),
      'region': this.region,
      resources,
      detail,
    };
    if (this.isLost(event)) this.lost.push(event);
    else this.deliver(event);
    return event.id;
  }

  /**
   * Accepts the next matching events and then loses them. Services deliver with best effort: "in some rare cases an event
   * might not be delivered" (C). That events of PutEvents can also be lost is a guess (I).
   */
  lose(matches: (event: EventBridgeEvent) => boolean = () => true, times = 1): void {
    this.losses.push({ matches, remaining: times });
  }

  /** Stops losing events. */
  loseNothing(): void {
    this.losses = [];
  }

  private isLost(event: EventBridgeEvent): boolean {
    const loss = this.losses.find(({ matches, remaining }) => remaining > 0 && matches(event));
    if (loss) loss.remaining -= 1;
    return loss !== undefined;
  }
}
