import { IConstruct } from 'constructs';

const PREFIX = 'cdk-codebuild-source-credentials/';

/**
 * What the library remembers about a construct. It stands on the construct itself, because a module's
 * variables exist once for each copy of the library, and package managers install several.
 *
 * The version is that of the values: raise it when a copy of an older release could not work with them.
 */
export class SharedState<T> {
  private readonly symbol: symbol;

  constructor(private readonly name: string, version: number) {
    this.symbol = Symbol.for(`${PREFIX}${name}/${version}`);
  }

  public get(construct: IConstruct): T | undefined {
    return (construct as any)[this.symbol];
  }

  public set(construct: IConstruct, value: T): void {
    Object.defineProperty(construct, this.symbol, { value, configurable: true });
  }

  /** What a release with another version of the values remembers. */
  public ofAnotherVersion(construct: IConstruct): unknown {
    const other = Object.getOwnPropertySymbols(construct)
      .find((symbol) => symbol !== this.symbol && Symbol.keyFor(symbol)?.startsWith(`${PREFIX}${this.name}/`));
    return other && (construct as any)[other];
  }
}
