/** A request to a service as received. */
export interface RecordedRequest {
  /** The signing name of the target's service; undefined if no service has that target. */
  readonly service?: string;
  readonly operation?: string;
  /** The account of the caller; undefined if the signature is not verified. */
  readonly account?: string;
  readonly region?: string;
  /** The `X-Amz-Target` header. */
  readonly target?: string;
  /** The parsed body; undefined if it is not JSON. */
  readonly body?: any;
  /** Undefined if there is no response yet, or if the connection broke. */
  readonly status?: number;
  readonly errorType?: string;
  readonly accessKeyId?: string;
}
