import type { ProviderAnswer } from './provider-request';
import { missingBitbucketScopes, scopesIn } from './scopes';
import { REFUSED, TokenVerdict, unknown } from './token-verdict';

/**
 * What Bitbucket is asked: whose the token is. An API token goes with the e-mail address of its account, an
 * access token alone.
 *
 * @see https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
 */
export function bitbucketRequest(apiUrl: string, token: string, username?: string): { url: string; headers: Record<string, string> } {
  const authorization = username === undefined ? `Bearer ${token}` : `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`;
  return { url: `${apiUrl}/2.0/user`, headers: { accept: 'application/json', authorization } };
}

/**
 * A good token may be refused here with 403: an access token is no user's, and an API token needs a scope of its
 * own to say whose it is. Then headers or error say what the token may do, which those of a bad one do not.
 * Bitbucket never tells when a token ends.
 */
export function bitbucketVerdict({ status, headers, body }: ProviderAnswer, requiredScopes: readonly string[]): TokenVerdict {
  if (status === 401) return REFUSED;
  const type = headers['x-credential-type'];
  const detail = status === 403 ? detailOf(body) : undefined;
  const granted = scopesIn(headers['x-oauth-scopes']) ?? detail?.granted;
  if (status !== 200 && !(status === 403 && (type !== undefined || granted || detail))) return unknown(reasonOf(status));
  if (granted) return { valid: true, missingScopes: missingBitbucketScopes(requiredScopes.filter((scope) => appliesTo(scope, type)), granted) };
  const unknownBecause = 'Bitbucket does not tell what this token may do. Compare its scopes with those that CodeBuild needs';
  return { valid: true, missingScopes: [], ...requiredScopes.length > 0 && { unknownBecause } };
}

/** An access token belongs to a repository, project or workspace, and cannot have a scope of an account. */
function appliesTo(scope: string, credentialType: string | string[] | undefined): boolean {
  return !/_access_token$/.test(String(credentialType)) || !/^(account|read:user:bitbucket)$/.test(scope);
}

/** What an error says about scopes: which ones are asked for, and sometimes which ones the token has. */
function detailOf(body: string): { granted?: string[] } | undefined {
  try {
    const { required, granted } = JSON.parse(body).error.detail;
    return Array.isArray(required) ? { granted: Array.isArray(granted) ? scopesIn(granted.join()) : undefined } : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(status: number): string {
  if (status === 429) return 'Bitbucket takes no more requests for now (HTTP status 429). The next look checks again';
  if (status === 403) return 'Bitbucket does not say why it refuses the request (HTTP status 403), such as an IP allow list';
  return `Bitbucket answered with HTTP status ${status}`;
}
