import { authorizationOf, json, ProviderApi, ProviderReply, ProviderRequest } from './provider-api';

/** A token that GitHub has issued. */
export interface GitHubToken {
  /** The scopes of a classic token. Absent for a fine-grained token, which has none. */
  readonly scopes?: readonly string[];
  /** Whether a fine-grained token gets an empty scopes header. Otherwise it gets none. Both occur on GitHub. */
  readonly hasEmptyHeader?: boolean;
  /** The expiry as written in the header. Absent if the token does not expire. */
  readonly expiration?: string;
}

/** Why GitHub does not answer a request with a valid token. */
export type GitHubTrouble =
  'single sign-on' | 'IP allow list' | 'rate limit' | 'secondary rate limit' | 'too many requests' | 'outage' | 'suspended'
  | 'redirect' | 'not found' | 'sign-in page' | 'sign-in refused';

/** The root of the API of github.com, GitHub with data residency (both without a prefix), or GitHub Enterprise Server (`/api/v3`). */
export class GitHubApi implements ProviderApi {
  readonly tokens = new Map<string, GitHubToken>();
  trouble?: GitHubTrouble;
  /** Whether the rate limit is exhausted. A 401 for a bad token may say so too. */
  isExhausted = false;

  constructor(private readonly prefix = '') {}

  answer(request: ProviderRequest): ProviderReply {
    const token = authorizationOf(request, 'Bearer') ?? '';
    const trouble = this.trouble && TROUBLES[this.trouble](token);
    if (trouble) return trouble;
    if (!request.headers['user-agent']) return { status: 403, headers: { 'content-type': 'text/html' }, body: 'Request forbidden by administrative rules.' };
    if (request.path !== `${this.prefix}/`) return NOT_FOUND;
    const limits = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': this.isExhausted ? '0' : '4999' };
    const known = this.tokens.get(token);
    // The response repeats the token. GitHub is not known to do so, but the handler must not leak the token even then.
    if (!known) return json(401, { message: 'Bad credentials', token, status: '401' }, limits);
    if (this.isExhausted) return json(403, { message: 'API rate limit exceeded' }, limits);
    return json(200, { current_user_url: 'https://api.github.com/user' }, { ...limits, ...headersOf(known) });
  }
}

const NOT_FOUND = json(404, { message: 'Not Found', status: '404' });

const TROUBLES: Readonly<Record<GitHubTrouble, (token: string) => ProviderReply>> = {
  'single sign-on': (token) => json(403, { message: 'Resource protected by organization SAML enforcement.', token }, { 'x-github-sso': 'required; url=https://github.com/orgs/example/sso' }),
  'IP allow list': (token) => json(403, { message: 'Although you appear to have the correct authorization credentials, the `example` organization has an IP allow list enabled, and 192.0.2.1 is not permitted to access this resource.', token }),
  'rate limit': (token) => json(403, { message: `API rate limit exceeded for ${token}.` }, { 'x-ratelimit-remaining': '0' }),
  'secondary rate limit': (token) => json(403, { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', token }),
  'too many requests': (token) => json(429, { message: 'Too many requests', token }, { 'retry-after': '60' }),
  'outage': (token) => ({ status: 502, headers: { 'content-type': 'text/html' }, body: `<html>Unicorn! ${token}</html>` }),
  'suspended': (token) => json(403, { message: 'Sorry. Your account was suspended.', token }),
  'redirect': (token) => json(301, { message: 'Moved Permanently', url: `https://elsewhere.example.com/${token}` }, { location: 'https://elsewhere.example.com/' }),
  'not found': () => NOT_FOUND,
  'sign-in page': (token) => ({ status: 200, headers: { 'content-type': 'text/html' }, body: `<html>Sign in ${token}</html>` }),
  'sign-in refused': (token) => ({ status: 401, headers: { 'content-type': 'text/html' }, body: `<html>${token}</html>` }),
};

function headersOf({ scopes, hasEmptyHeader, expiration }: GitHubToken): Record<string, string> {
  return {
    ...scopes ? { 'x-oauth-scopes': withoutIncluded(scopes).join(', ') } : hasEmptyHeader && { 'x-oauth-scopes': '' },
    'x-accepted-oauth-scopes': '',
    ...expiration !== undefined && { 'github-authentication-token-expiration': expiration },
  };
}

/** The scopes that each scope includes. GitHub omits them from the header. */
const INCLUDED: Readonly<Record<string, readonly string[]>> = {
  'repo': ['repo:status', 'repo_deployment', 'public_repo', 'repo:invite', 'security_events'],
  'admin:repo_hook': ['write:repo_hook', 'read:repo_hook'],
  'write:repo_hook': ['read:repo_hook'],
  'admin:org': ['write:org', 'read:org'],
  'write:org': ['read:org'],
  'user': ['read:user', 'user:email', 'user:follow'],
};

function withoutIncluded(scopes: readonly string[]): string[] {
  const included = new Set(scopes.flatMap((scope) => INCLUDED[scope] ?? []));
  return scopes.filter((scope) => !included.has(scope));
}
