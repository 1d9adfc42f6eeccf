/** A request of the handler and its reply. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The operation of a service; undefined for the answer to CloudFormation. */
  readonly target?: string;
  readonly contentType: string;
  /** The service and region for which the request was signed. */
  readonly service?: string;
  readonly region?: string;
  readonly body: string;
  readonly reply: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

/** Concurrent exchanges. */
export type Stage = readonly Exchange[];
