import { crc32 } from './crc32';
import { hasInvisible } from './invisible';
import type { ServerTypeName } from '../../src/contract';

/** For what a token or password is to be used. */
export interface TokenUse {
  readonly serverType: ServerTypeName;
  readonly authType: 'PERSONAL_ACCESS_TOKEN' | 'BASIC_AUTH';
  readonly username?: string;
}

/** What was found about a token. It never repeats the token. */
export interface Finding {
  /** Continues "the secret holds …". */
  readonly what: string;
  readonly fix: string;
  /** Whether no source provider can accept the token. Otherwise it is worth a warning only. */
  readonly isCertain: boolean;
}

/**
 * What is wrong with a token, as far as its text shows: CodeBuild takes any text. Only what cannot work is
 * certain. Source providers change the forms of their tokens, so that an unknown form is only doubtful.
 *
 * No expression here takes more than linear time: a secret holds up to 64 KiB.
 */
export function checkTokenFormat(token: string, use: TokenUse): Finding | undefined {
  const kind = wrongKind(token, use);
  return wrongText(token) ?? (kind?.isCertain ? kind : undefined) ?? wrongCharacters(token, use) ?? kind ?? doubtfulForm(token, use);
}

/** What is wrong with a user name. Basic authentication separates it from the password by a colon (RFC 7617). */
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

/** Words that stand where a value is still to be put. */
const PLACEHOLDER_WORDS = [
  'changeme', 'changeit', 'replaceme', 'replacethis', 'placeholder', 'todo', 'tbd', 'fixme', 'dummy', 'none', 'null', 'undefined', 'nil', 'empty',
  'yourtoken', 'yourtokenhere', 'tokenhere', 'mytoken', 'yourgithubtoken', 'yourpersonalaccesstoken', 'personalaccesstoken', 'insertyourtokenhere',
  'inserttokenhere', 'addyourtokenhere', 'youraccesstoken', 'accesstoken', 'yourpassword', 'yourapitoken', 'apitoken', 'redacted', 'secret', 'password',
  'filledinlater', 'tobereplaced', 'tobedefined', 'yoursecret', 'githubtoken', 'ghptoken', 'ghpyourtoken', 'ghpyourtokenhere', 'example', 'exampletoken',
];
const LONGEST_PLACEHOLDER = 64;

function isPlaceholder(text: string): boolean {
  if (text.length > LONGEST_PLACEHOLDER) return false;
  // One character again and again, such as in xxxxxxxx; variables of templates, such as ${TOKEN}, <token>, %TOKEN%.
  const [, rest] = /^(?:gh[a-z]_|github_pat_)?(.*)$/s.exec(text)!;
  if (/^([^0-9])\1{2,}$/.test(rest)) return true;
  if (/^(\$\{?\w+\}?|\$\(\w+\)|\{\{.*\}\}|<.*>|%\w+%|__\w+__)$/.test(text)) return true;
  return PLACEHOLDER_WORDS.includes(text.toLowerCase().replace(/[^a-z]/g, ''));
}

/** Whose a token is, by the letters that it begins with. */
const ISSUERS: ReadonlyArray<{ issuer: string; prefix: RegExp; serverTypes: readonly ServerTypeName[] }> = [
  { issuer: 'GitHub', prefix: /^(gh[opsur]_|github_pat_)/, serverTypes: ['GITHUB', 'GITHUB_ENTERPRISE'] },
  { issuer: 'Atlassian', prefix: /^(ATATT|ATCTT|ATBB)/, serverTypes: ['BITBUCKET'] },
  // https://docs.gitlab.com/security/tokens/#token-prefixes
  { issuer: 'GitLab', prefix: /^(glpat|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|glwt|glsoat|glffct|gloas)-/, serverTypes: ['GITLAB', 'GITLAB_SELF_MANAGED'] },
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  { issuer: 'AWS', prefix: /^(AKIA|ASIA)[A-Z2-7]{16}$/, serverTypes: [] },
];

/** A token of another source provider, or one with which nobody can sign in, or not for long. */
function wrongKind(token: string, { serverType, authType, username }: TokenUse): Finding | undefined {
  const issuer = ISSUERS.find(({ prefix }) => prefix.test(token));
  if (issuer && !issuer.serverTypes.includes(serverType)) {
    return refusal(`a token of ${issuer.issuer}, not one for ${serverType},`, "Store a token of the credential's source provider");
  }
  switch (/^(gh[a-z]_|ATATT|ATCTT|ATBB)/.exec(token)?.[0]) {
    case 'ghs_': return refusal('an installation token of a GitHub App, which expires after an hour,', PERSONAL_OR_CONNECTION);
    case 'ghu_': return refusal('a user token of a GitHub App, which expires after eight hours,', PERSONAL_OR_CONNECTION);
    case 'ghr_': return refusal('a refresh token of a GitHub App, with which nobody can sign in,', PERSONAL_OR_CONNECTION);
    case 'ghp_': return wrongChecksum(token, serverType);
    case 'gho_': return wrongChecksum(token, serverType) ?? doubt('a token of an OAuth app, which ends when it is authorized anew too often, or not used,', PERSONAL_OR_CONNECTION);
    case 'ATBB': return refusal('an app password, which Bitbucket ended on 28 July 2026,', 'Store an API token with basicAuth, or an access token with personalAccessToken');
    case 'ATATT': return authType === 'BASIC_AUTH' ? undefined
      : refusal('an API token, which needs the e-mail address of its account,', 'Use basicAuth, with the address as the user name');
    case 'ATCTT': return authType === 'PERSONAL_ACCESS_TOKEN' ? undefined
      : { what: 'an access token of a repository, project or workspace, which has no user name,', fix: 'Use personalAccessToken', isCertain: username !== ACCESS_TOKEN_USER };
    default: return undefined;
  }
}

const PERSONAL_OR_CONNECTION = 'Store a personal access token, or use connection(...)';

/** As which an access token can be used for Git, but not for Bitbucket's API. */
const ACCESS_TOKEN_USER = 'x-token-auth';

/**
 * The last six characters are the CRC-32 of the thirty before, in base 62. Whether a server of one's own follows
 * that is not documented. GitHub changes the forms of its tokens, and has made them longer so far.
 *
 * @see https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
function wrongChecksum(token: string, serverType: ServerTypeName): Finding | undefined {
  const [, random, checksum] = /^gh[po]_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/.exec(token) ?? [];
  if (random !== undefined && base62(crc32(random)).padStart(6, '0') === checksum) return undefined;
  const isCertain = serverType === 'GITHUB' && token.length <= CHECKSUMMED_LENGTH;
  return { what: 'a token of GitHub with a wrong checksum: a part is missing or mistyped', fix: 'Copy it again, or create a new one', isCertain };
}

const CHECKSUMMED_LENGTH = 'ghp_'.length + 36;

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(value: number): string {
  return (value >= 62 ? base62(Math.floor(value / 62)) : '') + BASE_62[value % 62];
}

/** GitHub's tokens; those of others go through as they are in a header (RFC 6750), and Atlassian's have a = inside. */
const CHARACTERS: Readonly<Record<string, RegExp>> = {
  GITHUB: /^[\w.-]*$/,
  GITHUB_ENTERPRISE: /^[\w.-]*$/,
  BITBUCKET: /^[\w.~+/=-]*$/,
};

/** A password goes through base64; only Atlassian decides what one may consist of. */
function wrongCharacters(token: string, { serverType, authType }: TokenUse): Finding | undefined {
  if (CHARACTERS[serverType].test(token)) return undefined;
  const what = 'characters that no token has';
  const fix = 'Store the token alone, without a name, an address or a password made up for it';
  return authType === 'BASIC_AUTH' && /^[!-~]*$/.test(token) ? doubt(what, fix) : refusal(what, fix);
}

/** Forms that are in use. Atlassian's vary in length. */
const KNOWN_FORMS: Readonly<Record<string, RegExp>> = {
  GITHUB: /^(ghp_.*|github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}|[0-9a-f]{40})$/,
  GITHUB_ENTERPRISE: /^(ghp_.*|github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}|[0-9a-f]{40})$/,
  BITBUCKET: /^AT[AC]TT/,
};

function doubtfulForm(token: string, { serverType }: TokenUse): Finding | undefined {
  return KNOWN_FORMS[serverType].test(token) ? undefined
    : doubt(`a value in no known form of a ${serverType} token`, 'Check that it is the token, and all of it');
}
