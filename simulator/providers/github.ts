import { authorizationOf, json, ProviderApi, ProviderReply, ProviderRequest } from './provider-api';

/** A token that GitHub has issued. */
export interface GitHubToken {
  /** Absent: a fine-grained token, which has none. */
  readonly scopes?: readonly string[];
  /** Whether the header with the scopes is there although it is empty. Both were seen of fine-grained tokens. */
  readonly hasEmptyHeader?: boolean;
  /** The expiry as a header says it. Absent: the token has none. */
  readonly expiration?: string;
}

/** Why GitHub does not say what it knows of a good token. */
export type GitHubTrouble =
  'single sign-on' | 'IP allow list' | 'rate limit' | 'secondary rate limit' | 'too many requests' | 'outage' | 'suspended'
  | 'redirect' | 'not found' | 'sign-in page' | 'sign-in refused';

/** The API of github.com, of GitHub with data residency (no prefix), or of a GitHub Enterprise Server (`/api/v3`): its root. */
export class GitHubApi implements ProviderApi {
  readonly tokens = new Map<string, GitHubToken>();
  trouble?: GitHubTrouble;
  /** Whether no requests are left, which an answer to a bad token may say as well. */
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
    // It repeats what it was given, which the real one is not known to do: nobody may rely on that.
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
    ...scopes ? { 'x-oauth-scopes': normalized(scopes).join(', ') } : hasEmptyHeader && { 'x-oauth-scopes': '' },
    'x-accepted-oauth-scopes': '',
    ...expiration !== undefined && { 'github-authentication-token-expiration': expiration },
  };
}

/** What each scope includes, and is left out beside it. */
const INCLUDED: Readonly<Record<string, readonly string[]>> = {
  'repo': ['repo:status', 'repo_deployment', 'public_repo', 'repo:invite', 'security_events'],
  'admin:repo_hook': ['write:repo_hook', 'read:repo_hook'],
  'write:repo_hook': ['read:repo_hook'],
  'admin:org': ['write:org', 'read:org'],
  'write:org': ['read:org'],
  'user': ['read:user', 'user:email', 'user:follow'],
};

function normalized(scopes: readonly string[]): string[] {
  const included = new Set(scopes.flatMap((scope) => INCLUDED[scope] ?? []));
  return scopes.filter((scope) => !included.has(scope));
}
