import { IConstruct } from 'constructs';

const PREFIX = 'cdk-codebuild-source-credentials/';

/**
 * Data that the library attaches to a construct. It is not in a module's variable, because each copy of the library
 * has its own, and package managers may install several copies.
 *
 * Raise the version when a copy of an older release could not work with the values.
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

  /** Returns the value that a release with another version has set. */
  public ofAnotherVersion(construct: IConstruct): unknown {
    const other = Object.getOwnPropertySymbols(construct)
      .find((symbol) => symbol !== this.symbol && Symbol.keyFor(symbol)?.startsWith(`${PREFIX}${this.name}/`));
    return other && (construct as any)[other];
  }
}
