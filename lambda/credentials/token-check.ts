import { isDeepStrictEqual } from 'node:util';
import { CredentialProperties, ServerTypeName, TOKEN_CHECKS_VARIABLE, TokenChecks } from '../../src/contract';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { bitbucketRequest, bitbucketVerdict } from './bitbucket-verdict';
import { daysUntil, expiryWarning } from './expiry';
import { gitHubRequest, gitHubVerdict } from './github-verdict';
import { log } from '../log';
import { publishMetrics } from '../metrics';
import { askProvider } from './provider-request';
import type { SecretText } from '../secret-text';
import { TokenVerdict, unknown } from './token-verdict';

/** A token must not be imported. Not retried: source providers lock accounts after repeated failures. */
export class TokenRefusal extends Failure {}

/** What CodeBuild will use to sign in to the source provider. */
export interface Login {
  /** The secret and its region, for messages. */
  readonly secret: string;
  readonly token: SecretText;
  readonly username?: SecretText;
  /** When the token expires, according to its secret. */
  readonly expiresAt?: Date;
}

/** Whether tokens of this server type are checked at their source provider. */
export function isTokenChecked(serverType: ServerTypeName): boolean {
  return checks()[serverType] !== undefined;
}

/**
 * Checks a token at its source provider, if the stack has a check, and logs the result. Throws a TokenRefusal if the
 * token must not be imported: the provider refuses it, or it lacks a required scope. An unknown result never prevents the
 * import.
 *
 * The address and the credential to check come from the function's environment only. Therefore nobody can redirect a
 * token by writing an event or a record.
 *
 * @param mayRefuse whether a token with a problem may be refused: false if an import with a warning is better
 */
export async function checkToken(
  serverType: ServerTypeName, spec: CredentialProperties, login: Login | undefined, mayRefuse: boolean, deadline: Deadline,
): Promise<void> {
  const check = checks()[serverType];
  if (!check || !login) return;
  const fields = { serverType, secret: login.secret, apiUrl: check.apiUrl };
  if (!isDeepStrictEqual(check.credential, spec)) {
    log('warn', 'did not check the token: the check of this server type is for another credential', fields);
    return;
  }
  const verdict = await ask(serverType, check, login, deadline);
  publishVerdict(serverType, verdict, login);
  const problem = problemOf(verdict, serverType, login.secret);
  if (problem !== undefined && check.onProblem === 'fail' && mayRefuse) throw new TokenRefusal(problem);
  if (problem !== undefined) log('warn', problem, fields);
  else if (verdict.valid === undefined) log('warn', `could not check the token: ${verdict.unknownBecause}`, fields);
  else if (verdict.unknownBecause !== undefined) log('warn', `the source provider accepts the token, but its scopes are unknown: ${verdict.unknownBecause}`, fields);
  else log('info', 'the source provider accepts the token', { ...fields, expiresAt: verdict.expiresAt?.toISOString() });
  const warning = verdict.expiresAt && expiryWarning(verdict.expiresAt);
  if (warning !== undefined) log('warn', warning, fields);
}

/** The token checks of the stack, as set at synthesis. */
function checks(): TokenChecks {
  return JSON.parse(process.env[TOKEN_CHECKS_VARIABLE] ?? '{}');
}

async function ask(
  serverType: ServerTypeName, { apiUrl, requiredScopes }: NonNullable<TokenChecks[ServerTypeName]>, { token, username }: Login, deadline: Deadline,
): Promise<TokenVerdict> {
  const isBitbucket = serverType === 'BITBUCKET';
  const { url, headers } = isBitbucket ? bitbucketRequest(apiUrl, token.reveal(), username?.reveal()) : gitHubRequest(apiUrl, token.reveal());
  if (!url.startsWith('https://')) return unknown('the address is not an https address. Check apiUrl');
  const answer = await askProvider(new URL(url), headers, deadline);
  if ('reason' in answer) return unknown(answer.reason);
  return (isBitbucket ? bitbucketVerdict : gitHubVerdict)(answer, requiredScopes);
}

/** Publishes the result as metrics. The provider's expiry date takes precedence over the secret's. */
function publishVerdict(serverType: ServerTypeName, verdict: TokenVerdict, login: Login): void {
  const { valid, expiresAt = login.expiresAt } = verdict;
  publishMetrics(serverType, {
    TokenChecked: Number(valid !== undefined),
    TokenValid: valid === undefined ? undefined : Number(valid),
    DaysToExpiry: expiresAt && daysUntil(expiresAt),
  });
}

/** Describes a confirmed problem. It contains no other part of the provider's response, which may contain the token. */
function problemOf({ valid, missingScopes }: TokenVerdict, serverType: ServerTypeName, secret: string): string | undefined {
  if (valid === false) {
    return `secret ${secret} holds a token that the source provider refuses (${serverType}, HTTP status 401): it is wrong, expired or revoked. Create a new token and store it in the secret`;
  }
  if (missingScopes.length > 0) {
    const scopes = missingScopes.map((scope) => `'${scope}'`).join(', ');
    return `secret ${secret} holds a ${serverType} token without the scope${missingScopes.length > 1 ? 's' : ''} ${scopes}. Add the missing scopes, or create a new token and store it in the secret. To require fewer scopes, set requiredScopes`;
  }
  return undefined;
}
