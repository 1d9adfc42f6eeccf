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
 * An AWS simulator: one loopback server that speaks the wire protocol of the operations this
 * library calls, and the answer URL that CloudFormation gives a custom resource.
 *
 * It knows no more than AWS does. The mark beside a behaviour says how sure it is: C, AWS's
 * documents, models or published code say it; M, somebody measured it on AWS; I, inferred.
 */
export class Aws {
  static async start(clock: Clock = new RealClock()): Promise<Aws> {
    const aws = new Aws(clock);
    await aws.server.start();
    return aws;
  }

  /** What went wrong on purpose, and how many times still. */
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

  /** Every call to a service as it stood on the wire, in order of arrival; refused ones too. */
  get requests(): RecordedRequest[] {
    return this.api.requests;
  }

  /** Closes the server and every connection to it, also those that wait for a reply. */
  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Temporary credentials of a principal, as `AssumeRole` gives them. */
  credentialsFor(principal: Principal): Credentials {
    return this.accessKeys.issue(principal);
  }

  /** What a person sees and does in the console of an account and region. */
  region(account: string, region: string): Region {
    return this.regions.get(account, region);
  }

  /** Tells the listener of every event on EventBridge's default buses from now on; gives back what ends that. */
  onEvent(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Tells the listener whose process is to die by a fault; gives back what ends that. */
  onDeath(listener: DeathListener): () => void {
    this.deathListeners.add(listener);
    return () => void this.deathListeners.delete(listener);
  }

  /** A fresh URL of the kind that CloudFormation passes as `ResponseURL`, signed at that time. */
  answerUrl(at = this.clock.now()): AnswerUrl {
    return this.answerUrls.create(this.endpoint, at);
  }
}
