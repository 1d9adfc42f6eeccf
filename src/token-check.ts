import { Token } from 'aws-cdk-lib';
import type { TokenCheckSettings } from './contract';
import { ServerType } from './server-type';
import { arrayOf, Kind, optional, requireNoMoreArguments, requireOptions, string } from './validation';

/**
 * What a token must be able to do, and where it is checked.
 */
export interface TokenCheckOptions {
  /**
   * The scopes that the token must have. A scope that includes another one counts for both, and Bitbucket's scopes go
   * by their old or new names. An empty list asks only whether the provider accepts the token.
   *
   * Scopes are not checked where the provider does not tell them, such as the permissions of a fine-grained
   * token of GitHub.
   *
   * @default - what AWS's guide asks for: `repo`, `repo:status` and `admin:repo_hook` at GitHub, `repository`, `pullrequest`,
   * `webhook` and (except of access tokens) `account` at Bitbucket
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens.html
   */
  readonly requiredScopes?: string[];

  /**
   * The address of the API at which the token is checked, which must be one of https. It is the only place to which
   * the token is sent.
   *
   * Required for GitHub Enterprise Server: `https://HOST/api/v3`. For GitHub with data residency:
   * `https://api.SUBDOMAIN.ghe.com`. Bitbucket has no other address.
   *
   * @default - `https://api.github.com` or `https://api.bitbucket.org`
   */
  readonly apiUrl?: string;
}

/** What stands in the function's environment is known at synthesis, also to those who review the template. */
function literal(kind: Kind): Kind {
  return { ...kind, accepts: (value) => kind.accepts(value) && !Token.isUnresolved(value) };
}

/** Compared as a whole: nobody reads another host into it than Node.js does. */
const HTTPS_URL = literal(string('an address of https without user, query or slash at its end', 'Pass one such as https://github.example.com/api/v3', (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === 'https:' && [url.origin, url.origin + url.pathname].includes(value) && !value.endsWith('/');
}));

const OPTIONS = {
  requiredScopes: optional(arrayOf(literal(string('the name of a scope', 'Pass names such as repo', (value) => /^[\w:.-]+$/.test(value))))),
  apiUrl: optional(HTTPS_URL),
};

/** The scopes that AWS's guide asks for. */
const GITHUB_SCOPES = ['repo', 'repo:status', 'admin:repo_hook'];
const BITBUCKET_SCOPES = ['repository', 'pullrequest', 'webhook', 'account'];

/**
 * A check of the token at its source provider: whether the provider accepts it, when it ends, and which scopes it has.
 *
 * The function asks the provider once whenever it reads the token: at a deployment, at a new version of the secret,
 * and with the provider's `reconcileInterval`. A certain problem is a token that the provider refuses, or that lacks
 * a required scope. What cannot be found out, such as when the provider does not answer, is only a warning in the log.
 *
 * The function must reach the source provider. In a VPC that takes a NAT gateway, or a way to your own server.
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
   * Throws when `apiUrl` is not an address of https.
   *
   * @param options what the token must be able to do, and where it is checked
   */
  public static warn(options?: TokenCheckOptions): TokenCheck {
    requireNoMoreArguments('TokenCheck.warn', arguments, 1);
    return new TokenCheck('TokenCheck.warn', 'warn', options);
  }

  /**
   * Do not import a token with a certain problem. A deployment that would import it fails, and changes nothing in
   * CodeBuild. Of a new version of the secret CodeBuild keeps the former token, and the log has an error.
   *
   * It never makes a rollback fail: what was deployed before is imported with a warning. So is
   * a token that is restored because CodeBuild holds another one, or none.
   *
   * Throws when `apiUrl` is not an address of https.
   *
   * @param options what the token must be able to do, and where it is checked
   */
  public static fail(options?: TokenCheckOptions): TokenCheck {
    requireNoMoreArguments('TokenCheck.fail', arguments, 1);
    return new TokenCheck('TokenCheck.fail', 'fail', options);
  }

  private constructor(where: string, private readonly onProblem: 'warn' | 'fail', private readonly options: TokenCheckOptions = {}) {
    requireOptions(where, 'options', options, OPTIONS);
  }

  /**
   * What the function is to do for a credential of this server type.
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
        if (apiUrl !== undefined) throw new Error(`${where}: apiUrl of a TokenCheck only applies to GitHub; got '${apiUrl}'. Remove it: Bitbucket Cloud has one address`);
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
