import https from 'node:https';
import { checkToken, isTokenChecked, Login, TokenRefusal } from '../../../lambda/credentials/token-check';
import { Deadline } from '../../../lambda/deadline';
import { SecretText } from '../../../lambda/secret-text';
import { BitbucketToken, Delivery, GitHubToken, SourceProviders } from '../../../simulator';
import { CredentialProperties, ServerTypeName, TokenChecks } from '../../../src/contract';
import { collectMetricLines, pointsOf } from '../metric-lines';

/* How each response of a source provider is interpreted. The simulated providers use TLS and the real providers' host names. */

const globalAgent = https.globalAgent;

const TOKEN = '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';
const EMAIL = 'ci@example.com';

let providers: SourceProviders;
let metrics: ReturnType<typeof collectMetricLines>;

beforeEach(async () => {
  process.env.STACK_ID = 'arn:aws:cloudformation:us-east-1:111111111111:stack/Infrastructure/an-id';
  metrics = collectMetricLines();
  providers = await SourceProviders.start();
  https.globalAgent = providers.agent;
});

afterEach(async () => {
  https.globalAgent = globalAgent;
  delete process.env.TOKEN_CHECKS;
  delete process.env.STACK_ID;
  metrics.restore();
  await providers.stop();
});

const SPEC: CredentialProperties = { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/token', RefreshOnSecretChange: 'true' };

interface Question {
  readonly serverType?: ServerTypeName;
  readonly apiUrl?: string;
  readonly requiredScopes?: readonly string[];
  readonly username?: string;
  readonly mayRefuse?: boolean;
  readonly onProblem?: 'warn' | 'fail';
  readonly spec?: CredentialProperties;
  readonly token?: string;
  /** The expiry date in the secret. */
  readonly expiresAt?: Date;
  /** The caller's deadline. */
  readonly milliseconds?: number;
}

const API_URLS: Readonly<Record<string, string>> = {
  GITHUB: 'https://api.github.com', GITHUB_ENTERPRISE: 'https://github.example.com/api/v3', BITBUCKET: 'https://api.bitbucket.org',
};
const SCOPES: Readonly<Record<string, string[]>> = {
  GITHUB: ['repo', 'repo:status', 'admin:repo_hook'],
  GITHUB_ENTERPRISE: ['repo', 'repo:status', 'admin:repo_hook'],
  BITBUCKET: ['repository', 'pullrequest', 'webhook', 'account'],
};

/** Checks a token. Returns the messages to the user: `refused: …` fails a deployment, the others are log lines. */
async function ask(question: Question = {}): Promise<string> {
  const {
    serverType = 'GITHUB', apiUrl = API_URLS[serverType], requiredScopes = SCOPES[serverType], username, mayRefuse = true, onProblem = 'fail', spec = SPEC,
    token = TOKEN, expiresAt: endsAt, milliseconds = 30_000,
  } = question;
  process.env.TOKEN_CHECKS = JSON.stringify({ [serverType]: { onProblem, apiUrl, requiredScopes, credential: SPEC } } satisfies TokenChecks);
  const login: Login = {
    secret: 'ci/token in us-east-1', token: new SecretText(token), username: username === undefined ? undefined : new SecretText(username), expiresAt: endsAt,
  };
  const log = jest.spyOn(console, 'log').mockImplementation();
  const deadline = new Deadline(milliseconds);
  try {
    await checkToken(serverType, spec, login, mayRefuse, deadline);
    const lines = log.mock.calls.map(([line]) => String(line));
    expect(lines.join()).not.toContain(TOKEN.slice(0, 12));
    return lines.map((line) => {
      const { level, message, expiresAt } = JSON.parse(line);
      return `${level}: ${message}${expiresAt ? `, until ${expiresAt}` : ''}`;
    }).join('; ');
  } catch (error) {
    if (!(error instanceof TokenRefusal)) throw error;
    expect(error.message).not.toContain(TOKEN.slice(0, 12));
    return `refused: ${error.message}`;
  } finally {
    deadline.end();
    log.mockRestore();
  }
}

const ACCEPTED = 'info: the source provider accepts the token';
const REFUSED = (serverType: string) => `refused: secret ci/token in us-east-1 holds a token that the source provider refuses (${serverType}, HTTP status 401): it is wrong, expired or revoked. Create a new token and store it in the secret`;
const WITHOUT = (serverType: string, scopes: string) => `refused: secret ci/token in us-east-1 holds a ${serverType} token without the scope${scopes}. Add the missing scopes, or create a new token and store it in the secret. To require fewer scopes, set requiredScopes`;
const UNKNOWN = (reason: string) => `warn: could not check the token: ${reason}`;
const UNKNOWN_SCOPES = 'warn: the source provider accepts the token, but its scopes are unknown: GitHub does not disclose them, for example for a fine-grained token. Compare the permissions of the token with those that CodeBuild needs';

const gitHub = (token: GitHubToken) => () => void providers.gitHub.tokens.set(TOKEN, token);

describe('GitHub', () => {
  test.each<[string, () => void, string]>([
    ['a token with all scopes, which GitHub reports as one', gitHub({ scopes: ['repo', 'repo:status'] }), ACCEPTED],
    ['a token with all scopes, and others', gitHub({ scopes: ['repo', 'repo:status', 'admin:repo_hook', 'read:org'] }), ACCEPTED],
    ['an expiry in UTC', gitHub({ scopes: ['repo'], expiration: '2099-10-07 19:07:53 UTC' }), `${ACCEPTED}, until 2099-10-07T19:07:53.000Z`],
    ['an expiry with an offset', gitHub({ scopes: ['repo'], expiration: '2099-12-13 00:00:00 +0100' }), `${ACCEPTED}, until 2099-12-12T23:00:00.000Z`],
    ['an expiry that has passed although the token is accepted', gitHub({ scopes: ['repo'], expiration: '2021-10-07 19:07:53 UTC' }), ACCEPTED],
    ['an expiry in an unknown format', gitHub({ scopes: ['repo'], expiration: 'never' }), ACCEPTED],
    ['a token without the scope repo', gitHub({ scopes: ['public_repo', 'repo:status', 'admin:repo_hook'] }), WITHOUT('GITHUB', " 'repo'")],
    ['a token with none of the scopes', gitHub({ scopes: ['gist'] }), WITHOUT('GITHUB', "s 'repo', 'repo:status', 'admin:repo_hook'")],
    ['a fine-grained token without the header', gitHub({}), UNKNOWN_SCOPES],
    ['a fine-grained token with an empty header', gitHub({ hasEmptyHeader: true }), UNKNOWN_SCOPES],
    ['a classic token without any scope', gitHub({ scopes: [] }), UNKNOWN_SCOPES],
    ['a wrong, expired or revoked token', () => undefined, REFUSED('GITHUB')],
    ['a wrong token when the rate limit is exceeded', () => { providers.gitHub.isExhausted = true; }, REFUSED('GITHUB')],
    ['a valid token when the rate limit is exceeded', () => { gitHub({ scopes: ['repo'] })(); providers.gitHub.isExhausted = true; }, UNKNOWN('the rate limit of GitHub is exceeded (HTTP status 403). The next daily check tries again')],
  ])('%s', async (_, prepare, outcome) => {
    prepare();
    expect(await ask()).toBe(outcome);
    expect(providers.requests).toHaveLength(1);
  });

  test.each([
    ['single sign-on', 'the token is not authorized for an organization with SAML single sign-on (HTTP status 403). Authorize it in the settings of the token'],
    ['IP allow list', "an IP allow list of GitHub does not include the function's address (HTTP status 403). CodeBuild may have another address"],
    ['rate limit', 'the rate limit of GitHub is exceeded (HTTP status 403). The next daily check tries again'],
    ['secondary rate limit', 'the rate limit of GitHub is exceeded (HTTP status 403). The next daily check tries again'],
    ['too many requests', 'the rate limit of GitHub is exceeded (HTTP status 429). The next daily check tries again'],
    ['outage', 'GitHub responded with HTTP status 502'],
    ['suspended', 'GitHub responded with HTTP status 403'],
    ['redirect', 'GitHub redirects to another address (HTTP status 301), to which the token is not sent. Check apiUrl'],
    ['not found', 'there is no API at this address (HTTP status 404). Check apiUrl'],
    ['sign-in page', 'the answer did not come from the API of GitHub. Check apiUrl'],
    ['sign-in refused', 'the HTTP status 401 did not come from the API of GitHub. Check apiUrl, and proxies in front of the server'],
  ] as const)('%s: the result is unknown, and no other host is contacted', async (trouble, reason) => {
    providers.gitHub.tokens.set(TOKEN, { scopes: ['repo'] });
    providers.gitHub.trouble = trouble;
    expect(await ask()).toBe(UNKNOWN(reason));
    expect(providers.requests.map(({ host }) => host)).toEqual(['api.github.com']);
  });

  test('a token that expires soon causes a warning', async () => {
    const inSixDays = new Date(Date.now() + 6.5 * 86_400_000).toISOString().slice(0, 19);
    gitHub({ scopes: ['repo'], expiration: `${inSixDays.replace('T', ' ')} UTC` })();
    expect(await ask()).toBe(`${ACCEPTED}, until ${inSixDays}.000Z; warn: the token expires in 6 days. Create a new one and store it in the secret, with its date`);
    expect(metrics.lines.map(pointsOf)).toEqual([{ ServerType: 'GITHUB', TokenChecked: 1, TokenValid: 1, DaysToExpiry: 6 }]);
  });

  test('the date in the secret is used if the provider does not disclose one or does not respond', async () => {
    const expiresAt = new Date(Date.now() + 40.5 * 86_400_000);
    gitHub({ scopes: ['repo'], expiration: `${new Date(Date.now() + 6.5 * 86_400_000).toISOString().slice(0, 19).replace('T', ' ')} UTC` })();
    await ask({ expiresAt });
    gitHub({ scopes: ['repo'] })();
    await ask({ expiresAt });
    providers.gitHub.trouble = 'outage';
    await ask({ expiresAt });
    expect(metrics.lines.map(({ DaysToExpiry, TokenValid }) => [DaysToExpiry, TokenValid])).toEqual([[6, 1], [40, 1], [40, undefined]]);
  });

  test.each<[string, () => void, object]>([
    ['accepted', gitHub({ scopes: ['repo'] }), { TokenChecked: 1, TokenValid: 1 }],
    ['accepted although it lacks a scope', gitHub({ scopes: ['gist'] }), { TokenChecked: 1, TokenValid: 1 }],
    ['refused', () => undefined, { TokenChecked: 1, TokenValid: 0 }],
    ['not checked', () => { providers.gitHub.trouble = 'outage'; }, { TokenChecked: 0 }],
  ])('a metric point reports that a token was %s', async (_, prepare, values) => {
    prepare();
    await ask();
    expect(metrics.lines.map(pointsOf)).toEqual([{ ServerType: 'GITHUB', ...values }]);
  });

  test('receives a request for the root of its API, with the required headers', async () => {
    gitHub({ scopes: ['repo'] })();
    await ask();
    expect(providers.requests).toEqual([{
      host: 'api.github.com',
      method: 'GET',
      path: '/',
      headers: {
        'accept': 'application/vnd.github+json',
        'authorization': `Bearer ${TOKEN}`,
        'connection': 'close',
        'host': 'api.github.com',
        'user-agent': 'cdk-codebuild-source-credentials',
      },
    }]);
  });

  test('can be a GitHub Enterprise Server', async () => {
    expect(await ask({ serverType: 'GITHUB_ENTERPRISE' })).toBe(REFUSED('GITHUB_ENTERPRISE'));
    providers.gitHubEnterprise.tokens.set(TOKEN, { scopes: ['repo'] });
    expect(await ask({ serverType: 'GITHUB_ENTERPRISE' })).toBe(ACCEPTED);
    expect(await ask({ serverType: 'GITHUB_ENTERPRISE', apiUrl: 'https://github.example.com/api/v4' })).toBe(UNKNOWN('there is no API at this address (HTTP status 404). Check apiUrl'));
  });

  test('can be a GitHub Enterprise Cloud with data residency', async () => {
    providers.gitHubWithDataResidency.tokens.set(TOKEN, { scopes: ['repo'] });
    expect(await ask({ apiUrl: 'https://api.example.ghe.com' })).toBe(ACCEPTED);
  });

  test('only has to accept the token if no scopes are required', async () => {
    gitHub({})();
    expect(await ask({ requiredScopes: [] })).toBe(ACCEPTED);
  });
});

const bitbucket = (token: BitbucketToken) => () => void providers.bitbucket.tokens.set(TOKEN, token);
const UNKNOWN_AT_BITBUCKET = 'warn: the source provider accepts the token, but its scopes are unknown: Bitbucket does not disclose them. Compare the scopes of the token with those that CodeBuild needs';
const CLASSIC = ['pullrequest', 'webhook', 'account'];
const GRANULAR = ['read:repository:bitbucket', 'read:pullrequest:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket', 'read:user:bitbucket'];
const apiToken = (...scopes: string[]) => bitbucket({ type: 'api_token', email: EMAIL, scopes });
const accessToken = (...scopes: string[]) => bitbucket({ type: 'repo_access_token', scopes });

describe('Bitbucket', () => {
  test.each<[string, () => void, string]>([
    ['an API token with classic scopes, one of which includes another', apiToken(...CLASSIC), ACCEPTED],
    ['an API token with granular scopes', apiToken(...GRANULAR), ACCEPTED],
    ['an API token with old and new names', apiToken('repository', 'read:pullrequest:bitbucket', 'webhook', 'read:user:bitbucket'), ACCEPTED],
    ['an API token that may not read its user', apiToken('repository', 'pullrequest', 'webhook'), WITHOUT('BITBUCKET', " 'account'")],
    ['an API token with write access to a repository, but not read access', apiToken('write:repository:bitbucket', 'read:pullrequest:bitbucket', 'write:webhook:bitbucket', 'read:user:bitbucket'),
      WITHOUT('BITBUCKET', " 'repository'")],
    ['a wrong, expired or revoked token', () => undefined, REFUSED('BITBUCKET')],
    ['an API token of another account', bitbucket({ type: 'api_token', email: 'other@example.com', scopes: CLASSIC }), REFUSED('BITBUCKET')],
    ['an access token in place of an API token', accessToken(...CLASSIC), REFUSED('BITBUCKET')],
  ])('basic auth: %s', async (_, prepare, outcome) => {
    prepare();
    expect(await ask({ serverType: 'BITBUCKET', username: EMAIL })).toBe(outcome);
    expect(providers.requests).toHaveLength(1);
  });

  test.each<[string, () => void, string]>([
    ['an access token, which cannot read a user', accessToken('pullrequest', 'webhook'), ACCEPTED],
    ['an access token without webhook scopes', accessToken('pullrequest'), WITHOUT('BITBUCKET', " 'webhook'")],
    ['an access token without scopes', accessToken(), UNKNOWN_AT_BITBUCKET],
    ['an access token whose scopes are in the error, not in headers', () => { accessToken('pullrequest', 'webhook', 'account')(); providers.bitbucket.hasHeaders = false; }, ACCEPTED],
    ['an access token with granular scopes that are not in headers', () => { accessToken(...GRANULAR)(); providers.bitbucket.hasHeaders = false; }, UNKNOWN_AT_BITBUCKET],
    ['an access token whose scopes are not disclosed', () => { accessToken('pullrequest')(); providers.bitbucket.hasHeaders = providers.bitbucket.hasDetail = false; },
      UNKNOWN('Bitbucket rejected the request without a reason (HTTP status 403). It may be an IP allow list')],
    ['an API token in place of an access token', apiToken(...CLASSIC), REFUSED('BITBUCKET')],
  ])('access token: %s', async (_, prepare, outcome) => {
    prepare();
    expect(await ask({ serverType: 'BITBUCKET' })).toBe(outcome);
    expect(providers.requests).toHaveLength(1);
  });

  test.each([
    ['too many requests', 'the rate limit of Bitbucket is exceeded (HTTP status 429). The next daily check tries again'],
    ['outage', 'Bitbucket responded with HTTP status 503'],
    ['forbidden', 'Bitbucket rejected the request without a reason (HTTP status 403). It may be an IP allow list'],
    ['redirect', 'Bitbucket responded with HTTP status 302'],
  ] as const)('%s: the result is unknown, and no other host is contacted', async (trouble, reason) => {
    accessToken('pullrequest', 'webhook')();
    providers.bitbucket.trouble = trouble;
    expect(await ask({ serverType: 'BITBUCKET' })).toBe(UNKNOWN(reason));
    expect(providers.requests.map(({ host, path }) => host + path)).toEqual(['api.bitbucket.org/2.0/user']);
  });
});

describe('network errors', () => {
  beforeEach(() => gitHub({ scopes: ['repo'] })());

  test.each<[Delivery, string]>([
    ['reset', 'api.github.com cannot be reached (ECONNRESET). Check the function\'s network: in a VPC it needs a route to the source provider'],
    ['never', 'api.github.com did not respond within 4 seconds. In a VPC the function needs a route to it'],
  ])('%s', async (delivery, reason) => {
    providers.delivery = delivery;
    expect(await ask()).toBe(UNKNOWN(reason));
    expect(providers.requests).toHaveLength(1);
  });

  test.each<[Delivery]>([['slow body'], ['endless body']])('the headers of a response suffice, whatever its body is: %s', async (delivery) => {
    providers.delivery = delivery;
    expect(await ask()).toBe(ACCEPTED);
  });

  test.each<[Delivery]>([['slow body'], ['endless body']])('only the start of a refusal is read: %s', async (delivery) => {
    providers.delivery = delivery;
    providers.gitHub.trouble = 'suspended';
    expect(await ask()).toBe(UNKNOWN('GitHub responded with HTTP status 403'));
  });

  test('a certificate of an unknown authority is reported', async () => {
    providers.isStranger = true;
    expect(await ask()).toBe(UNKNOWN('the certificate of api.github.com is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT). A private certificate authority must be configured in the function\'s Node.js'));
    expect(providers.requests).toEqual([]);
  });

  test('a certificate for another host is reported', async () => {
    expect(await ask({ apiUrl: 'https://api.example.com' })).toBe(UNKNOWN('the certificate of api.example.com is not trusted (ERR_TLS_CERT_ALTNAME_INVALID). A private certificate authority must be configured in the function\'s Node.js'));
    expect(providers.requests).toEqual([]);
  });

  test('an unknown host name is reported', async () => {
    https.globalAgent = globalAgent;
    expect(await ask({ apiUrl: 'https://api.example.invalid' })).toMatch(/^warn: could not check the token: api.example.invalid cannot be reached \((ENOTFOUND|EAI_AGAIN)\)/);
  });

  test('a deployment without enough time left is reported', async () => {
    providers.delivery = 'never';
    expect(await ask({ milliseconds: 1 })).toMatch(/^warn: could not check the token: api.github.com did not respond/);
  });
});

describe('which tokens are checked', () => {
  test('without a setting no provider is contacted', async () => {
    const deadline = new Deadline(1_000);
    await checkToken('GITHUB', SPEC, { secret: 'ci/token', token: new SecretText(TOKEN) }, true, deadline);
    deadline.end();
    expect([isTokenChecked('GITHUB'), providers.requests]).toEqual([false, []]);
  });

  test('a connection has no token', async () => {
    process.env.TOKEN_CHECKS = JSON.stringify({ GITHUB: { onProblem: 'fail', apiUrl: API_URLS.GITHUB, requiredScopes: [], credential: SPEC } });
    const deadline = new Deadline(1_000);
    await checkToken('GITHUB', SPEC, undefined, true, deadline);
    deadline.end();
    expect(providers.requests).toEqual([]);
  });

  test.each([
    ['warn', true],
    ['fail', false],
  ] as const)('%s, where it may refuse: %s: a problem is a warning', async (onProblem, mayRefuse) => {
    expect(await ask({ onProblem, mayRefuse })).toBe(REFUSED('GITHUB').replace('refused', 'warn'));
  });

  test.each<[string, CredentialProperties]>([
    ['secret', { ...SPEC, SecretId: 'ci/other' }],
    ['field', { ...SPEC, JsonField: 'database' }],
  ])('the token of another %s than the one of the check is not sent', async (_, spec) => {
    expect(await ask({ spec })).toBe('warn: did not check the token: the check of this server type is for another credential');
    expect(providers.requests).toEqual([]);
  });

  test('nothing is sent to an address without https', async () => {
    expect(await ask({ apiUrl: 'http://api.github.com' })).toBe(UNKNOWN('the address is not an https address. Check apiUrl'));
    expect(providers.requests).toEqual([]);
  });

  test('a token with characters that are invalid in a header is not sent', async () => {
    expect(await ask({ token: 'two\nlines' })).toBe(UNKNOWN('the request to api.github.com failed (ERR_INVALID_CHAR)'));
    expect(providers.requests).toEqual([]);
  });
});
