import { execFile } from 'node:child_process';
import * as https from 'node:https';
import { promisify } from 'node:util';
import { SourceProviders } from './source-providers';

let providers: SourceProviders;

beforeEach(async () => { providers = await SourceProviders.start(); });
afterEach(async () => providers.stop());

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: any;
}

/** Sends a request to a provider's real host name. Returns the response, or rejects with the error's code. */
async function ask(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    https.get(url, { agent: providers.agent, headers: { 'user-agent': 'a-test', ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more) => { text += more; }).on('end', () => {
        const isJson = response.headers['content-type']!.includes('json');
        resolve({ status: response.statusCode!, headers: response.headers as Record<string, string>, body: isJson ? JSON.parse(text) : text });
      });
    }).on('error', ({ code }: NodeJS.ErrnoException) => reject(new Error(code)));
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, token: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` });

describe('GitHub', () => {
  const root = async (token = 'token') => ask('https://api.github.com/', bearer(token));

  test('returns the scopes of a token, except those that another one includes', async () => {
    providers.gitHub.tokens.set('token', { scopes: ['repo', 'repo:status', 'public_repo', 'admin:repo_hook', 'read:repo_hook', 'gist'] });
    expect(await root()).toMatchObject({ status: 200, headers: { 'x-oauth-scopes': 'repo, admin:repo_hook, gist' } });
  });

  test('returns no scopes header for a fine-grained token, or an empty one', async () => {
    providers.gitHub.tokens.set('token', {});
    expect((await root()).headers['x-oauth-scopes']).toBeUndefined();
    providers.gitHub.tokens.set('token', { hasEmptyHeader: true });
    expect((await root()).headers['x-oauth-scopes']).toBe('');
  });

  test('returns the expiry of a token in one of two formats, or no header if it does not expire', async () => {
    for (const expiration of ['2026-12-03 19:07:53 UTC', '2026-12-13 00:00:00 +0100', undefined]) {
      providers.gitHub.tokens.set('token', { scopes: [], expiration });
      expect((await root()).headers['github-authentication-token-expiration']).toBe(expiration);
    }
  });

  test('refuses a bad token with 401, which may also say that the rate limit is exhausted', async () => {
    expect(await root()).toMatchObject({ status: 401, body: { message: 'Bad credentials' }, headers: { 'x-ratelimit-remaining': '4999' } });
    providers.gitHub.isExhausted = true;
    expect(await root()).toMatchObject({ status: 401, headers: { 'x-ratelimit-remaining': '0' } });
  });

  test('refuses a request when the rate limit is exhausted', async () => {
    providers.gitHub.tokens.set('token', {});
    providers.gitHub.isExhausted = true;
    expect(await root()).toMatchObject({ status: 403, headers: { 'x-ratelimit-remaining': '0' } });
  });

  test('refuses a request without a User-Agent', async () => {
    providers.gitHub.tokens.set('token', {});
    expect(await ask('https://api.github.com/', { ...bearer('token'), 'user-agent': '' })).toMatchObject({ status: 403 });
  });

  test('GitHub Enterprise Server answers at its prefix only', async () => {
    providers.gitHubEnterprise.tokens.set('token', {});
    expect(await ask('https://github.example.com/api/v3/', bearer('token'))).toMatchObject({ status: 200 });
    expect(await ask('https://github.example.com/', bearer('token'))).toMatchObject({ status: 404 });
  });

  test.each([
    ['single sign-on', { status: 403, headers: { 'x-github-sso': expect.stringContaining('required') } }],
    ['IP allow list', { status: 403, body: { message: expect.stringContaining('IP allow list') } }],
    ['rate limit', { status: 403, headers: { 'x-ratelimit-remaining': '0' } }],
    ['secondary rate limit', { status: 403, body: { message: expect.stringContaining('secondary rate limit') } }],
    ['too many requests', { status: 429, headers: { 'retry-after': '60' } }],
    ['outage', { status: 502 }],
    ['suspended', { status: 403, body: { message: 'Sorry. Your account was suspended.' } }],
    ['redirect', { status: 301, headers: { location: 'https://elsewhere.example.com/' } }],
    ['not found', { status: 404 }],
    ['sign-in page', { status: 200, headers: { 'content-type': 'text/html' } }],
    ['sign-in refused', { status: 401, headers: { 'content-type': 'text/html' } }],
  ] as const)('may answer a good token with %s', async (trouble, answer) => {
    providers.gitHub.tokens.set('token', {});
    providers.gitHub.trouble = trouble;
    expect(await root()).toMatchObject(answer);
  });
});

describe('Bitbucket', () => {
  const user = async (headers: Record<string, string>) => ask('https://api.bitbucket.org/2.0/user', headers);

  beforeEach(() => {
    providers.bitbucket.tokens.set('api', { type: 'api_token', email: 'a@example.com', scopes: ['read:user:bitbucket', 'repository'] });
    providers.bitbucket.tokens.set('classic', { type: 'api_token', email: 'a@example.com', scopes: ['repository'] });
    providers.bitbucket.tokens.set('granular', { type: 'api_token', email: 'a@example.com', scopes: ['read:repository:bitbucket'] });
    providers.bitbucket.tokens.set('access', { type: 'repo_access_token', scopes: ['repository'] });
  });

  test('returns the user of an API token, and its scopes, classic and granular', async () => {
    expect(await user(basic('a@example.com', 'api'))).toMatchObject({
      status: 200, headers: { 'x-credential-type': 'api_token', 'x-oauth-scopes': 'read:user:bitbucket, repository' },
    });
  });

  test('refuses a bad token with 401, and a good one with the wrong scheme or e-mail address', async () => {
    for (const headers of [bearer('other'), bearer('api'), basic('a@example.com', 'access'), basic('b@example.com', 'api'), {}]) {
      expect(await user(headers)).toMatchObject({ status: 401, body: { error: { message: expect.stringMatching(/^Token is invalid, expired, or not supported/) } } });
    }
  });

  test('returns 403 for an access token, which has no user, with its type and scopes in headers', async () => {
    expect(await user(bearer('access'))).toMatchObject({ status: 403, headers: { 'x-credential-type': 'repo_access_token', 'x-oauth-scopes': 'repository' } });
  });

  test('returns 403 for an API token without the required scope, with that scope and any classic scopes of the token', async () => {
    expect((await user(basic('a@example.com', 'classic'))).body.error.detail).toEqual({ required: ['account'], granted: ['repository'] });
    expect((await user(basic('a@example.com', 'granular'))).body.error.detail).toEqual({ required: ['account'] });
  });

  test('may return 403 without headers and detail', async () => {
    providers.bitbucket.hasHeaders = providers.bitbucket.hasDetail = false;
    const { status, headers, body } = await user(bearer('access'));
    expect([status, headers['x-credential-type'], headers['x-oauth-scopes'], body.error.detail]).toEqual([403, undefined, undefined, undefined]);
  });

  test.each([['too many requests', 429], ['outage', 503], ['forbidden', 403], ['redirect', 302]] as const)('may answer a good token with %s', async (trouble, status) => {
    providers.bitbucket.trouble = trouble;
    expect(await user(bearer('access'))).toMatchObject({ status });
  });

  test('returns 404 for any other path', async () => {
    expect(await ask('https://api.bitbucket.org/2.0/repositories', bearer('access'))).toMatchObject({ status: 404 });
  });
});

describe('the connection', () => {
  test('may break', async () => {
    providers.delivery = 'reset';
    await expect(ask('https://api.github.com/')).rejects.toThrow('ECONNRESET');
  });

  test('may have a certificate of an unknown authority', async () => {
    providers.isStranger = true;
    await expect(ask('https://api.github.com/')).rejects.toThrow('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(providers.requests).toEqual([]);
  });

  const SCRIPT = "require('node:https').get(process.argv[1], ({ statusCode }) => console.log(statusCode)).on('error', ({ code }) => console.log(code))";

  /** Sends a request from a process that has only the environment variables. Returns the status or the error's code. */
  const fromProcess = async (url: string) => (await promisify(execFile)(process.execPath, ['-e', SCRIPT, url], { env: providers.environment })).stdout.trim();

  test('a process reaches the providers with environment variables alone, through a proxy that records the hosts', async () => {
    expect([await fromProcess('https://api.github.com/'), await fromProcess('https://api.example.ghe.com/')]).toEqual(['403', '403']);
    expect(providers.proxied).toEqual(['CONNECT api.github.com:443', 'CONNECT api.example.ghe.com:443']);
    expect(providers.requests.map(({ host, path }) => host + path)).toEqual(['api.github.com/', 'api.example.ghe.com/']);
  });

  test('the proxy refuses other hosts, and may refuse all', async () => {
    expect(await fromProcess('https://evil.example.com/')).toMatch(/^ERR_PROXY/);
    providers.isProxyClosed = true;
    expect(await fromProcess('https://api.github.com/')).toMatch(/^ERR_PROXY/);
    expect(providers.proxied).toEqual(['CONNECT evil.example.com:443', 'CONNECT api.github.com:443']);
    expect(providers.requests).toEqual([]);
  });
});
