import { crc32 } from './crc32';
import { hasInvisible } from './invisible';
import type { ServerTypeName } from '../../src/contract';

/** How a token or password will be used. */
export interface TokenUse {
  readonly serverType: ServerTypeName;
  readonly authType: 'PERSONAL_ACCESS_TOKEN' | 'BASIC_AUTH';
  readonly username?: string;
}

/** A problem of a token. It never contains the token. */
export interface Finding {
  /** Continues "the secret holds …". */
  readonly what: string;
  readonly fix: string;
  /** Whether no source provider can accept the token. Otherwise the problem is only a warning. */
  readonly isCertain: boolean;
}

/**
 * Finds problems in the text of a token: CodeBuild accepts any text. Only a token that cannot work is a certain problem.
 * An unknown format is a doubtful one, because source providers change their formats.
 *
 * All expressions take linear time: a secret may have 64 KiB.
 */
export function checkTokenFormat(token: string, use: TokenUse): Finding | undefined {
  const kind = wrongKind(token, use);
  return wrongText(token) ?? (kind?.isCertain ? kind : undefined) ?? wrongCharacters(token, use) ?? kind ?? doubtfulForm(token, use);
}

/** Finds problems in a user name. Basic authentication separates it from the password by a colon (RFC 7617). */
export function checkUsernameFormat(username: string): Finding | undefined {
  return hasInvisible(username) || username.includes(':') ? refusal('a user name with a blank or a colon', 'Store the user name alone') : undefined;
}

const refusal = (what: string, fix: string): Finding => ({ what, fix, isCertain: true });
const doubt = (what: string, fix: string): Finding => ({ what, fix, isCertain: false });

const PLACEHOLDER = refusal('a placeholder', 'Store the value that the source provider has issued');

function wrongText(token: string): Finding | undefined {
  if (isQuoted(token)) return refusal('a token in quotes', 'Store it without them');
  if (isPlaceholder(token)) return PLACEHOLDER;
  if (/^[[{]/.test(token)) return refusal('JSON in place of a token', 'Store the token alone, or name the field that holds it');
  if (/^arn:[\w-]+:/.test(token)) {
    return refusal('an ARN, not a token,', 'Store the token itself; for a connection or a secret that CodeBuild reads, use connection(...) or secretsManager(...)');
  }
  if (hasInvisible(token)) return refusal('a blank, a line break or an invisible character inside the token', 'Store the token alone, in one line');
  return undefined;
}

const QUOTES = ['""', "''", '``', '“”', '„“', '‘’', '«»'];

function isQuoted(token: string): boolean {
  return token.length > 1 && QUOTES.includes(token[0] + token[token.length - 1]);
}

/** Typical placeholders, as letters only. */
const PLACEHOLDER_WORDS = [
  'changeme', 'changeit', 'replaceme', 'replacethis', 'placeholder', 'todo', 'tbd', 'fixme', 'dummy', 'none', 'null', 'undefined', 'nil', 'empty',
  'yourtoken', 'yourtokenhere', 'tokenhere', 'mytoken', 'yourgithubtoken', 'yourpersonalaccesstoken', 'personalaccesstoken', 'insertyourtokenhere',
  'inserttokenhere', 'addyourtokenhere', 'youraccesstoken', 'accesstoken', 'yourpassword', 'yourapitoken', 'apitoken', 'redacted', 'secret', 'password',
  'filledinlater', 'tobereplaced', 'tobedefined', 'yoursecret', 'githubtoken', 'ghptoken', 'ghpyourtoken', 'ghpyourtokenhere', 'example', 'exampletoken',
];
const LONGEST_PLACEHOLDER = 64;

function isPlaceholder(text: string): boolean {
  if (text.length > LONGEST_PLACEHOLDER) return false;
  // One repeated character, such as xxxxxxxx, and template variables, such as ${TOKEN}, <token>, %TOKEN%.
  const [, rest] = /^(?:gh[a-z]_|github_pat_)?(.*)$/s.exec(text)!;
  if (/^([^0-9])\1{2,}$/.test(rest)) return true;
  if (/^(\$\{?\w+\}?|\$\(\w+\)|\{\{.*\}\}|<.*>|%\w+%|__\w+__)$/.test(text)) return true;
  return PLACEHOLDER_WORDS.includes(text.toLowerCase().replace(/[^a-z]/g, ''));
}

/** Issuers of tokens, recognized by their prefixes. */
const ISSUERS: ReadonlyArray<{ issuer: string; prefix: RegExp; serverTypes: readonly ServerTypeName[] }> = [
  { issuer: 'GitHub', prefix: /^(gh[opsur]_|github_pat_)/, serverTypes: ['GITHUB', 'GITHUB_ENTERPRISE'] },
  { issuer: 'Atlassian', prefix: /^(ATATT|ATCTT|ATBB)/, serverTypes: ['BITBUCKET'] },
  // https://docs.gitlab.com/security/tokens/#token-prefixes
  { issuer: 'GitLab', prefix: /^(glpat|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|glwt|glsoat|glffct|gloas)-/, serverTypes: ['GITLAB', 'GITLAB_SELF_MANAGED'] },
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  { issuer: 'AWS', prefix: /^(AKIA|ASIA)[A-Z2-7]{16}$/, serverTypes: [] },
];

/** Finds a token of another source provider, and one that cannot be used to sign in, or only for a short time. */
function wrongKind(token: string, { serverType, authType, username }: TokenUse): Finding | undefined {
  const issuer = ISSUERS.find(({ prefix }) => prefix.test(token));
  if (issuer && !issuer.serverTypes.includes(serverType)) {
    return refusal(`a token of ${issuer.issuer}, not one for ${serverType},`, "Store a token of the credential's source provider");
  }
  switch (/^(gh[a-z]_|ATATT|ATCTT|ATBB)/.exec(token)?.[0]) {
    case 'ghs_': return refusal('an installation token of a GitHub App, which expires after an hour,', PERSONAL_OR_CONNECTION);
    case 'ghu_': return refusal('a user token of a GitHub App, which expires after eight hours,', PERSONAL_OR_CONNECTION);
    case 'ghr_': return refusal('a refresh token of a GitHub App, which cannot be used to sign in,', PERSONAL_OR_CONNECTION);
    case 'ghp_': return wrongChecksum(token, serverType);
    case 'gho_': return wrongChecksum(token, serverType) ?? doubt('a token of an OAuth app, which expires when it is not used, or when the app is authorized too often,', PERSONAL_OR_CONNECTION);
    case 'ATBB': return refusal('an app password, which Bitbucket discontinued on 28 July 2026,', 'Store an API token with basicAuth, or an access token with personalAccessToken');
    case 'ATATT': return authType === 'BASIC_AUTH' ? undefined
      : refusal('an API token, which needs the e-mail address of its account,', 'Use basicAuth, with the address as the user name');
    case 'ATCTT': return authType === 'PERSONAL_ACCESS_TOKEN' ? undefined
      : { what: 'an access token of a repository, project or workspace, which has no user name,', fix: 'Use personalAccessToken', isCertain: username !== ACCESS_TOKEN_USER };
    default: return undefined;
  }
}

const PERSONAL_OR_CONNECTION = 'Store a personal access token, or use connection(...)';

/** The user name of an access token in Git. Bitbucket's API does not accept it. */
const ACCESS_TOKEN_USER = 'x-token-auth';

/**
 * Checks the last six characters of a GitHub token, which are the CRC-32 of the previous thirty, in base 62. Whether
 * GitHub Enterprise Server does the same is not documented. Newer GitHub formats have always been longer.
 *
 * @see https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
function wrongChecksum(token: string, serverType: ServerTypeName): Finding | undefined {
  const [, random, checksum] = /^gh[po]_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/.exec(token) ?? [];
  if (random !== undefined && base62(crc32(random)).padStart(6, '0') === checksum) return undefined;
  const isCertain = serverType === 'GITHUB' && token.length <= CHECKSUMMED_LENGTH;
  return { what: 'a token of GitHub with a wrong checksum, because it is incomplete or mistyped', fix: 'Copy it again, or create a new one', isCertain };
}

const CHECKSUMMED_LENGTH = 'ghp_'.length + 36;

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(value: number): string {
  return (value >= 62 ? base62(Math.floor(value / 62)) : '') + BASE_62[value % 62];
}

/** The characters of GitHub's tokens, and for others those allowed in a header (RFC 6750). Atlassian's contain a =. */
const CHARACTERS: Readonly<Record<string, RegExp>> = {
  GITHUB: /^[\w.-]*$/,
  GITHUB_ENTERPRISE: /^[\w.-]*$/,
  BITBUCKET: /^[\w.~+/=-]*$/,
};

/** Finds characters that a token cannot have. A password may have more: it is sent in base64. */
function wrongCharacters(token: string, { serverType, authType }: TokenUse): Finding | undefined {
  if (CHARACTERS[serverType].test(token)) return undefined;
  const what = 'characters that no token has';
  const fix = 'Store only the token, not a name, an address or a password of your own';
  return authType === 'BASIC_AUTH' && /^[!-~]*$/.test(token) ? doubt(what, fix) : refusal(what, fix);
}

/** Token formats in use. Atlassian's vary in length. */
const KNOWN_FORMS: Readonly<Record<string, RegExp>> = {
  GITHUB: /^(ghp_.*|github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}|[0-9a-f]{40})$/,
  GITHUB_ENTERPRISE: /^(ghp_.*|github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}|[0-9a-f]{40})$/,
  BITBUCKET: /^AT[AC]TT/,
};

function doubtfulForm(token: string, { serverType }: TokenUse): Finding | undefined {
  return KNOWN_FORMS[serverType].test(token) ? undefined
    : doubt(`a value in no known format of a ${serverType} token`, 'Check that it is the complete token');
}
