import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  BitbucketCredential, Connection, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, ProviderType, SourceCredentials, TokenCheck,
  TokenCheckOptions,
} from 'cdk-codebuild-source-credentials';

const stackOf = () => new Stack(new App(), 'Stack');
const token = (stack: Stack, name = 'ci/token') => secretsmanager.Secret.fromSecretNameV2(stack, name, name);

const gitHub = (stack: Stack, tokenCheck?: TokenCheck) =>
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(token(stack)), tokenCheck });
const enterprise = (stack: Stack, tokenCheck: TokenCheck) =>
  new SourceCredentials(stack, 'Enterprise', { credential: GitHubEnterpriseCredential.personalAccessToken(token(stack, 'ghe'), { jsonField: 'token' }), tokenCheck });
const bitbucket = (stack: Stack, tokenCheck: TokenCheck) =>
  new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.basicAuth(token(stack, 'bb')), tokenCheck });

/** Returns the checks from the function's environment in the template. */
function environmentOf(stack: Stack) {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  return Properties.Environment.Variables.TOKEN_CHECKS;
}

const checksOf = (stack: Stack) => JSON.parse(environmentOf(stack));

/** Returns the check from the properties of the custom resource. */
function propertyOf(stack: Stack): string | undefined {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('Custom::CodeBuildSourceCredentials'));
  return Properties.TokenCheck;
}

test('without a check, the template contains none', () => {
  const stack = stackOf();
  gitHub(stack);
  expect([environmentOf(stack), propertyOf(stack)]).toEqual([undefined, undefined]);
});

test('the environment has the address, the required scopes and the credential of each check', () => {
  const stack = stackOf();
  gitHub(stack, TokenCheck.fail());
  enterprise(stack, TokenCheck.warn({ apiUrl: 'https://github.example.com/api/v3', requiredScopes: [] }));
  bitbucket(stack, TokenCheck.warn());
  expect(checksOf(stack)).toEqual({
    GITHUB: {
      onProblem: 'fail',
      apiUrl: 'https://api.github.com',
      requiredScopes: ['repo', 'repo:status', 'admin:repo_hook'],
      credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/token', RefreshOnSecretChange: 'true' },
    },
    GITHUB_ENTERPRISE: {
      onProblem: 'warn',
      apiUrl: 'https://github.example.com/api/v3',
      requiredScopes: [],
      credential: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ghe', JsonField: 'token', RefreshOnSecretChange: 'true' },
    },
    BITBUCKET: {
      onProblem: 'warn',
      apiUrl: 'https://api.bitbucket.org',
      requiredScopes: ['repository', 'pullrequest', 'webhook', 'account'],
      credential: { AuthType: 'BASIC_AUTH', SecretId: 'bb', UsernameField: 'username', PasswordField: 'password', RefreshOnSecretChange: 'true' },
    },
  });
});

test('a change of the check updates the resource', () => {
  const properties = [TokenCheck.warn(), TokenCheck.fail(), TokenCheck.fail({ requiredScopes: ['repo'] }), TokenCheck.fail({ apiUrl: 'https://api.example.ghe.com' })].map((check) => {
    const stack = stackOf();
    gitHub(stack, check);
    return propertyOf(stack);
  });
  expect(new Set(properties).size).toBe(4);
  expect(properties[1]).toBe('{"onProblem":"fail","apiUrl":"https://api.github.com","requiredScopes":["repo","repo:status","admin:repo_hook"]}');
});

test('one check serves several credentials', () => {
  const stack = stackOf();
  const check = TokenCheck.warn();
  gitHub(stack, check);
  bitbucket(stack, check);
  expect(Object.keys(checksOf(stack))).toEqual(['GITHUB', 'BITBUCKET']);
});

test('a secret that the stack creates has the same id in the environment and the resource', () => {
  const stack = stackOf();
  const secret = new secretsmanager.Secret(stack, 'Secret');
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.secretsManager(secret), tokenCheck: TokenCheck.warn() });
  const [ref] = Object.keys(Template.fromStack(stack).findResources('AWS::SecretsManager::Secret'));
  const { 'Fn::Join': [, [before, id, after]] } = environmentOf(stack);
  expect(id).toEqual({ Ref: ref });
  expect(JSON.parse(`${before}an-arn${after}`).GITHUB.credential).toEqual({ AuthType: 'SECRETS_MANAGER', SecretId: 'an-arn' });
});

describe('is refused', () => {
  const connection = (stack: Stack, providerType: ProviderType) => new Connection(stack, 'Connection', { providerType });

  test.each<[string, (stack: Stack) => unknown, string]>([
    ['a connection', (stack) => new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.connection(connection(stack, ProviderType.GITHUB)), tokenCheck: TokenCheck.warn() }),
      "SourceCredentials 'Stack/GitHub': tokenCheck only applies to tokens and passwords; a GITHUB credential of type CODECONNECTIONS has none. Remove it"],
    ['GitLab', (stack) => new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection(stack, ProviderType.GITLAB)), tokenCheck: TokenCheck.fail() }),
      "SourceCredentials 'Stack/GitLab': tokenCheck only applies to tokens and passwords; a GITLAB credential of type CODECONNECTIONS has none. Remove it"],
    ['GitHub Enterprise Server without an address', (stack) => enterprise(stack, TokenCheck.warn()),
      "SourceCredentials 'Stack/Enterprise': a TokenCheck for GITHUB_ENTERPRISE needs apiUrl; got undefined. Pass https://HOST/api/v3"],
    ['GitHub Enterprise Server with another path', (stack) => enterprise(stack, TokenCheck.warn({ apiUrl: 'https://github.example.com' })),
      "SourceCredentials 'Stack/Enterprise': apiUrl of GitHub Enterprise Server must end in /api/v3; got 'https://github.example.com'. Pass https://HOST/api/v3"],
    ['Bitbucket with an address', (stack) => bitbucket(stack, TokenCheck.warn({ apiUrl: 'https://bitbucket.example.com' })),
      "SourceCredentials 'Stack/Bitbucket': apiUrl of a TokenCheck only applies to GitHub; got 'https://bitbucket.example.com'. Remove it: Bitbucket Cloud has only one address"],
    ['a value that is not a check', (stack) => gitHub(stack, 'warn' as any),
      "SourceCredentials 'Stack/GitHub': tokenCheck must be a TokenCheck; got a string. Pass TokenCheck.warn() or TokenCheck.fail()"],
    ['the factory itself', (stack) => gitHub(stack, TokenCheck.warn as any),
      "SourceCredentials 'Stack/GitHub': tokenCheck must be a TokenCheck; got a function 'warn'. Pass TokenCheck.warn() or TokenCheck.fail()"],
  ])('%s', (_, create, text) => {
    expect(() => create(stackOf())).toThrow(new Error(text));
  });

  test.each([
    ['http', 'http://github.example.com/api/v3'],
    ['no scheme', 'github.example.com/api/v3'],
    ['a slash at the end', 'https://github.example.com/api/v3/'],
    ['a query', 'https://github.example.com/api/v3?a=b'],
    ['a fragment', 'https://github.example.com/api/v3#a'],
    ['a user', 'https://github.example.com@evil.example.com/api/v3'],
    ['a backslash', 'https://evil.example.com\\@github.example.com/api/v3'],
    ['a parent folder', 'https://github.example.com/../api/v3'],
    ['blanks', ' https://github.example.com/api/v3'],
    ['capitals', 'https://GitHub.example.com/api/v3'],
    ['nothing', ''],
    ['a number', 1],
  ])('an address with %s', (_, apiUrl) => {
    expect(() => TokenCheck.fail({ apiUrl: apiUrl as string })).toThrow(/^TokenCheck.fail: apiUrl must be an https address without user, query or trailing slash; got .*\. (Pass one such as|It would end up)/);
  });

  test.each<[string, TokenCheckOptions, string]>([
    ['an address that is only known at deployment', { apiUrl: new CfnParameter(stackOf(), 'Url').valueAsString }, 'TokenCheck.warn: apiUrl must be an https address without user, query or trailing slash; got a token for a string. Pass one such as https://github.example.com/api/v3'],
    ['a scope with a blank', { requiredScopes: ['repo, gist'] }, 'TokenCheck.warn: requiredScopes must be an array, each element the name of a scope; got an array with 1 element. Pass names such as repo'],
    ['a string of scopes', { requiredScopes: 'repo' as any }, "TokenCheck.warn: requiredScopes must be an array, each element the name of a scope; got the string 'repo'. Pass names such as repo"],
    ['an unknown option', { scopes: ['repo'] } as any, "TokenCheck.warn: 'scopes' is not an option. Options are: requiredScopes, apiUrl"],
  ])('%s', (_, options, text) => {
    expect(() => TokenCheck.warn(options)).toThrow(new Error(text));
  });

  test('an additional argument', () => {
    expect(() => (TokenCheck.warn as any)({}, 'more')).toThrow('TokenCheck.warn: takes 1 argument; got one more, a string. Remove it');
  });
});
