import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, exchanges, FAILING, reason, STACK, thatFails } from './account';
import { SourceProviders, StackEvent } from '../../simulator';
import {
  BitbucketCredential, GitHubCredential, GitHubEnterpriseCredential, ServerType, SourceCredentials, SourceCredentialsProps,
  SourceCredentialsProvider, TokenCheck,
} from 'cdk-codebuild-source-credentials';

/*
 * Whole deployments with a token check. The unchanged handler calls the simulated providers through the proxy in the
 * function's environment. The proxy records every connection through it, including those that must not use it.
 */

/** Tokens with a valid checksum, which only the source provider can refuse. */
const GOOD = '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';
const BAD = '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';

let account: Account;
let providers: SourceProviders;
let onEvent: (event: StackEvent) => void;

beforeEach(async () => {
  onEvent = () => undefined;
  account = await Account.open({ onEvent: (event) => onEvent(event) });
  providers = await SourceProviders.start(account.aws.clock);
  providers.gitHub.tokens.set(GOOD, { scopes: ['repo'], expiration: '2099-10-07 19:07:53 UTC' });
  for (const [name, value] of [['good', GOOD], ['bad', BAD]]) account.region.secrets.create({ name, value });
});

afterEach(async () => {
  await account.close();
  await providers.stop();
});

/** Sets the function's proxy variables with an escape hatch. */
function throughProxy(stack: Stack): void {
  const handler = SourceCredentialsProvider.getOrCreate(stack).node.findChild('Function') as lambda.Function;
  for (const [name, value] of Object.entries(providers.environment)) handler.addEnvironment(name, value);
}

const secretOf = (stack: Stack, name: string) => secretsmanager.Secret.fromSecretNameV2(stack, `Secret${name}`, name);

const gitHub = (name: string, tokenCheck?: TokenCheck, props: Partial<SourceCredentialsProps> = {}) => (stack: Stack) => {
  throughProxy(stack);
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretOf(stack, name)), tokenCheck, ...props });
};

const held = (serverType = ServerType.GITHUB) => account.region.sourceCredentials.held(serverType)?.token;
const logs = () => account.cloudFormation.function(STACK).logs.join('\n');
const imports = () => account.requests('ImportSourceCredentials').length;
const REFUSES = 'holds a token that the source provider refuses (GITHUB, HTTP status 401)';

async function rotate(name: string, value: string): Promise<void> {
  account.region.secrets.put(name, value);
  await account.cloudFormation.idle();
}

describe('without a check', () => {
  test('no provider is contacted and nothing uses the proxy: creation, rotation, daily check, removal', async () => {
    expect((await account.deploy(gitHub('good'))).status).toBe('CREATE_COMPLETE');
    await rotate('good', BAD);
    await account.cloudFormation.schedulesComeDue();
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect([providers.proxied, providers.requests]).toEqual([[], []]);
  });
});

describe.each([['warn', TokenCheck.warn()], ['fail', TokenCheck.fail()]] as const)('with TokenCheck.%s', (_, check) => {
  test('a valid token is checked once per request or event, and nothing else uses the proxy', async () => {
    await account.deploy(gitHub('good', check));
    expect(providers.requests).toHaveLength(1);
    await rotate('good', GOOD);
    expect(providers.requests).toHaveLength(2);
    await account.cloudFormation.schedulesComeDue();
    expect(providers.requests).toHaveLength(3);
    await account.deploy(gitHub('good', check, { shouldOverwrite: false }));
    expect(providers.requests).toHaveLength(4);
    await account.destroy();

    expect(providers.requests).toEqual(Array(4).fill(expect.objectContaining({ host: 'api.github.com', method: 'GET', path: '/' })));
    expect(providers.proxied).toEqual(Array(4).fill('CONNECT api.github.com:443'));
    expect(held()).toBeUndefined();
  });

  test.each([
    ['no connection', () => { providers.isProxyClosed = true; }, 'the request to api.github.com failed (ERR_PROXY_TUNNEL)'],
    ['an unknown authority', () => { providers.isStranger = true; }, 'the certificate of api.github.com is not trusted'],
    ['silence', () => { providers.delivery = 'never'; }, 'api.github.com did not respond within 4 seconds'],
    ['an outage', () => { providers.gitHub.trouble = 'outage'; }, 'GitHub responded with HTTP status 502'],
    ['single sign-on', () => { providers.gitHub.trouble = 'single sign-on'; }, 'SAML single sign-on'],
  ] as const)('%s is a warning that names the cause', async (__, prepare, cause) => {
    prepare();
    expect((await account.deploy(gitHub('good', check))).status).toBe('CREATE_COMPLETE');
    expect(held()).toBe(GOOD);
    expect(logs()).toMatch(new RegExp(`"level":"warn","message":"could not check the token: .*${cause.replace(/[()]/g, '\\$&')}`));
  });

  test('a fine-grained token passes although its permissions are unknown', async () => {
    providers.gitHub.tokens.set(GOOD, { hasEmptyHeader: true });
    expect((await account.deploy(gitHub('good', check))).status).toBe('CREATE_COMPLETE');
    expect(logs()).toContain('its scopes are unknown: GitHub does not disclose them');
  });

});

describe('other providers', () => {
  const API_TOKEN = `ATATT3x${'aB3-_'.repeat(30)}=1A2B3C4D`;
  const ACCESS_TOKEN = `ATCTT3x${'aB3-_'.repeat(30)}=1A2B3C4D`;

  beforeEach(() => {
    providers.gitHubEnterprise.tokens.set(GOOD, { scopes: ['repo'] });
    providers.bitbucket.tokens.set(API_TOKEN, { type: 'api_token', email: 'ci@example.com', scopes: ['pullrequest', 'webhook', 'account'] });
    providers.bitbucket.tokens.set(ACCESS_TOKEN, { type: 'repo_access_token', scopes: ['pullrequest', 'webhook'] });
    account.region.secrets.create({ name: 'access-token', value: ACCESS_TOKEN });
    account.region.secrets.create({
      name: 'api-token',
      value: JSON.stringify({ ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH', Username: 'ci@example.com', Token: API_TOKEN, username: 'ci@example.com', password: API_TOKEN }),
    });
  });

  const bitbucket = (credential: (stack: Stack) => SourceCredentialsProps['credential']) => (stack: Stack) => {
    throughProxy(stack);
    new SourceCredentials(stack, 'Bitbucket', { credential: credential(stack), tokenCheck: TokenCheck.fail() });
  };

  test('each credential of a stack is checked at its own provider', async () => {
    await account.deploy((stack) => {
      const credential = GitHubEnterpriseCredential.personalAccessToken(secretOf(stack, 'good'));
      new SourceCredentials(stack, 'Enterprise', { credential, tokenCheck: TokenCheck.fail({ apiUrl: 'https://github.example.com/api/v3' }) });
      bitbucket(() => BitbucketCredential.personalAccessToken(secretOf(stack, 'access-token')))(stack);
    });
    const sent = providers.requests.map(({ host, path, headers }) => `${host}${path} ${headers.authorization}`);
    expect(sent.sort()).toEqual([`api.bitbucket.org/2.0/user Bearer ${ACCESS_TOKEN}`, `github.example.com/api/v3/ Bearer ${GOOD}`]);
    expect([held(ServerType.GITHUB_ENTERPRISE), held(ServerType.BITBUCKET)]).toEqual([GOOD, ACCESS_TOKEN]);
  });

  test('a user name is sent with its password', async () => {
    await account.deploy(bitbucket((stack) => BitbucketCredential.basicAuth(secretOf(stack, 'api-token'))));
    expect(providers.requests.map(({ headers }) => headers.authorization)).toEqual([`Basic ${Buffer.from(`ci@example.com:${API_TOKEN}`).toString('base64')}`]);
    expect(held(ServerType.BITBUCKET)).toBe(API_TOKEN);
  });

  test('each daily check checks a secret that CodeBuild reads itself, but does not import it', async () => {
    await account.deploy(bitbucket((stack) => BitbucketCredential.secretsManager(secretOf(stack, 'api-token'))));
    providers.bitbucket.tokens.clear();
    await account.cloudFormation.schedulesComeDue();
    expect([providers.requests.length, imports()]).toEqual([2, 1]);
    expect(logs()).toContain('refuses (BITBUCKET, HTTP status 401)');
  });
});

describe('with TokenCheck.warn', () => {
  test.each([
    ['a refused token', 'bad', BAD, REFUSES],
    ['a token without the scope repo', 'good', GOOD, "holds a GITHUB token without the scope 'repo'"],
  ])('%s is imported with a warning: at creation, rotation and daily check', async (_, name, token, warning) => {
    providers.gitHub.tokens.set(GOOD, { scopes: ['public_repo', 'repo:status', 'admin:repo_hook'] });
    expect((await account.deploy(gitHub(name, TokenCheck.warn()))).status).toBe('CREATE_COMPLETE');
    await rotate(name, token);
    await account.cloudFormation.schedulesComeDue();

    expect(held()).toBe(token);
    expect(logs().match(/"level":"warn","message":"secret \w+ in us-east-1 holds a[^"]*"/g)).toEqual(Array(3).fill(expect.stringContaining(warning)));
    expect(account.cloudFormation.function(STACK).failures).toEqual([]);
  });
});

describe('with TokenCheck.fail', () => {
  const failing = (name: string, props: Partial<SourceCredentialsProps> = {}) => gitHub(name, TokenCheck.fail(), props);

  test.each([
    ['a refused token', 'bad', `secret bad in us-east-1 ${REFUSES}: it is wrong, expired or revoked. Create a new token and store it in the secret`],
    ['a token without the scope repo', 'good', "secret good in us-east-1 holds a GITHUB token without the scope 'repo'. Add the missing scopes, or create a new token and store it in the secret. To require fewer scopes, set requiredScopes"],
  ])('%s fails the creation, without changing CodeBuild or the records', async (_, name, text) => {
    providers.gitHub.tokens.set(GOOD, { scopes: ['public_repo', 'repo:status', 'admin:repo_hook'] });
    account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
    const deployment = await account.deploy(failing(name));

    expect(deployment.status).toBe('ROLLBACK_COMPLETE');
    expect(reason(deployment)).toContain(text);
    expect(held()).toBe('by hand');
    expect([...account.requests('PutParameter'), ...account.requests('ImportSourceCredentials'), ...account.requests('DeleteSourceCredentials')]).toEqual([]);
    expect(providers.requests).toHaveLength(1);
  });

  test('a bad token in a secret that CodeBuild reads itself fails the creation', async () => {
    account.region.secrets.create({ name: 'document', value: JSON.stringify({ ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: BAD }) });
    const deployment = await account.deploy((stack) => {
      throughProxy(stack);
      new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.secretsManager(secretOf(stack, 'document')), tokenCheck: TokenCheck.fail() });
    });
    expect(reason(deployment)).toContain(REFUSES);
    expect(imports()).toBe(0);
  });

  test('a bad new value is not imported, its provider is contacted once, and it counts as a failed refresh', async () => {
    await account.deploy(failing('good'));
    const lambdaFunction = account.cloudFormation.function(STACK);
    await rotate('good', BAD);

    expect(held()).toBe(GOOD);
    expect(providers.requests).toHaveLength(2);
    expect(lambdaFunction.deliveries.at(-1)).toMatchObject({ outcome: 'succeeded', attempts: 1 });
    expect(logs()).toMatch(new RegExp(`"level":"error","message":"could not refresh the credential".*${REFUSES.replace(/[()]/g, '\\$&')}`));
    expect(logs()).toMatch(/"TokenChecked":1,"TokenValid":0/);
    expect(logs()).toMatch(/"RefreshFailures":1/);

    // The daily check does not import it either, while CodeBuild lists the previous one.
    await account.cloudFormation.schedulesComeDue();
    expect(held()).toBe(GOOD);
    // The next value is valid.
    await rotate('good', GOOD);
    expect(logs().match(/"RefreshFailures":0/g)).toHaveLength(1);
  });

  test('an update to another secret fails, and its rollback succeeds with the previous token', async () => {
    await account.deploy(failing('good'));
    const deployment = await account.deploy(failing('bad'));
    expect(exchanges(deployment)).toEqual(['Update FAILED', 'Update SUCCESS']);
    expect([deployment.status, held()]).toEqual(['UPDATE_ROLLBACK_COMPLETE', GOOD]);
    expect(account.requests('ImportSourceCredentials').filter(({ body }) => body.token === BAD)).toEqual([]);
    expect(account.owners()).toEqual(['Infrastructure/GitHub']);
  });

  test('a bad token is restored, rather than keeping another stack\'s token', async () => {
    await account.deploy(failing('good'));
    account.region.secrets.create({ name: 'other', value: 'other' });
    await account.deploy((stack) => new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretOf(stack, 'other')) }), { stackName: 'Other' });
    providers.gitHub.tokens.clear();
    await account.destroy('Other');
    expect(held()).toBe(GOOD);
    account.region.sourceCredentials.deleteByHand('GITHUB');
    await account.cloudFormation.schedulesComeDue();
    expect(held()).toBe(GOOD);
  });
});

describe('a rollback succeeds although the previous token has become bad: the rollback', () => {
  beforeEach(() => {
    account.region.secrets.create({ name: 'next', value: GOOD });
    onEvent = ({ status }) => {
      if (status === 'CREATE_FAILED') providers.gitHub.tokens.clear();
    };
  });

  test.each<[string, (stack: Stack) => void]>([
    ['of an update that imported another secret', gitHub('next', TokenCheck.fail())],
    ['of an update that changed another property', gitHub('good', TokenCheck.fail(), { shouldOverwrite: false })],
    ['of an update that removed the check', gitHub('good')],
    ['of an update that changed the check', gitHub('good', TokenCheck.fail({ requiredScopes: ['gist'] }))],
    ['of an update that imported another secret without a check', gitHub('next')],
  ])('%s', async (_, update) => {
    await account.deploy(gitHub('good', TokenCheck.fail()));
    const deployment = await account.deploy(thatFails(update), FAILING);
    expect(deployment.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(exchanges(deployment)).toEqual(['Update SUCCESS', 'Update SUCCESS']);
    expect(held()).toBe(GOOD);
    expect(logs()).toContain(`"level":"warn","message":"secret good in us-east-1 ${REFUSES}`);
  });

  test('of a creation', async () => {
    const deployment = await account.deploy(thatFails(gitHub('good', TokenCheck.fail())), FAILING);
    expect([deployment.status, held()]).toEqual(['ROLLBACK_COMPLETE', undefined]);
  });
});

describe('a forged event or record', () => {
  const EVIL = 'https://evil.example.com';
  const OTHER = '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';
  const EVIL_CHECK = JSON.stringify({ onProblem: 'warn', apiUrl: EVIL, requiredScopes: [] });
  const lambdaFunction = () => account.cloudFormation.function(STACK);

  beforeEach(async () => {
    account.region.secrets.create({ name: 'document', value: JSON.stringify({ token: GOOD, other: OTHER }) });
    account.region.secrets.create({ name: 'other', value: OTHER });
    await account.deploy((stack) => {
      throughProxy(stack);
      const credential = GitHubCredential.personalAccessToken(secretOf(stack, 'document'), { jsonField: 'token' });
      new SourceCredentials(stack, 'GitHub', { credential, tokenCheck: TokenCheck.warn() });
      new SourceCredentials(stack, 'Enterprise', { credential: GitHubEnterpriseCredential.personalAccessToken(secretOf(stack, 'other')) });
    });
    expect(providers.proxied.splice(0)).toEqual(['CONNECT api.github.com:443']);
  });

  test.each([
    ['GITHUB', 'other', {}],
    ['GITHUB', 'document', { JsonField: 'other' }],
    ['GITHUB_ENTERPRISE', 'other', {}],
  ])('with properties for %s and %s sends no token to a provider, although it is imported', async (serverType, SecretId, more) => {
    await lambdaFunction().deliver({
      RequestType: 'Create',
      ResourceType: 'Custom::CodeBuildSourceCredentials',
      StackId: account.cloudFormation.stack(STACK).stackId,
      RequestId: 'forged',
      LogicalResourceId: 'Forged',
      ResponseURL: account.aws.answerUrl(account.aws.clock.now() + 1_000).url,
      ResourceProperties: {
        ServerType: serverType, AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId, RefreshOnSecretChange: 'true', ...more, TokenCheck: EVIL_CHECK, ApiUrl: EVIL, apiUrl: EVIL,
      },
    });
    expect(held(serverType as ServerType)).toBe(OTHER);
    expect(providers.proxied).toEqual([]);
  });

  test('from EventBridge does not redirect the token', async () => {
    const detail = { name: 'document', versionId: 'x', apiUrl: EVIL, serverType: 'GITHUB', TokenCheck: EVIL_CHECK };
    await lambdaFunction().deliver({ 'detail-type': 'Secret Label Updated', 'resources': [], detail, 'TokenCheck': EVIL_CHECK });
    expect(providers.proxied).toEqual(['CONNECT api.github.com:443']);
  });

  test.each([
    ['another secret', { SecretId: 'other', JsonField: undefined }],
    ['another field', { JsonField: 'other' }],
  ])('that names %s sends no token to a provider, although it is imported', async (_, change) => {
    const [owner] = account.records().owners();
    account.records().change(owner.name, { credential: { ...owner.credential, ...change, ApiUrl: EVIL }, apiUrl: EVIL, TokenCheck: EVIL_CHECK });
    await account.cloudFormation.schedulesComeDue();
    expect(held()).toBe(OTHER);
    expect(providers.proxied).toEqual([]);
  });

  test('that names another address does not redirect the token', async () => {
    const [owner] = account.records().owners();
    account.records().change(owner.name, { credential: { ...owner.credential, ApiUrl: EVIL, apiUrl: EVIL }, apiUrl: EVIL, TokenCheck: EVIL_CHECK });
    await account.cloudFormation.schedulesComeDue();
    expect(providers.proxied).toEqual(['CONNECT api.github.com:443']);
  });
});
