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

/** A token that must not be imported. To try again would ask its provider again, which locks accounts out that do so. */
export class TokenRefusal extends Failure {}

/** With what CodeBuild will sign in at a source provider. */
export interface Login {
  /** For messages: the secret that holds it, and where. */
  readonly secret: string;
  readonly token: SecretText;
  readonly username?: SecretText;
  /** When the token ends, as its secret says. */
  readonly expiresAt?: Date;
}

/** Whether tokens of this server type are checked at their source provider. */
export function isTokenChecked(serverType: ServerTypeName): boolean {
  return checks()[serverType] !== undefined;
}

/**
 * Asks the source provider about a token, where that was asked for, and logs what it says. Throws a TokenRefusal
 * where the token must not be imported: the provider refuses it, or it certainly lacks a scope. What is not known is
 * never a reason.
 *
 * Where the token is sent comes from the function's environment alone, and so does whose token it may be: whoever
 * writes an event or a record has no token sent anywhere.
 *
 * @param mayRefuse whether there is something better than this token: nothing imported, or what CodeBuild holds
 */
export async function checkToken(
  serverType: ServerTypeName, spec: CredentialProperties, login: Login | undefined, mayRefuse: boolean, deadline: Deadline,
): Promise<void> {
  const check = checks()[serverType];
  if (!check || !login) return;
  const fields = { serverType, secret: login.secret, apiUrl: check.apiUrl };
  if (!isDeepStrictEqual(check.credential, spec)) {
    log('warn', 'did not check the token: the function was deployed to check another credential of this server type', fields);
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
  const ending = verdict.expiresAt && expiryWarning(verdict.expiresAt);
  if (ending !== undefined) log('warn', ending, fields);
}

/** As they were set at synthesis. */
function checks(): TokenChecks {
  return JSON.parse(process.env[TOKEN_CHECKS_VARIABLE] ?? '{}');
}

async function ask(
  serverType: ServerTypeName, { apiUrl, requiredScopes }: NonNullable<TokenChecks[ServerTypeName]>, { token, username }: Login, deadline: Deadline,
): Promise<TokenVerdict> {
  const isBitbucket = serverType === 'BITBUCKET';
  const { url, headers } = isBitbucket ? bitbucketRequest(apiUrl, token.reveal(), username?.reveal()) : gitHubRequest(apiUrl, token.reveal());
  if (!url.startsWith('https://')) return unknown('the address is not one of https. Check apiUrl');
  const answer = await askProvider(new URL(url), headers, deadline);
  if ('reason' in answer) return unknown(answer.reason);
  return (isBitbucket ? bitbucketVerdict : gitHubVerdict)(answer, requiredScopes);
}

/** The provider knows better than the secret when the token ends. */
function publishVerdict(serverType: ServerTypeName, verdict: TokenVerdict, login: Login): void {
  const { valid, expiresAt = login.expiresAt } = verdict;
  publishMetrics(serverType, {
    TokenChecked: Number(valid !== undefined),
    TokenValid: valid === undefined ? undefined : Number(valid),
    DaysToExpiry: expiresAt && daysUntil(expiresAt),
  });
}

/** What is certainly wrong. No more of the provider's answer is told than this: it may repeat the token. */
function problemOf({ valid, missingScopes }: TokenVerdict, serverType: ServerTypeName, secret: string): string | undefined {
  if (valid === false) {
    return `secret ${secret} holds a token that the source provider refuses (${serverType}, HTTP status 401): it is wrong, expired or revoked. Create a new token and store it in the secret`;
  }
  if (missingScopes.length > 0) {
    const scopes = missingScopes.map((scope) => `'${scope}'`).join(', ');
    return `secret ${secret} holds a ${serverType} token without the scope${missingScopes.length > 1 ? 's' : ''} ${scopes}. Add what is missing, or create a new token and store it in the secret; to require less, set requiredScopes`;
  }
  return undefined;
}
