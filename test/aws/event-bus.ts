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

/** What a service tells about itself; the bus knows the rest. */
export interface ServiceEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: string[];
  readonly detail: Record<string, unknown>;
}

/** The default event bus of an account and region. */
export class EventBus {
  constructor(private readonly account: string, private readonly region: string, private readonly deliver: EventListener) {}

  put({ source, detailType, resources, detail }: ServiceEvent): void {
    this.deliver({
      'version': '0',
      'id': randomUUID(),
      'detail-type': detailType,
      source,
      'account': this.account,
      // Seconds, with no fraction (C).
      'time': new Date().toISOString().replace(/\.\d+/, ''),
      'region': this.region,
      resources,
      detail,
    });
  }
}
