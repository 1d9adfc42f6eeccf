import type { Aws, EventBridgeEvent, EventListener, Region } from '../aws';
import { WireRequest } from './process-sandbox';
import { AnswerUrl, AnswerUrls } from '../aws/answer-url';
import { Principal } from '../aws/authorization';
import type { Faults } from '../aws/faults';
import { Regions } from '../aws/region';
import { serialize } from '../aws/serialization';
import { HttpResponse } from '../aws/server';
import { Service } from '../aws/service';
import { ServiceError } from '../aws/service-error';
import { services } from '../aws/services';

/** The functions' endpoint. Nothing listens there. */
const ENDPOINT = 'http://127.0.0.1:1';

/** A client that never hangs up. */
const OPEN = new AbortController().signal;

/** The operation and the input of a request. */
export interface Operation {
  readonly name: string;
  readonly input: any;
}

/** An error that the service returns instead of applying the call. */
export type Refusal = 'throttle' | 'serverError' | 'accessDenied';

export interface Disturbance {
  readonly refusal?: Refusal;
  /** The age of the state that a list of parameters shows. */
  readonly lagMs: number;
}

/**
 * The simulator's services without its HTTP server. It checks neither signatures nor inputs, which other tests cover:
 * with them, ten thousand sequences would take a day.
 */
export class WirelessAws {
  readonly endpoint = ENDPOINT;
  private readonly principals = new Map<string, Principal>();
  private readonly listeners = new Set<EventListener>();
  private readonly regions: Regions;
  private readonly services: Service[];
  private readonly answerUrls = new AnswerUrls({ carryOut: async (_: unknown, apply: () => HttpResponse) => apply() } as unknown as Faults);

  /** `publish` receives every event on a bus. The rules receive the event when it calls `deliver`. */
  constructor(now: () => number, publish: (event: EventBridgeEvent, deliver: () => void) => void) {
    this.regions = new Regions((event) => publish(event, () => this.listeners.forEach((listener) => listener(event))), now);
    this.services = services(this.regions);
  }

  /** Itself, with the type that the CloudFormation engine expects. */
  get asAws(): Aws {
    return this as unknown as Aws;
  }

  /** Registers an access key. Requests that are signed with it come from this principal. */
  issue(accessKeyId: string, principal: Principal): void {
    this.principals.set(accessKeyId, principal);
  }

  region(account: string, region: string): Region {
    return this.regions.get(account, region);
  }

  onEvent(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  answerUrl(now: number): AnswerUrl {
    return this.answerUrls.create(ENDPOINT, now);
  }

  operation({ body, headers }: WireRequest): Operation {
    const name = headers['x-amz-target']?.split('.').pop();
    return name === undefined ? { name: 'PutAnswer', input: undefined } : { name, input: JSON.parse(body.toString()) };
  }

  async handle(request: WireRequest, { lagMs, refusal }: Disturbance): Promise<HttpResponse> {
    if (this.answerUrls.owns(request)) {
      return refusal ? { status: 503, headers: {}, body: '' } : await this.answerUrls.handle({ ...request, closed: OPEN }) as HttpResponse;
    }
    const prefix = request.headers['x-amz-target'].split('.')[0];
    const service = this.services.find(({ model: { metadata } }) => metadata.targetPrefix.split('.').pop() === prefix)!;
    try {
      return { status: 200, headers: {}, body: this.carryOut(service, request, { lagMs, refusal }) };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { message, status, type } = error;
      return { status, headers: { 'x-amzn-errortype': type }, body: JSON.stringify({ __type: type, message, Message: message }) };
    }
  }

  private carryOut({ model, operations }: Service, request: WireRequest, { lagMs, refusal }: Disturbance): string {
    if (refusal === 'throttle') throw new ServiceError('ThrottlingException', 'Rate exceeded');
    if (refusal === 'serverError') throw new ServiceError('InternalFailure', 'An error occurred on the server side.', 500);
    const { name, input } = this.operation(request);
    const [, accessKeyId, , region] = /Credential=([^/]+)\/(\d{8})\/([^/]+)\//.exec(request.headers.authorization)!;
    const principal = this.principals.get(accessKeyId)!;
    const { parameters } = this.region(principal.account, region);
    parameters.staleFor(lagMs);
    try {
      const output = operations[name](input, { region, principal: refusal ? { ...principal, isAllowed: () => false } : principal });
      return JSON.stringify(serialize(model, model.operations[name].output.shape, output));
    } finally {
      parameters.staleFor(0);
    }
  }
}

/** Whether the service throttled the call. */
export function isThrottled({ headers }: HttpResponse): boolean {
  return headers['x-amzn-errortype'] === 'ThrottlingException';
}
