import type { ProviderAnswer } from './provider-request';
import { missingGitHubScopes, scopesIn } from './scopes';
import { REFUSED, TokenVerdict, unknown } from './token-verdict';

/**
 * The request that checks a token at GitHub or GitHub Enterprise Server: the root of its API. It requires a valid token,
 * describes the token in response headers, and returns no personal data.
 *
 * The request names no version of the API: every version has the root, but a server may not support the version.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export function gitHubRequest(apiUrl: string, token: string): { url: string; headers: Record<string, string> } {
  return { url: `${apiUrl}/`, headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}` } };
}

/** Earlier expiry dates are ignored: GitHub would refuse an expired token. Fine-grained tokens were seen with the current time. */
const SOONEST_EXPIRY_MS = 60_000;

/** Interprets GitHub's response by its status first: the response to an invalid token may also report an exceeded rate limit. */
export function gitHubVerdict({ status, headers, body }: ProviderAnswer, requiredScopes: readonly string[]): TokenVerdict {
  // In front of a GitHub Enterprise Server, a proxy may respond instead of the API, for example with a login page.
  const isOfApi = /^application\/([\w.+-]+\+)?json/.test(headers['content-type'] ?? '');
  if (status === 401) return isOfApi ? REFUSED : unknown('the HTTP status 401 did not come from the API of GitHub. Check apiUrl, and proxies in front of the server');
  if (status === 200) return isOfApi ? accepted(headers, requiredScopes) : unknown('the answer did not come from the API of GitHub. Check apiUrl');
  return unknown(reasonOf(status, headers, body));
}

function accepted(headers: ProviderAnswer['headers'], requiredScopes: readonly string[]): TokenVerdict {
  const expiresAt = expiry(headers['github-authentication-token-expiration']);
  const granted = scopesIn(headers['x-oauth-scopes']);
  if (granted) return { valid: true, expiresAt, missingScopes: missingGitHubScopes(requiredScopes, granted) };
  const unknownBecause = 'GitHub does not disclose them, for example for a fine-grained token. Compare the permissions of the token with those that CodeBuild needs';
  return { valid: true, expiresAt, missingScopes: [], ...requiredScopes.length > 0 && { unknownBecause } };
}

/** Parses the expiry header. Known formats: `2026-12-03 19:07:53 UTC` and `2026-12-03 00:00:00 +0100`. */
function expiry(header: string | string[] | undefined): Date | undefined {
  const [, date, time, zone] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|[+-]\d{4})$/.exec(String(header)) ?? [];
  const expiresAt = new Date(`${date}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  return expiresAt.getTime() > Date.now() + SOONEST_EXPIRY_MS ? expiresAt : undefined;
}

function reasonOf(status: number, headers: ProviderAnswer['headers'], body: string): string {
  if (status === 429 || (status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined || /rate limit/i.test(body)))) {
    return `the rate limit of GitHub is exceeded (HTTP status ${status}). The next daily check tries again`;
  }
  if (status === 403 && headers['x-github-sso'] !== undefined) {
    return 'the token is not authorized for an organization with SAML single sign-on (HTTP status 403). Authorize it in the settings of the token';
  }
  if (status === 403 && /IP (address|allow list)/i.test(body)) {
    return "an IP allow list of GitHub does not include the function's address (HTTP status 403). CodeBuild may have another address";
  }
  if (status === 404) return 'there is no API at this address (HTTP status 404). Check apiUrl';
  if (status >= 300 && status < 400) return `GitHub redirects to another address (HTTP status ${status}), to which the token is not sent. Check apiUrl`;
  return `GitHub responded with HTTP status ${status}`;
}
