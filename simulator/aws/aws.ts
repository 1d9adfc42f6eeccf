import { AccessKeys, Credentials } from './access-keys';
import { AnswerUrl, AnswerUrls } from './answer-url';
import { Api } from './api';
import { Principal } from './authorization';
import { EventListener } from './event-bus';
import { DeathListener, Faults } from './faults';
import { RecordedRequest } from './recorded-request';
import { Region, Regions } from './region';
import { LoopbackServer } from './server';
import { services } from './services';
import { Clock, RealClock } from '../time/clock';

/**
 * An AWS simulator: one loopback server with the wire protocol of the operations that this library calls, and with
 * the answer URLs that CloudFormation gives to custom resources.
 *
 * It reveals no more than AWS does. A mark at each behavior says how sure it is: C, documented in AWS's documentation,
 * models or published code; M, measured on AWS by others; I, inferred.
 */
export class Aws {
  static async start(clock: Clock = new RealClock()): Promise<Aws> {
    const aws = new Aws(clock);
    await aws.server.start();
    return aws;
  }

  /** The injected faults. */
  readonly faults: Faults;
  private readonly deathListeners = new Set<DeathListener>();
  private readonly accessKeys = new AccessKeys();
  private readonly listeners = new Set<EventListener>();
  private readonly regions: Regions;
  private readonly api: Api;
  private readonly answerUrls: AnswerUrls;
  private readonly server = new LoopbackServer(async (request) =>
    this.answerUrls.owns(request) ? this.answerUrls.handle(request) : this.api.handle(request),
  );

  private constructor(readonly clock: Clock) {
    this.faults = new Faults(clock, (caller) => this.deathListeners.forEach((listener) => listener(caller)));
    this.answerUrls = new AnswerUrls(this.faults);
    this.regions = new Regions((event) => this.listeners.forEach((listener) => listener(event)), () => clock.now());
    this.api = new Api(this.accessKeys, this.faults, services(this.regions));
  }

  /** The endpoint of every service, such as `http://127.0.0.1:40123`. */
  get endpoint(): string {
    return this.server.endpoint;
  }

  /** Every call to a service as received, in order of arrival, including refused ones. */
  get requests(): RecordedRequest[] {
    return this.api.requests;
  }

  /** Closes the server and all of its connections, including those that wait for a reply. */
  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Temporary credentials of a principal, as `AssumeRole` gives them. */
  credentialsFor(principal: Principal): Credentials {
    return this.accessKeys.issue(principal);
  }

  /** The state of an account and region, as a person sees and changes it in the console. */
  region(account: string, region: string): Region {
    return this.regions.get(account, region);
  }

  /** Calls the listener for every event on EventBridge's default buses. Returns a function that removes it. */
  onEvent(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Calls the listener when a fault terminates a process. Returns a function that removes it. */
  onDeath(listener: DeathListener): () => void {
    this.deathListeners.add(listener);
    return () => void this.deathListeners.delete(listener);
  }

  /** Creates a URL like CloudFormation's `ResponseURL`, signed at that time. */
  answerUrl(at = this.clock.now()): AnswerUrl {
    return this.answerUrls.create(this.endpoint, at);
  }
}
