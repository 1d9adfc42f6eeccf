import { createHash } from 'node:crypto';
import { formatArn } from './arn';

export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly version: number;
  readonly description?: string;
  readonly modified: Date;
  /**
   * Its position in lists. AWS documents no order. This one is unpredictable for callers, and does not change when
   * other parameters are added or deleted (I).
   */
  readonly position: string;
}

/** Whether a list shows the current state, or the state before the last write. */
export type Freshness = 'current' | 'beforeLastWrite';

export interface ListOptions {
  readonly path: string;
  readonly recursive: boolean;
  readonly freshness: Freshness;
}

interface Write {
  readonly at: number;
  readonly name: string;
  /** Undefined if it was deleted. */
  readonly parameter?: Parameter;
}

/** "After deleting a parameter, wait for at least 30 seconds to create a parameter with the same name" (C). */
const NAME_RESERVED_MS = 30_000;

/** Parameter Store's parameters of an account and region; all of them are standard parameters of the type String. */
export class Parameters {
  /**
   * Whether the name of a deleted parameter is refused for 30 seconds. AWS asks to wait that long and does not say what
   * happens otherwise. Without this the name can be reused immediately, which is also a guess (I).
   */
  reservesDeletedNames = false;
  private readonly parameters = new Map<string, Parameter>();
  private readonly writes: Write[] = [];
  private lag: number | (() => number) = 0;

  constructor(private readonly account: string, private readonly region: string, private readonly now: () => number) {}

  /** The current parameter, even if lists are stale. */
  get(name: string): Parameter | undefined {
    return this.parameters.get(name);
  }

  /** Every parameter that was ever written, oldest first, including changed and deleted ones. */
  history(): Parameter[] {
    return this.writes.flatMap(({ parameter }) => parameter ?? []);
  }

  /** The names of all current parameters, sorted. */
  names(): string[] {
    return [...this.parameters.keys()].sort();
  }

  /**
   * Makes each list, hence each page, show the state of that many milliseconds ago. Parameter Store is eventually
   * consistent (C, aws-cdk-cli #830). For how long is a guess (I). A function is called for each list. 0 turns it off.
   */
  staleFor(milliseconds: number | (() => number)): void {
    this.lag = milliseconds;
  }

  /** Returns the parameters below the path, without the path itself (C). */
  list({ freshness, path, recursive }: ListOptions): Parameter[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [...this.visible(freshness).values()]
      .filter(({ name }) => name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes('/')))
      .sort((a, b) => a.position < b.position ? -1 : 1);
  }

  /** Creates or changes a parameter, as a person does in the console. */
  putByHand(name: string, value: string): void {
    this.put(name, value);
  }

  /** Deletes a parameter, as a person does in the console. */
  deleteByHand(name: string): void {
    if (!this.delete(name)) throw new Error(`there is no parameter ${name} to delete`);
  }

  /** Creates or changes a parameter. Increments the version, even if the value stays the same (I). */
  put(name: string, value: string, description?: string): Parameter {
    const former = this.parameters.get(name);
    const parameter: Parameter = {
      name,
      value,
      version: (former?.version ?? 0) + 1,
      description: description ?? former?.description,
      modified: new Date(this.now()),
      position: former?.position ?? createHash('sha256').update(name).digest('hex').slice(0, 16),
    };
    this.parameters.set(name, parameter);
    this.writes.push({ at: this.now(), name, parameter });
    return parameter;
  }

  /** Deletes a parameter. Returns whether it existed. */
  delete(name: string): boolean {
    if (!this.parameters.delete(name)) return false;
    this.writes.push({ at: this.now(), name });
    return true;
  }

  isReserved(name: string): boolean {
    if (!this.reservesDeletedNames || this.parameters.has(name)) return false;
    const last = this.writes.filter((write) => write.name === name).at(-1);
    return last !== undefined && this.now() - last.at < NAME_RESERVED_MS;
  }

  /** Returns the ARN of a name or path. It omits the leading slash: `parameter/path/name` (C). */
  arn(name: string): string {
    return formatArn({ service: 'ssm', region: this.region, account: this.account, resource: `parameter/${name.replace(/^\//, '')}` });
  }

  private visible(freshness: Freshness): Map<string, Parameter> {
    if (freshness === 'beforeLastWrite') return stateAfter(this.writes.slice(0, -1));
    const lag = typeof this.lag === 'function' ? this.lag() : this.lag;
    if (lag <= 0) return this.parameters;
    const until = this.now() - lag;
    return stateAfter(this.writes.filter(({ at }) => at <= until));
  }
}

function stateAfter(writes: readonly Write[]): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const { name, parameter } of writes) {
    if (parameter) parameters.set(name, parameter);
    else parameters.delete(name);
  }
  return parameters;
}
