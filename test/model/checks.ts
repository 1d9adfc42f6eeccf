import { Aws, valueOf } from './aws';
import { Answer, Call, Request } from './calls';
import type { CloudFormation } from './cloudformation';
import { broken, Guarantee } from './guarantees';
import { fingerprintOf, liveRecords, Records } from './records';

type Problem = readonly [Guarantee, string];

/** A limit that no process reaches, however many stacks there are. */
const MOST_CALLS = 40;

/** Maximum duration of a request, in seconds. A person may import between two of its calls. */
const LONGEST_REQUEST = 600;

/** Checks the guarantees: call by call, and once nothing is running. */
export class Checks {
  readonly violations: string[] = [];
  /** Documented results that break a guarantee. */
  readonly residuals = new Set<string>();
  mostCalls = 0;
  /** When a person last imported something. */
  private byHandAt = 0;
  private wasTokenOverwritten = false;
  /** Requests that wrote an owner's record, and requests that were answered as if they had changed nothing. */
  private readonly writers = new Set<string>();
  private readonly untouched = new Set<string>();

  constructor(private readonly aws: Aws, private readonly cloudFormation: CloudFormation, private readonly say: (line: string) => void) {}

  importedByHand(at: number): void {
    this.byHandAt = at;
  }

  called(calls: number): void {
    if (calls > this.mostCalls && calls > MOST_CALLS) this.break('G5', `a process takes ${calls} calls`);
    this.mostCalls = Math.max(this.mostCalls, calls);
  }

  answered({ requestId }: Request, { physicalId }: Answer): void {
    if (physicalId.startsWith('untouched/')) this.untouched.add(requestId);
  }

  /** Checks a call before it is carried out. */
  apply(call: Call, request: Request | undefined, at: number): void {
    if (call.name === 'put' && request && call.parameter.startsWith('owners/')) this.writers.add(request.requestId);
    if (!this.aws.held?.isByHand) return;
    if (call.name === 'delete') this.applyDeletion(at);
    if (call.name === 'import') this.applyImport(fingerprintOf(call.wanted), request);
  }

  /** Checks the state once nothing is running. An excuse permits violations until the next daily check. */
  checkIdle(at: number, excuse?: string): void {
    const isContradicted = [...this.untouched].some((requestId) => this.writers.has(requestId));
    for (const [guarantee, what] of [...this.credentialProblems(), ...this.recordProblems(at)]) {
      if (isContradicted) this.residuals.add('a copy of a Create that was answered as one that had changed nothing');
      else if (excuse) this.residuals.add(`${guarantee} until the daily check: ${excuse}`);
      else this.break(guarantee, what);
    }
    this.say(`=> CodeBuild holds ${this.held}`);
  }

  private applyDeletion(at: number): void {
    const shown = this.aws.held!.fingerprint;
    if (shown === 'a token') this.residuals.add('G3 of the same kind as ours');
    else if (at - this.byHandAt < LONGEST_REQUEST) this.residuals.add('G3 while a person imports');
    else this.break('G3', `a process deletes ${shown}, which a person imported`);
  }

  private applyImport(fingerprint: string, request: Request | undefined): void {
    const shown = this.aws.held!.fingerprint;
    if (shown === fingerprint) this.wasTokenOverwritten = true;
    // If an owner exists, its credential overwrites this one anyway.
    const mustNotOverwrite = request?.type === 'Create' && !request.shouldOverwrite && this.cloudFormation.resources.length === 0;
    if (mustNotOverwrite && this.byHandAt < request.sentAt && shown !== fingerprint) {
      this.break('G3', `a Create overwrites ${shown}, which a person imported`);
    }
  }

  private credentialProblems(): Problem[] {
    const { hasFailures, resources } = this.cloudFormation;
    if (resources.length === 0) return this.leftoverProblems();
    const last = resources.filter((one) => resources.every((other) => one === other || one.to >= other.from));
    const expected = last.map(({ wanted }) => valueOf(wanted, this.aws.version(wanted.secret)));
    if (expected.includes(this.held)) return [];
    return [[hasFailures ? 'G4' : 'G1', `CodeBuild holds ${this.held}, expected ${expected.join(' or ')}`]];
  }

  private leftoverProblems(): Problem[] {
    const { held } = this.aws;
    if (!held || held.isByHand) return [];
    const isUnproven = this.wasTokenOverwritten && held.fingerprint === 'a token';
    if (!isUnproven) return [['G2', `CodeBuild still holds ${held.value}`]];
    this.residuals.add('G2 over one of the same kind that nobody owned');
    return [];
  }

  private recordProblems(at: number): Problem[] {
    const records = this.aws.carryOut({ name: 'list' }, at) as Records;
    const recorded = liveRecords(records, at).map(({ ownerId }) => ownerId);
    const owners = this.cloudFormation.resources.map(({ physicalId }) => physicalId.split('/')[1]);
    return [
      ...recorded.filter((id) => !owners.includes(id)).map((id): Problem => ['G6', `${id} is recorded as an owner but is not one`]),
      ...owners.filter((id) => !recorded.includes(id)).map((id): Problem => ['G6', `${id} is an owner but is not recorded as one`]),
    ];
  }

  private break(guarantee: Guarantee, what: string): void {
    this.violations.push(broken(guarantee, what));
    this.say(`VIOLATION: ${broken(guarantee, what)}`);
  }

  private get held(): string {
    return this.aws.held?.value ?? 'nothing';
  }
}
