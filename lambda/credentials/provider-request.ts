import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import * as https from 'node:https';
import { PROVIDER_REPLY_MS } from '../../src/times';
import type { Deadline } from '../deadline';

/** The response of a source provider. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The start of the body, only with status 403, which needs an explanation. It may contain the token. */
  readonly body: string;
}

/** The provider did not respond. */
export interface NoAnswer {
  /** What happened, and what to do. */
  readonly reason: string;
}

/** How much of a body is read: more than any explanation needs. */
const MAX_BODY_BYTES = 16_384;

/**
 * Sends one request to a source provider, over TLS. Follows no redirect, so that the token is sent to this host only.
 * Never throws.
 *
 * Uses the global agent, which honours the proxy variables of the environment. Requests to AWS and CloudFormation use
 * other agents.
 */
export async function askProvider(url: URL, headers: Readonly<Record<string, string>>, deadline: Deadline): Promise<ProviderAnswer | NoAnswer> {
  const signal = AbortSignal.any([deadline.signal, AbortSignal.timeout(PROVIDER_REPLY_MS)]);
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ reason: reasonOf(error, url.host) });
    try {
      const request = https.request(url, {
        method: 'GET',
        // A reused connection would be dead when Lambda resumes the function.
        headers: { ...headers, 'user-agent': 'cdk-codebuild-source-credentials', 'connection': 'close' },
        signal,
      }, (response) => {
        // From here on, an error only affects the body.
        request.off('error', fail).on('error', () => undefined);
        void readAnswer(response).then(resolve).finally(() => request.destroy());
      });
      request.on('error', fail);
      request.end();
    } catch (error) {
      fail(error as NodeJS.ErrnoException);
    }
  });
}

/** Reads the response. The body only adds an explanation, so an incomplete body is not an error. */
async function readAnswer(response: IncomingMessage): Promise<ProviderAnswer> {
  const { statusCode: status, headers } = response;
  return { status: status!, headers, body: status === 403 ? await beginningOf(response) : '' };
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of response) {
      parts.push(part);
      length += part.length;
      if (length >= MAX_BODY_BYTES) break;
    }
  } catch {
    // Use what has been received.
  }
  return Buffer.concat(parts).toString('utf8', 0, MAX_BODY_BYTES);
}

/** Codes of certificate errors of OpenSSL and Node.js. */
const CERTIFICATE = /CERT|SIGNATURE|ERR_TLS/;

/** Describes an error by its code only: its message may contain what was sent. */
function reasonOf({ code, name }: NodeJS.ErrnoException, host: string): string {
  if (name === 'AbortError' || name === 'TimeoutError') {
    return `${host} did not respond within ${PROVIDER_REPLY_MS / 1_000} seconds. In a VPC the function needs a route to it`;
  }
  if (code !== undefined && CERTIFICATE.test(code)) {
    return `the certificate of ${host} is not trusted (${code}). A private certificate authority must be configured in the function's Node.js`;
  }
  // Errors of Node.js itself: an invalid request, or a proxy that cannot be used.
  if (code === undefined || code.startsWith('ERR_')) return `the request to ${host} failed (${code ?? name})`;
  return `${host} cannot be reached (${code}). Check the function's network: in a VPC it needs a route to the source provider`;
}
