/** A call to a service as it stood on the wire. */
export interface RecordedRequest {
  /** The service of the target, by the name it is signed with; undefined if no service has that target. */
  readonly service?: string;
  readonly operation?: string;
  /** The account of the caller; undefined until the signature has proved who that is. */
  readonly account?: string;
  readonly region?: string;
  /** The `X-Amz-Target` header. */
  readonly target?: string;
  /** The parsed body; undefined if it is not JSON. */
  readonly body?: any;
  /** Undefined while there is no response: unanswered, or the connection was broken. */
  readonly status?: number;
  readonly errorType?: string;
  readonly accessKeyId?: string;
}
