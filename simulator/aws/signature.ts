import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { AccessKey, KnownAccessKeys } from './access-keys';
import { Principal } from './authorization';
import { HttpRequest } from './server';
import { ServiceError } from './service-error';

/** The verified caller of a request, and the region for which it was signed. */
export interface Caller {
  readonly principal: Principal;
  readonly accessKeyId: string;
  readonly region: string;
}

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Verifies the request's Signature Version 4 for a service. */
export async function authenticate(request: HttpRequest, service: string, accessKeys: KnownAccessKeys): Promise<Caller> {
  if (request.headers.authorization === undefined) {
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token'); // (C)
  }
  const match = AUTHORIZATION.exec(request.headers.authorization);
  if (!match) {
    throw new ServiceError('IncompleteSignatureException', 'Authorization header is not that of Signature Version 4'); // text: (I)
  }
  const [, accessKeyId, day, region, scopedService, signedHeaders, signature] = match;

  const key = await accessKeys.find(accessKeyId);
  if (!key || request.headers['x-amz-security-token'] !== key.credentials.sessionToken) {
    throw new ServiceError('UnrecognizedClientException', 'The security token included in the request is invalid.'); // (C)
  }
  if (scopedService !== service) {
    throw new ServiceError('InvalidSignatureException', `Credential should be scoped to correct service: '${service}'. `); // (C)
  }
  const signed = signedHeaders.split(';');
  // The host and every x-amz- header must be signed (C). The order of the checks is a guess (I).
  const unsigned = ['host', ...Object.keys(request.headers)].find((name) => /^(host$|x-amz-)/.test(name) && !signed.includes(name));
  if (unsigned) {
    throw new ServiceError('InvalidSignatureException', `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`); // text: (I)
  }
  const expected = await sign(request, signed, key.credentials, service, region);
  if (!expected.includes(`/${day}/`) || !expected.endsWith(`Signature=${signature}`) || !hasDeclaredHash(request)) {
    throw new ServiceError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.' +
      ' Check your AWS Secret Access Key and signing method. Consult the service documentation for details.', // (C)
    );
  }
  return { principal: key.principal, accessKeyId, region };
}

/** Returns the Authorization header that the request should have. */
async function sign(request: HttpRequest, names: string[], credentials: AccessKey['credentials'], service: string, region: string): Promise<string> {
  const url = new URL(request.url, 'http://127.0.0.1');
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(names.map((name) => [name, String(request.headers[name] ?? '')])),
      body: request.body,
    },
    { signingDate: signingDate(request) },
  );
  return signed.headers.authorization;
}

/** Parses `20260102T030405Z`. */
function signingDate(request: HttpRequest): Date {
  const basic = String(request.headers['x-amz-date']);
  return new Date(basic.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** Checks the declared hash against the body: the signer uses the declared one. */
function hasDeclaredHash(request: HttpRequest): boolean {
  const declared = request.headers['x-amz-content-sha256'];
  return declared === undefined || declared === createHash('sha256').update(request.body).digest('hex');
}
