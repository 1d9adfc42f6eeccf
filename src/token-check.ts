import { Token } from 'aws-cdk-lib';
import type { TokenCheckSettings } from './contract';
import { ServerType } from './server-type';
import { arrayOf, Kind, optional, requireNoMoreArguments, requireOptions, string } from './validation';

/**
 * Options of a token check.
 */
export interface TokenCheckOptions {
  /**
   * The scopes that the token must have. A scope also counts for the scopes that it includes. Bitbucket's scopes can be
   * given by their old or new names. With an empty list, the check only finds out whether the provider accepts the token.
   *
   * Scopes are not checked if the provider does not disclose them, such as the permissions of a fine-grained GitHub
   * token.
   *
   * @default - the scopes that AWS's guide requires: `repo`, `repo:status` and `admin:repo_hook` at GitHub; `repository`,
   * `pullrequest`, `webhook` and (except for access tokens) `account` at Bitbucket
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens.html
   */
  readonly requiredScopes?: string[];

  /**
   * The address of the API that checks the token. It must begin with `https://`. The check sends the token nowhere else.
   *
   * Required for GitHub Enterprise Server: `https://HOST/api/v3`. For GitHub with data residency:
   * `https://api.SUBDOMAIN.ghe.com`. Not allowed for Bitbucket.
   *
   * @default - `https://api.github.com` or `https://api.bitbucket.org`
   */
  readonly apiUrl?: string;
}

/** A kind without tokens: who reviews the template must see where the token is sent. */
function literal(kind: Kind): Kind {
  return { ...kind, accepts: (value) => kind.accepts(value) && !Token.isUnresolved(value) };
}

/** The parsed address must equal the string: a reviewer must not read another host into it than Node.js does. */
const HTTPS_URL = literal(string('an https address without user, query or trailing slash', 'Pass one such as https://github.example.com/api/v3', (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === 'https:' && [url.origin, url.origin + url.pathname].includes(value) && !value.endsWith('/');
}));

const OPTIONS = {
  requiredScopes: optional(arrayOf(literal(string('the name of a scope', 'Pass names such as repo', (value) => /^[\w:.-]+$/.test(value))))),
  apiUrl: optional(HTTPS_URL),
};

/** The scopes that AWS's guide requires. */
const GITHUB_SCOPES = ['repo', 'repo:status', 'admin:repo_hook'];
const BITBUCKET_SCOPES = ['repository', 'pullrequest', 'webhook', 'account'];

/**
 * A check of the token at its source provider: whether the provider accepts it, when it expires, and which scopes it has.
 *
 * The function sends one request to the provider each time it reads the token: at a deployment, for a new version of
 * the secret, and in the daily check. The check finds a problem if the provider refuses the token, or if the token
 * lacks a required scope. If the check gets no result, for example because the provider does not respond, the function
 * writes a warning to its log.
 *
 * The function must reach the source provider. In a VPC it needs a NAT gateway, or a route to your own server.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens.html
 *
 * @example
 * new SourceCredentials(this, 'GitHub', {
 *   credential: GitHubCredential.personalAccessToken(secret),
 *   tokenCheck: TokenCheck.fail({ requiredScopes: ['repo'] }),
 * });
 */
export class TokenCheck {
  /**
   * Import the token in spite of a problem, and write a warning to the log.
   *
   * Throws if `apiUrl` is not an https address.
   *
   * @param options the required scopes, and the address of the API
   */
  public static warn(options?: TokenCheckOptions): TokenCheck {
    requireNoMoreArguments('TokenCheck.warn', arguments, 1);
    return new TokenCheck('TokenCheck.warn', 'warn', options);
  }

  /**
   * Do not import a token with a problem. A deployment that would import it fails without changing CodeBuild. If a new
   * version of the secret has the problem, CodeBuild keeps the previous token, and the function logs an error.
   *
   * Two imports only write a warning: one in a rollback, which therefore never fails because of the check, and one that
   * restores a credential because CodeBuild holds another one or none.
   *
   * Throws if `apiUrl` is not an https address.
   *
   * @param options the required scopes, and the address of the API
   */
  public static fail(options?: TokenCheckOptions): TokenCheck {
    requireNoMoreArguments('TokenCheck.fail', arguments, 1);
    return new TokenCheck('TokenCheck.fail', 'fail', options);
  }

  private constructor(where: string, private readonly onProblem: 'warn' | 'fail', private readonly options: TokenCheckOptions = {}) {
    requireOptions(where, 'options', options, OPTIONS);
  }

  /**
   * The settings of the check for a credential of this server type.
   *
   * @internal
   */
  public _settings(where: string, serverType: ServerType): TokenCheckSettings {
    const isBitbucket = serverType === ServerType.BITBUCKET;
    const { requiredScopes = isBitbucket ? BITBUCKET_SCOPES : GITHUB_SCOPES } = this.options;
    return { onProblem: this.onProblem, apiUrl: this.apiUrl(where, serverType), requiredScopes };
  }

  private apiUrl(where: string, serverType: ServerType): string {
    const { apiUrl } = this.options;
    switch (serverType) {
      case ServerType.BITBUCKET:
        if (apiUrl !== undefined) throw new Error(`${where}: apiUrl of a TokenCheck only applies to GitHub; got '${apiUrl}'. Remove it: Bitbucket Cloud has only one address`);
        return 'https://api.bitbucket.org';
      case ServerType.GITHUB_ENTERPRISE:
        if (apiUrl === undefined) throw new Error(`${where}: a TokenCheck for ${serverType} needs apiUrl; got undefined. Pass https://HOST/api/v3`);
        if (!apiUrl.endsWith('/api/v3')) throw new Error(`${where}: apiUrl of GitHub Enterprise Server must end in /api/v3; got '${apiUrl}'. Pass https://HOST/api/v3`);
        return apiUrl;
      default:
        return apiUrl ?? 'https://api.github.com';
    }
  }
}
