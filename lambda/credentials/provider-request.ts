import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import * as https from 'node:https';
import { PROVIDER_REPLY_MS } from '../../src/times';
import type { Deadline } from '../deadline';

/** What a source provider has answered. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, of an answer that does not explain itself by its status. It may repeat the token. */
  readonly body: string;
}

/** There was no answer. */
export interface NoAnswer {
  /** What happened, and what to do about it. */
  readonly reason: string;
}

/** More than any explanation of a refusal has. */
const MOST_BYTES = 16_384;

/**
 * Asks a source provider once, over TLS. Follows no redirect, so that what the headers hold goes to this host
 * only. Never throws.
 *
 * The global agent is the one that Node.js sends through a proxy where the environment says so; AWS and
 * CloudFormation are reached by others.
 */
export async function askProvider(url: URL, headers: Readonly<Record<string, string>>, deadline: Deadline): Promise<ProviderAnswer | NoAnswer> {
  const signal = AbortSignal.any([deadline.signal, AbortSignal.timeout(PROVIDER_REPLY_MS)]);
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ reason: reasonOf(error, url.host) });
    try {
      const request = https.request(url, {
        method: 'GET',
        // A connection that was kept would be dead when Lambda wakes the function.
        headers: { ...headers, 'user-agent': 'cdk-codebuild-source-credentials', 'connection': 'close' },
        signal,
      }, (response) => {
        // What fails from here on fails the body alone.
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

/** The head of an answer decides; what its body adds is worth the time that is left, and no failure. */
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
      if (length >= MOST_BYTES) break;
    }
  } catch {
    // What has come is enough, or nothing is.
  }
  return Buffer.concat(parts).toString('utf8', 0, MOST_BYTES);
}

/** OpenSSL's names of what is wrong with a certificate, and Node.js's. */
const CERTIFICATE = /CERT|SIGNATURE|ERR_TLS/;

/** Of an error no more than its code is told: its text may repeat what was sent. */
function reasonOf({ code, name }: NodeJS.ErrnoException, host: string): string {
  if (name === 'AbortError' || name === 'TimeoutError') {
    return `${host} did not answer within ${PROVIDER_REPLY_MS / 1_000} seconds. In a VPC the function needs a way to it`;
  }
  if (code !== undefined && CERTIFICATE.test(code)) {
    return `the certificate of ${host} is not trusted (${code}). A private certificate authority must be known to the function's Node.js`;
  }
  // Node.js's own: what cannot be sent, and a proxy that leads nowhere.
  if (code === undefined || code.startsWith('ERR_')) return `the request to ${host} failed (${code ?? name})`;
  return `${host} cannot be reached (${code}). Check the function's network: in a VPC it needs a way to the source provider`;
}
