import { authorizationOf, json, ProviderApi, ProviderReply, ProviderRequest } from './provider-api';

/** A token that Bitbucket has issued. */
export interface BitbucketToken {
  readonly type: 'api_token' | 'repo_access_token' | 'project_access_token' | 'workspace_access_token';
  /** The e-mail address of the account. Only API tokens have one. */
  readonly email?: string;
  /** Classic names, granular names, or both. */
  readonly scopes: readonly string[];
}

export type BitbucketTrouble = 'too many requests' | 'outage' | 'forbidden' | 'redirect';

/** The API of Bitbucket Cloud that returns the user of a token. */
export class BitbucketApi implements ProviderApi {
  readonly tokens = new Map<string, BitbucketToken>();
  trouble?: BitbucketTrouble;
  /** Whether responses have headers with the token's type and scopes. */
  hasHeaders = true;
  /** Whether a 403 names the required scopes. */
  hasDetail = true;

  answer(request: ProviderRequest): ProviderReply {
    const trouble = this.trouble && TROUBLES[this.trouble](request.headers.authorization ?? '');
    if (trouble) return trouble;
    if (request.path !== '/2.0/user') return json(404, error('Resource not found'));
    const token = this.findToken(request);
    if (!token) return json(401, error(`Token is invalid, expired, or not supported for this endpoint. ${request.headers.authorization}`));
    const headers = this.hasHeaders ? { 'x-credential-type': token.type, 'x-oauth-scopes': token.scopes.join(', '), 'x-accepted-oauth-scopes': 'account' } : undefined;
    const mayReadUser = token.scopes.some((scope) => ['account', 'read:user:bitbucket'].includes(scope));
    if (token.type === 'api_token' && mayReadUser) return json(200, { display_name: 'A person', account_id: 'an-id' }, headers);
    const isClassic = token.scopes.every((scope) => !scope.endsWith(':bitbucket'));
    const detail = { required: ['account'], ...isClassic && { granted: token.scopes } };
    return json(403, error('Your credentials lack one or more required privilege scopes.', this.hasDetail ? detail : undefined), headers);
  }

  /** Finds the token of a request: an access token as a bearer token, an API token as the password of its account's e-mail address. */
  private findToken(request: ProviderRequest): BitbucketToken | undefined {
    const bearer = this.tokens.get(authorizationOf(request, 'Bearer') ?? '');
    if (bearer && bearer.type !== 'api_token') return bearer;
    const [, email, password = ''] = /^([^:]*):(.*)$/.exec(Buffer.from(authorizationOf(request, 'Basic') ?? '', 'base64').toString()) ?? [];
    const basic = this.tokens.get(password);
    return basic?.type === 'api_token' && basic.email === email ? basic : undefined;
  }
}

const TROUBLES: Readonly<Record<BitbucketTrouble, (authorization: string) => ProviderReply>> = {
  'too many requests': (authorization) => json(429, error(`Rate limit for this resource has been exceeded ${authorization}`)),
  'outage': (authorization) => ({ status: 503, headers: { 'content-type': 'text/html' }, body: `<html>${authorization}</html>` }),
  'forbidden': (authorization) => ({ status: 403, headers: { 'content-type': 'text/plain' }, body: `Forbidden ${authorization}` }),
  'redirect': () => json(302, {}, { location: 'https://elsewhere.example.com/' }),
};

function error(message: string, detail?: object): object {
  return { type: 'error', error: { message, ...detail && { detail } } };
}
