import { claimParameterName, CredentialProperties, ServerTypeName } from '../src/properties';
import { callAws, errorName, errorText } from './aws/call';
import { ssm } from './aws/clients';
import { GetParameterCommand, PutParameterCommand } from './aws/commands';
import type { Shown } from './codebuild';
import { Deadline } from './deadline';
import { Failure } from './failure';

/** A resource of some stack. */
export interface Resource {
  readonly stackId: string;
  readonly logicalId: string;
}

/** A resource by the id under which CloudFormation knows it. */
export interface Identity extends Resource {
  readonly id: string;
}

/** A resource that is alive, with what it takes to import its credential again. Never a secret's value. */
export interface Owner extends Identity {
  readonly spec: CredentialProperties;
  /** The version of the secret that was imported. */
  readonly version?: string;
  /** When the request was sent that put it in force, in milliseconds. */
  readonly at: number;
}

/** A resource whose Delete was sent while another request for it may still have been at work. */
interface Gone extends Resource {
  readonly at: number;
}

/** What the library last put into CodeBuild: the proof that what is there may be deleted. */
export interface Force extends Shown {
  /** Of the owner whose credential it is. */
  readonly id: string;
}

/** Somebody is at work, or died at it. */
interface Pending extends Identity {
  /** What may be in CodeBuild because of attempts that did not end; only where it showed something else before. */
  readonly tried: readonly Shown[];
  /** When the lease was taken, in milliseconds; 0 for one that was given up. */
  readonly at: number;
  /** The version of the parameter on which this one was written. */
  readonly base: number;
}

/** Who owns the credential, and what is in CodeBuild. */
export interface Ownership {
  /** In the order of their last deploy: the last one is in force. */
  readonly owners: readonly Owner[];
  readonly force?: Force;
}

/**
 * What is known of the credential of a server type. CodeBuild has no place for that, and
 * CloudFormation cannot tell a former owner's Delete from that of the present one.
 */
export interface Claim extends Ownership {
  /** The last requests that were carried out; with `!` before it, one that failed. */
  readonly done: readonly string[];
  readonly gone?: readonly Gone[];
  readonly pending?: Pending;
}

/** What a claim is to remember of a request. */
export interface Memory {
  /** The id of a request that was carried out; with `!` before it, one that failed. */
  readonly request?: string;
  /** The Delete of a resource for which another request may still be at work. */
  readonly gone?: Resource & { readonly sentAt: number };
}

/** How long a lease keeps others waiting, and how much of that its holder may use. */
const LEASE_MS = 60_000;
const WORK_MS = 45_000;

/** For giving a lease back when the time to act is over. */
const GIVE_BACK_MS = 2_000;

/** How many requests are remembered, for those that are delivered again late. */
const REMEMBERED = 12;

/** How long a resource is remembered that has gone: Lambda has given up any request for it by then. */
const LONGEST_REQUEST_MS = 60 * 60_000;

interface Version {
  readonly claim: Claim;
  readonly version: number;
}

interface Read {
  readonly claim: Claim;
  /** Of the newest version, also when that one is void. */
  readonly newest: number;
}

/** The claim as it is now, whether or not somebody is at work. */
export async function readClaim(serverType: ServerTypeName, deadline: Deadline): Promise<Claim> {
  return (await read(serverType, deadline)).claim;
}

/** Waits until nobody is at work, and gives back the claim. */
export async function awaitClaim(serverType: ServerTypeName, deadline: Deadline): Promise<Claim> {
  return (await awaitRead(serverType, deadline)).claim;
}

/** The sole right to change the credential of a server type, for less than a minute. */
export class Lease {
  /**
   * Waits until nobody else has it.
   *
   * @param attempt what the holder is going to try, asked for once nobody else changes CodeBuild. The
   * lease is not taken when it throws
   */
  static async take(
    serverType: ServerTypeName, holder: Identity, deadline: Deadline, attempt: () => Promise<readonly Shown[]> = async () => [],
  ): Promise<Lease> {
    for (;;) {
      const { claim, newest } = await awaitRead(serverType, deadline);
      const tried = await attempt();
      const { id, stackId, logicalId } = holder;
      const pending = { id, stackId, logicalId, tried: [...claim.pending?.tried ?? [], ...tried], at: Date.now(), base: newest };
      const isWritten = async () => isAtWork(serverType, pending, deadline);
      const version = await put(serverType, { ...claim, pending }, deadline, isWritten) ?? newest + 1;
      if (version === newest + 1) return new Lease(serverType, claim, pending, version, deadline.impatient(WORK_MS));
      // Somebody wrote in between; this version is void, and everybody reads past it.
      await deadline.pause(200 + Math.random() * 800);
    }
  }

  /** A write that failed may have ended it after all. */
  private mayBeOver = false;

  private constructor(
    private readonly serverType: ServerTypeName,
    /** The claim as it was found. Its `pending` is an attempt that died. */
    readonly claim: Claim,
    private pending: Pending,
    private readonly version: number,
    /** The time in which to act. */
    readonly deadline: Deadline,
  ) {}

  /** Everything that may be in CodeBuild because of the library. */
  get proofs(): readonly Shown[] {
    return [...this.claim.force ? [this.claim.force] : [], ...this.pending.tried];
  }

  /** What is certainly in CodeBuild now because of this holder. */
  proved(shown: Shown): void {
    this.pending = { ...this.pending, tried: [...this.pending.tried, shown] };
  }

  /**
   * Whether CloudFormation has called the request off while it was at work: when another resource fails
   * it does not wait for those under way, and sends their Delete or their former properties at once.
   *
   * @see https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1814
   */
  isOvertaken(request: Resource & { readonly sentAt: number }): boolean {
    const { owners, gone = [] } = this.claim;
    return owners.some((other) => isSameResource(other, request) && other.at > request.sentAt)
      || gone.some((other) => isSameResource(other, request) && other.at >= request.sentAt);
  }

  /** Writes who owns what from now on, and gives the lease back. */
  async commit({ owners, force }: Ownership, memory: Memory = {}): Promise<void> {
    await this.write({ owners, force, ...this.remembering(memory) }, this.deadline);
  }

  /** Gives the lease back with nothing changed: what was known of a dead attempt stays known. */
  async release(memory: Memory = {}): Promise<void> {
    await this.giveBack(this.claim.pending, memory);
  }

  /** Gives the lease back where CodeBuild is in an unknown state: the next comer settles it. */
  async abandon(): Promise<void> {
    await this.giveBack(this.pending);
  }

  private async giveBack(pending: Pending | undefined, memory: Memory = {}): Promise<void> {
    const given = pending && { ...pending, at: 0, base: this.version };
    await this.write({ ...this.claim, ...this.remembering(memory), pending: given }, this.lastDeadline());
  }

  /** Once what ends the lease is written somebody else may take it, and must not lose what he has written. */
  private async write(claim: Claim, deadline: Deadline): Promise<void> {
    if (this.mayBeOver && await this.isOver(deadline)) return;
    try {
      await put(this.serverType, claim, deadline, async () => this.isOver(deadline));
    } catch (error) {
      this.mayBeOver = true;
      if (!await this.isOver(this.lastDeadline())) throw error;
    }
  }

  private async isOver(deadline: Deadline): Promise<boolean> {
    return !await isAtWork(this.serverType, this.pending, deadline);
  }

  /** Also when the time is up: others would wait until the lease is over. */
  private lastDeadline(): Deadline {
    return this.deadline.signal.aborted ? new Deadline(GIVE_BACK_MS, 0) : this.deadline;
  }

  private remembering({ request, gone }: Memory): Pick<Claim, 'done' | 'gone'> {
    const done = [...this.claim.done, ...request ? [request] : []].slice(-REMEMBERED);
    const others = (this.claim.gone ?? []).filter((other) =>
      Date.now() - other.at < LONGEST_REQUEST_MS && !(gone && isSameResource(other, gone)));
    return { done, gone: [...others, ...gone ? [goneMark(gone)] : []] };
  }
}

/** To the end of its second: what was sent in the same second was sent before it. */
function goneMark({ stackId, logicalId, sentAt }: Resource & { readonly sentAt: number }): Gone {
  return { stackId, logicalId, at: Math.floor(sentAt / 1_000) * 1_000 + 1_000 };
}

async function awaitRead(serverType: ServerTypeName, deadline: Deadline): Promise<Read> {
  for (;;) {
    const current = await read(serverType, deadline);
    const { pending } = current.claim;
    if (!pending || Date.now() - pending.at >= LEASE_MS) return current;
    await deadline.pause(1_000 + Math.random() * 1_000);
  }
}

/** Not one that was given back: only its holder does that, whatever versions others have lost meanwhile. */
function isTaken({ at }: Pending): boolean {
  return at > 0;
}

/** A version that lost a race is void: it was written on another one than that before it. */
async function read(serverType: ServerTypeName, deadline: Deadline): Promise<Read> {
  const latest = await get(serverType, undefined, deadline);
  if (!latest) return { claim: { owners: [], done: [] }, newest: 0 };

  let { claim, version } = latest;
  while (claim.pending && isTaken(claim.pending) && claim.pending.base !== version - 1) {
    version -= 1;
    claim = version > 0 ? (await get(serverType, version, deadline))!.claim : { owners: [], done: [] };
  }
  return { claim, newest: latest.version };
}

async function get(serverType: ServerTypeName, version: number | undefined, deadline: Deadline): Promise<Version | undefined> {
  const name = claimParameterName(serverType);
  try {
    const command = new GetParameterCommand({ Name: version === undefined ? name : `${name}:${version}` });
    const { Parameter } = await callAws(deadline, (options) => ssm().send(command, options));
    return { claim: JSON.parse(Parameter!.Value!), version: Parameter!.Version! };
  } catch (error) {
    if (errorName(error) === 'ParameterNotFound') return undefined;
    throw failure(serverType, 'read', error);
  }
}

/** Whether the claim says that this attempt is at work. */
async function isAtWork(serverType: ServerTypeName, { at, id }: Pending, deadline: Deadline): Promise<boolean> {
  const { pending } = await readClaim(serverType, deadline);
  return pending?.id === id && pending.at === at;
}

/** Gives back the version; undefined where the reply was lost, and `isWritten` has found that it was written. */
async function put(
  serverType: ServerTypeName, claim: Claim, deadline: Deadline, isWritten: () => Promise<boolean>,
): Promise<number | undefined> {
  const command = new PutParameterCommand({
    Name: claimParameterName(serverType),
    Description: `Who owns CodeBuild's source credential for ${serverType}`,
    Type: 'String',
    // Standard costs nothing and holds about eight owners.
    Tier: 'Intelligent-Tiering',
    Value: JSON.stringify(claim),
    Overwrite: true,
  });
  for (;;) {
    try {
      const reply = await callAws(deadline, (options) => ssm().sendUntilDone(command, options, isWritten));
      return reply?.Version;
    } catch (error) {
      // Somebody writes at the same moment. The service's clients do not try again by themselves.
      if (errorName(error) !== 'TooManyUpdates') {
        // A claim of many owners may be too large.
        const owners = claim.owners.length > 1 ? `, with ${claim.owners.length} owners (${claim.owners.map(describe).join('; ')})` : '';
        throw failure(serverType, `written${owners}`, error);
      }
      await deadline.pause(200 + Math.random() * 800);
    }
  }
}

export function isSameResource(one: Resource, other: Resource): boolean {
  return one.stackId === other.stackId && one.logicalId === other.logicalId;
}

/** The account of a resource's stack. */
export function accountOf({ stackId }: Resource): string {
  return stackId.split(':')[4];
}

/** An owner as people know it: stack and logical id. */
export function describe({ stackId, logicalId }: Identity): string {
  return `${logicalId} of stack ${stackId.split('/')[1]}`;
}

function failure(serverType: ServerTypeName, what: string, error: unknown): Failure {
  return new Failure(`the claim ${claimParameterName(serverType)} in ${process.env.AWS_REGION} could not be ${what}: ${errorText(error)}`, { cause: error });
}
