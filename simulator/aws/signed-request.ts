import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { Credentials } from './access-keys';

export interface RequestOptions {
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly target: string;
  /** The service for which the request is signed. */
  readonly service: string;
  /** Serialized as JSON, unless it is a string. */
  readonly body: unknown;
  readonly contentType?: string;
  readonly region?: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** Signs a request, without the SDK's input checks. */
export async function signRequest(options: RequestOptions): Promise<SignedRequest> {
  const { endpoint, credentials, target, service, contentType = 'application/x-amz-json-1.1', region = 'eu-west-1' } = options;
  const url = new URL(endpoint);
  const body = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const { method, headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    headers: { 'host': url.host, 'content-type': contentType, 'x-amz-target': target },
    body,
  });
  return { method, headers, body };
}

export async function send(endpoint: string, request: SignedRequest): Promise<WireResponse> {
  const { host, ...headers } = request.headers;
  const response = await fetch(endpoint, { ...request, headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export async function call(options: RequestOptions): Promise<WireResponse> {
  return send(options.endpoint, await signRequest(options));
}
