import type { IncomingHttpHeaders } from 'node:http';

/** A request to a source provider, after TLS. */
export interface ProviderRequest {
  /** The `Host` header. */
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ProviderReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A source provider's API. */
export interface ProviderApi {
  answer(request: ProviderRequest): ProviderReply;
}

export function json(status: number, body: object, headers: Record<string, string> = {}): ProviderReply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

/** Returns the credentials of the `Authorization` header, if it has this scheme. */
export function authorizationOf({ headers }: ProviderRequest, scheme: 'Basic' | 'Bearer'): string | undefined {
  const [name, value] = (headers.authorization ?? '').split(' ');
  return name.toLowerCase() === scheme.toLowerCase() ? value : undefined;
}
