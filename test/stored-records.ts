import { Region } from '../simulator';

/** Reads and changes the records of a server type in Parameter Store, as a person can. */
export class StoredRecords {
  private readonly path: string;

  constructor(private readonly region: Region, serverType = 'GITHUB') {
    this.path = `/codebuild-source-credentials/${serverType}/`;
  }

  /** Returns the names of all records, without the path. */
  names(): string[] {
    return this.region.parameters.names().filter((name) => name.startsWith(this.path)).map((name) => name.slice(this.path.length));
  }

  /** Returns the records whose names start with this prefix. */
  list(kind: string): Array<Record<string, any> & { readonly name: string }> {
    return this.names().filter((name) => name.startsWith(kind)).map((name) => ({ name, ...this.get(name) }));
  }

  /** Returns the newest record of each owner, in the order of their deployments. */
  owners() {
    const newest = new Map<string, Record<string, any> & { readonly name: string }>();
    for (const record of this.list('owners/').sort((one, other) => one.sentAt - other.sentAt || one.seq - other.seq)) {
      newest.set(record.name.slice(0, record.name.lastIndexOf('/')), record);
    }
    return [...newest.values()].sort((one, other) => one.deployedAt - other.deployedAt);
  }

  get(name: string): Record<string, any> {
    return JSON.parse(this.region.parameters.get(this.path + name)!.value);
  }

  /** Writes a record, or a text that is not a valid record. */
  put(name: string, record: object | string): void {
    this.region.parameters.putByHand(this.path + name, typeof record === 'string' ? record : JSON.stringify(record));
  }

  /** Changes some fields of a record. */
  change(name: string, fields: object): void {
    this.put(name, { ...this.get(name), ...fields });
  }

  delete(name: string): void {
    this.region.parameters.deleteByHand(this.path + name);
  }

  clear(): void {
    this.names().forEach((name) => this.delete(name));
  }
}
