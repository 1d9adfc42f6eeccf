import type { ProviderAnswer } from './provider-request';
import { missingBitbucketScopes, scopesIn } from './scopes';
import { REFUSED, TokenVerdict, unknown } from './token-verdict';

/**
 * The request that checks a token at Bitbucket: it asks for the token's user. An API token is sent with the e-mail
 * address of its account, an access token alone.
 *
 * @see https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
 */
export function bitbucketRequest(apiUrl: string, token: string, username?: string): { url: string; headers: Record<string, string> } {
  const authorization = username === undefined ? `Bearer ${token}` : `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`;
  return { url: `${apiUrl}/2.0/user`, headers: { accept: 'application/json', authorization } };
}

/**
 * Interprets Bitbucket's response. A valid token may get a 403: an access token has no user, and an API token needs a
 * certain scope to read its user. In that case the headers or the error name the token's scopes, which they do not for
 * an invalid token. Bitbucket never says when a token expires.
 */
export function bitbucketVerdict({ status, headers, body }: ProviderAnswer, requiredScopes: readonly string[]): TokenVerdict {
  if (status === 401) return REFUSED;
  const type = headers['x-credential-type'];
  const detail = status === 403 ? detailOf(body) : undefined;
  const granted = scopesIn(headers['x-oauth-scopes']) ?? detail?.granted;
  if (status !== 200 && !(status === 403 && (type !== undefined || granted || detail))) return unknown(reasonOf(status));
  if (granted) return { valid: true, missingScopes: missingBitbucketScopes(requiredScopes.filter((scope) => appliesTo(scope, type)), granted) };
  const unknownBecause = 'Bitbucket does not disclose them. Compare the scopes of the token with those that CodeBuild needs';
  return { valid: true, missingScopes: [], ...requiredScopes.length > 0 && { unknownBecause } };
}

/** Whether a required scope applies: an access token belongs to a repository, project or workspace, and cannot have account scopes. */
function appliesTo(scope: string, credentialType: string | string[] | undefined): boolean {
  return !/_access_token$/.test(String(credentialType)) || !/^(account|read:user:bitbucket)$/.test(scope);
}

/** Reads the scopes in an error: always the required ones, sometimes also those of the token. */
function detailOf(body: string): { granted?: string[] } | undefined {
  try {
    const { required, granted } = JSON.parse(body).error.detail;
    return Array.isArray(required) ? { granted: Array.isArray(granted) ? scopesIn(granted.join()) : undefined } : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(status: number): string {
  if (status === 429) return 'the rate limit of Bitbucket is exceeded (HTTP status 429). The next daily check tries again';
  if (status === 403) return 'Bitbucket rejected the request without a reason (HTTP status 403). It may be an IP allow list';
  return `Bitbucket responded with HTTP status ${status}`;
}
