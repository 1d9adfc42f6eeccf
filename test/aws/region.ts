import { Connections } from './connections';
import { Secrets } from './secrets';
import { SourceCredentials } from './source-credentials';

/** What an account has in one region. */
export class Region {
  readonly sourceCredentials: SourceCredentials;
  readonly secrets: Secrets;
  readonly connections: Connections;

  constructor(readonly account: string, readonly name: string) {
    this.sourceCredentials = new SourceCredentials(account, name);
    this.secrets = new Secrets(account, name);
    this.connections = new Connections(account, name);
  }
}

/** Every region of every account; they share nothing. */
export class Regions {
  private readonly regions = new Map<string, Region>();

  get(account: string, name: string): Region {
    const key = `${account}/${name}`;
    if (!this.regions.has(key)) this.regions.set(key, new Region(account, name));
    return this.regions.get(key)!;
  }
}
