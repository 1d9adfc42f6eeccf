import type { Aws, EventListener, Region } from '../aws';
import { WireRequest } from './process-sandbox';
import { AnswerUrl, AnswerUrls } from '../aws/answer-url';
import { Principal } from '../aws/authorization';
import { codeBuild } from '../aws/codebuild';
import { codeConnections, codeStarConnections } from '../aws/codeconnections';
import type { Faults } from '../aws/faults';
import { parameterStore } from '../aws/parameter-store';
import { Regions } from '../aws/region';
import { secretsManager } from '../aws/secrets-manager';
import { serialize } from '../aws/serialization';
import { HttpResponse } from '../aws/server';
import { Service } from '../aws/service';
import { ServiceError } from '../aws/service-error';

/** The endpoint that functions are told; nobody listens there. */
const ENDPOINT = 'http://127.0.0.1:1';

/** What a request is, seen from outside. */
export interface Operation {
  readonly name: string;
  readonly input: any;
}

/** What the service answers in place of doing anything. */
export type Refusal = 'throttle' | 'serverError' | 'accessDenied';

/**
 * The stand-in's services without its server: requests are handed over in this process, and neither signatures nor
 * inputs are checked, which other tests do. Otherwise ten thousand sequences would take a day.
 */
export class WirelessAws {
  readonly endpoint = ENDPOINT;
  private readonly principals = new Map<string, Principal>();
  private readonly listeners = new Set<EventListener>();
  private readonly regions = new Regions((event) => this.listeners.forEach((listener) => listener(event)));
  private readonly services: Service[] = [codeBuild, codeConnections, codeStarConnections, parameterStore, secretsManager]
    .map((service) => service(this.regions));
  private readonly answerUrls = new AnswerUrls({ carryOut: async (_: unknown, apply: () => HttpResponse) => apply() } as unknown as Faults);

  /** As the engine wants it. */
  get asAws(): Aws {
    return this as unknown as Aws;
  }

  /** From now on whoever signs with this key is this principal. */
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

  async handle(request: WireRequest, refusal?: Refusal): Promise<HttpResponse> {
    if (this.answerUrls.owns(request)) {
      return refusal ? { status: 503, headers: {}, body: '' } : await this.answerUrls.handle(request) as HttpResponse;
    }
    const target = request.headers['x-amz-target'];
    const service = this.services.find(({ model: { metadata } }) => metadata.targetPrefix.split('.').pop() === target.split('.')[0])!;
    try {
      return { status: 200, headers: {}, body: this.carryOut(service, request, refusal) };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { status: error.status, headers: { 'x-amzn-errortype': error.type }, body: JSON.stringify({ __type: error.type, message: error.message, Message: error.message }) };
    }
  }

  private carryOut({ model, operations }: Service, request: WireRequest, refusal?: Refusal): string {
    if (refusal === 'throttle') throw new ServiceError('ThrottlingException', 'Rate exceeded');
    if (refusal === 'serverError') throw new ServiceError('InternalFailure', 'An error occurred on the server side.', 500);
    const { name, input } = this.operation(request);
    const [, accessKeyId, , region] = /Credential=([^/]+)\/(\d{8})\/([^/]+)\//.exec(request.headers.authorization)!;
    const principal = this.principals.get(accessKeyId)!;
    const output = operations[name](input, { region, principal: refusal ? { ...principal, isAllowed: () => false } : principal });
    return JSON.stringify(serialize(model, model.operations[name].output.shape, output));
  }
}
