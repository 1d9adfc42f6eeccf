import { createHash } from 'node:crypto';
import { formatArn } from './arn';

export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly version: number;
  readonly description?: string;
  readonly modified: Date;
  /**
   * Its position in lists. No order is documented. This one is random for callers, and stays the
   * same while other parameters come and go (I).
   */
  readonly position: string;
}

/** Which state a list shows: the present one, or the one before the last write. */
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
   * Whether the name of a deleted parameter is refused for 30 seconds. AWS asks to wait for so long and does not say
   * what happens otherwise. Without this the name can be used again at once, which is a guess as well (I).
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
   * From now on each list, hence each page, shows the state of that many milliseconds ago: Parameter Store is eventually
   * consistent (C, aws-cdk-cli #830), for how long is a guess (I). A function is called for each list. 0 turns it off.
   */
  staleFor(milliseconds: number | (() => number)): void {
    this.lag = milliseconds;
  }

  /** The parameters below the path, without the path itself (C). */
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

  /** Deletes, as a person does in the console. */
  deleteByHand(name: string): void {
    if (!this.delete(name)) throw new Error(`there is no parameter ${name} to delete`);
  }

  /** Increments the version, even if the value stays the same (I). */
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

  /** Returns whether there was one. */
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

  /** The name, or the path, with its leading slash left out: `parameter/path/name` (C). */
  arn(name: string): string {
    return formatArn({ service: 'ssm', region: this.region, account: this.account, resource: `parameter/${name.replace(/^\//, '')}` });
  }

  private visible(freshness: Freshness): Map<string, Parameter> {
    if (freshness === 'beforeLastWrite') return after(this.writes.slice(0, -1));
    const lag = typeof this.lag === 'function' ? this.lag() : this.lag;
    if (lag <= 0) return this.parameters;
    const until = this.now() - lag;
    return after(this.writes.filter(({ at }) => at <= until));
  }
}

function after(writes: readonly Write[]): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const { name, parameter } of writes) {
    if (parameter) parameters.set(name, parameter);
    else parameters.delete(name);
  }
  return parameters;
}
