import type { ProviderAnswer } from './provider-request';
import { missingGitHubScopes, scopesIn } from './scopes';
import { REFUSED, TokenVerdict, unknown } from './token-verdict';

/**
 * What GitHub, or a GitHub Enterprise Server, is asked: the root of its API, which needs a token that is good, tells
 * of it in its headers, and holds nothing about a person.
 *
 * No version of the API is asked for: an unknown one is an error, and this part is in all of them.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export function gitHubRequest(apiUrl: string, token: string): { url: string; headers: Record<string, string> } {
  return { url: `${apiUrl}/`, headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}` } };
}

/** A date that is over when it arrives is none: GitHub would refuse the token. Fine-grained ones were seen with the present time. */
const SOONEST_EXPIRY_MS = 60_000;

/** Judges by the status first: an answer to a token that is refused may also say that no more requests are left. */
export function gitHubVerdict({ status, headers, body }: ProviderAnswer, requiredScopes: readonly string[]): TokenVerdict {
  // What stands before a server of one's own, such as a page to sign in, does not answer for its API.
  const isOfApi = /^application\/([\w.+-]+\+)?json/.test(headers['content-type'] ?? '');
  if (status === 401) return isOfApi ? REFUSED : unknown('HTTP status 401 did not come from the API of GitHub. Check what stands before it, and apiUrl');
  if (status === 200) return isOfApi ? accepted(headers, requiredScopes) : unknown('the answer did not come from the API of GitHub. Check apiUrl');
  return unknown(reasonOf(status, headers, body));
}

function accepted(headers: ProviderAnswer['headers'], requiredScopes: readonly string[]): TokenVerdict {
  const expiresAt = expiry(headers['github-authentication-token-expiration']);
  const granted = scopesIn(headers['x-oauth-scopes']);
  if (granted) return { valid: true, expiresAt, missingScopes: missingGitHubScopes(requiredScopes, granted) };
  const unknownBecause = 'GitHub does not tell what this token may do, such as a fine-grained one. Compare its permissions with those that CodeBuild needs';
  return { valid: true, expiresAt, missingScopes: [], ...requiredScopes.length > 0 && { unknownBecause } };
}

/** Seen: `2026-12-03 19:07:53 UTC` and `2026-12-03 00:00:00 +0100`. */
function expiry(header: string | string[] | undefined): Date | undefined {
  const [, date, time, zone] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|[+-]\d{4})$/.exec(String(header)) ?? [];
  const expiresAt = new Date(`${date}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  return expiresAt.getTime() > Date.now() + SOONEST_EXPIRY_MS ? expiresAt : undefined;
}

function reasonOf(status: number, headers: ProviderAnswer['headers'], body: string): string {
  if (status === 429 || (status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined || /rate limit/i.test(body)))) {
    return `GitHub takes no more requests for now (HTTP status ${status}). The next look checks again`;
  }
  if (status === 403 && headers['x-github-sso'] !== undefined) {
    return 'the token is not authorized for an organization with SAML single sign-on (HTTP status 403). Authorize it in the settings of the token';
  }
  if (status === 403 && /IP (address|allow list)/i.test(body)) {
    return 'an IP allow list of GitHub does not have the address of the function (HTTP status 403). CodeBuild may have another one';
  }
  if (status === 404) return 'nothing answers at this address (HTTP status 404). Check apiUrl';
  if (status >= 300 && status < 400) return `GitHub redirects to another address (HTTP status ${status}), which gets no token. Check apiUrl`;
  return `GitHub answered with HTTP status ${status}`;
}
