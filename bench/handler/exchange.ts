/** A request that the handler has made, and what came back. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The operation of a service; of the answer to CloudFormation there is none. */
  readonly target?: string;
  readonly contentType: string;
  /** What the request was signed for. */
  readonly service?: string;
  readonly region?: string;
  readonly body: string;
  readonly reply: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

/** Exchanges that were under way at the same time. */
export type Stage = readonly Exchange[];
