import type { Call } from './calls';
import { Failure } from './failure';
import { Fingerprint, fingerprintOf, OwnerRecord, Records, Removal, Wanted } from './records';

/** The credential in CodeBuild. */
export interface Held {
  readonly fingerprint: Fingerprint;
  /** For a token: the secret and its version. For a reference: its fingerprint. */
  readonly value: string;
  readonly isByHand: boolean;
}

interface Write {
  readonly at: number;
  readonly parameter: string;
  /** Undefined if the parameter was deleted. */
  readonly value?: object;
}

/** How far lists lag behind writes at most, in seconds. */
const LONGEST_LAG = 2;

/** Returns the current value of a credential: a token's version, or what a reference refers to. */
export function valueOf(wanted: Wanted, version: number): string {
  return wanted.kind === 'token' ? `${wanted.secret} v${version}` : fingerprintOf(wanted);
}

/** Parameter Store, Secrets Manager and CodeBuild, as far as the protocol uses them. */
export class Aws {
  held?: Held;
  private readonly versions = new Map<string, number>();
  private parameters = new Map<string, Write>();
  private readonly writes: Write[] = [];

  version(secret: string): number {
    return this.versions.get(secret) ?? 1;
  }

  rotate(secret: string): void {
    this.versions.set(secret, this.version(secret) + 1);
  }

  /** Carries out a call to one of these three services. */
  carryOut(call: Call, at: number): unknown {
    switch (call.name) {
      case 'list': return this.records(this.parameters);
      case 'put': return this.write({ at, parameter: call.parameter, value: call.value });
      case 'remove': return this.write({ at, parameter: call.parameter });
      case 'find': return this.held?.fingerprint;
      case 'read':
        if (call.wanted.defect === 'unreadable') throw new Failure('the secret cannot be read');
        return this.version(call.wanted.secret);
      case 'import': {
        const { version, wanted } = call;
        if (wanted.defect === 'refused') throw new Failure('CodeBuild refuses the token');
        this.held = { fingerprint: fingerprintOf(wanted), value: valueOf(wanted, version), isByHand: false };
        return undefined;
      }
      case 'delete':
        this.held = undefined;
        return undefined;
      default: return undefined;
    }
  }

  /** Returns what a stale list shows. `lag` is a fraction of the longest lag. */
  staleRecords(at: number, lag: number): Records {
    const parameters = new Map<string, Write>();
    for (const write of this.writes.filter((one) => one.at <= at - lag * LONGEST_LAG)) apply(parameters, write);
    return this.records(parameters);
  }

  private write(write: Write): void {
    this.writes.push(write);
    apply(this.parameters, write);
  }

  private records(parameters: ReadonlyMap<string, Write>): Records {
    const owners: OwnerRecord[] = [];
    const removals: Removal[] = [];
    for (const { at, parameter, value } of parameters.values()) {
      if (parameter.startsWith('owners/')) owners.push(value as OwnerRecord);
      else if (parameter.startsWith('removed/')) removals.push({ ...value as Removal, writtenAt: at });
    }
    return { owners, removals, clearedAt: parameters.get('cleared')?.at ?? 0 };
  }
}

function apply(parameters: Map<string, Write>, write: Write): void {
  if (write.value === undefined) parameters.delete(write.parameter);
  else parameters.set(write.parameter, write);
}
