import { Fn, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { looksLikeAccessToken } from '../contract';
import { requireSamePartition } from '../partition';
import { isCreatedByApp } from '../validation';

/** Unambiguous references to a secret. */
export interface SecretIdentity {
  /** The id by which the handler reads it: complete ARN, partial ARN, or (in the stack's own account and region) name. */
  readonly id: string;
  /** The ARN, or ARN pattern, of the secret in policies. */
  readonly policyArn: string;
  /** The pattern of events about a new version of the secret. */
  readonly changePattern: object;
}

/**
 * Returns unambiguous references to a secret, however it was imported.
 *
 * An ISecret alone is not enough: if a partial ARN's name ends with a hyphen and six characters, `secretName` lacks
 * these seven characters, and Secrets Manager takes the partial ARN for a complete one.
 *
 * Throws if AWS would misunderstand the reference.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
export function identifySecret(scope: Construct, secret: secretsmanager.ISecret): SecretIdentity {
  requireSamePartition(scope, `the secret at '${secret.node.path}'`, secret.secretArn);
  const stack = Stack.of(scope);
  const complete = completeArn(stack, secret);
  if (complete !== undefined) {
    return { id: complete, policyArn: complete, changePattern: { ...CHANGE, resources: [complete], detail: CURRENT } };
  }

  const { secretArn, env: { account, region } } = secret;
  const name = nameOf(stack, secret);
  const isInEnvironment = isOwn(stack, account, stack.account) && isOwn(stack, region, stack.region);
  if (!isInEnvironment && endsLikeCompleteArn(name)) throw ambiguousArnError(secret);
  return {
    id: isInEnvironment ? name : secretArn,
    policyArn: `${secretArn}-??????`,
    // Another account's secret may have the same name, and its events may be forwarded to this account.
    changePattern: { ...CHANGE, account: [account], region: [region], detail: { ...CURRENT, name: [name] } },
  };
}

/** Rejects a secret with only a partial ARN that AWS would take for a complete one. */
export function requireReadableArn(scope: Construct, secret: secretsmanager.ISecret): void {
  const stack = Stack.of(scope);
  if (completeArn(stack, secret) === undefined && endsLikeCompleteArn(nameOf(stack, secret))) throw ambiguousArnError(secret);
}

/** Whether the secret is known to be in another account or region than the construct. */
export function isCrossEnvironment(scope: Construct, secret: secretsmanager.ISecret): boolean {
  return compareEnvironments(scope, secret).includes(TokenComparison.DIFFERENT);
}

/** Whether the secret may be in another account or region: the secret's are known at synthesis, but not the stack's. */
export function mayBeCrossEnvironment(scope: Construct, secret: secretsmanager.ISecret): boolean {
  const { account, region } = Stack.of(scope);
  return (Token.isUnresolved(account) && !Token.isUnresolved(secret.env.account))
    || (Token.isUnresolved(region) && !Token.isUnresolved(secret.env.region));
}

/**
 * Whether a partial ARN looks like a complete one. A name may also end that way: six lower-case letters or six digits
 * count as a word or a date, since AWS generates such a suffix only once in 200 times.
 */
export function looksLikeCompleteArn(scope: Construct, secret: secretsmanager.ISecret): boolean {
  const stack = Stack.of(scope);
  if (Token.isUnresolved(secret.secretArn) || completeArn(stack, secret) !== undefined) return false;
  const name = nameOf(stack, secret);
  return endsLikeCompleteArn(name) && !/-([a-z]{6}|\d{6})$/.test(name);
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html */
const CHANGE = { 'source': ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] };
const CURRENT = { labelUpdated: ['AWSCURRENT'] };

/** Matches a new current version of any secret. */
export const ANY_SECRET_CHANGE = { ...CHANGE, detail: CURRENT };

const RESOURCE = ':secret:';

/** The names that GetSecretValue accepts. */
const NAME = /^[\w/+=.@!-]{1,512}$/;

/** The partition may be unresolved. */
const PARTIAL_OR_COMPLETE_ARN = /^arn:[^:]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@!-]+$/;

/** Whether a name ends like a complete ARN: AWS adds a hyphen and six characters to the name. */
function endsLikeCompleteArn(name: string): boolean {
  return /-[A-Za-z0-9]{6}$/.test(name);
}

/** Rejects references that GetSecretValue or IAM would not accept. Errors do not show what may be a secret's value. */
export function requireReference(place: string, secret: secretsmanager.ISecret): void {
  const { secretArn, secretName } = secret;
  const where = `${place}: the secret at '${secret.node.path}'`;
  const start = secretArn.indexOf(RESOURCE);
  const given = start === -1 ? secretName : secretArn.slice(start + RESOURCE.length);

  if (looksLikeAccessToken(secretName) || looksLikeAccessToken(given)) {
    throw new Error(`${where} is named like an access token, which would end up in the template. Store the token in Secrets Manager, revoke it if this code was shared, and pass the name of the secret`);
  }
  if (secretName.startsWith('arn:')) {
    throw new Error(`${where} has an ARN as its name. Use Secret.fromSecretCompleteArn, or Secret.fromSecretPartialArn for an ARN without the seven characters that AWS adds`);
  }
  if (secretArn === secretName) {
    throw new Error(`${where} was imported with the deprecated Secret.fromSecretName, which provides no ARN for policies. Use Secret.fromSecretNameV2`);
  }
  if (!Token.isUnresolved(secretArn) && !PARTIAL_OR_COMPLETE_ARN.test(secretArn) && !given.includes(':')) {
    throw new Error(`${where} has an ARN that is not one of a secret: 'arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME'. Copy it from the console`);
  }
  // An ARN may contain the suffix that AWS adds to the name.
  if (Token.isUnresolved(given) || NAME.test(start === -1 ? given : given.replace(/-[A-Za-z0-9]{6}$/, ''))) return;
  if (given.includes(':')) {
    throw new Error(`${where} has the name '${given.slice(0, given.indexOf(':'))}:…': Secrets Manager treats the text after the colon as part of the name. Remove it, and name a field of the JSON document with jsonField, usernameField or passwordField`);
  }
  throw new Error(`${where} has a name that Secrets Manager does not allow: up to 512 letters, digits and the characters /_+=.@!- are allowed. Pass the name of the secret, never its value`);
}

function ambiguousArnError({ node, secretArn }: secretsmanager.ISecret): Error {
  return new Error(`the secret at '${node.path}' has the partial ARN '${secretArn}', which Secrets Manager would take for a complete one, because its name ends with a hyphen and six characters. Import it by its complete ARN, with the seven characters that AWS adds, with Secret.fromSecretCompleteArn`);
}

/** The complete ARN, if it is known. */
function completeArn(stack: Stack, secret: secretsmanager.ISecret): string | undefined {
  const { secretFullArn } = secret;
  if (secretFullArn === undefined) return undefined;
  const text = knownText(stack.resolve(secretFullArn));
  const start = text.indexOf(RESOURCE);
  // The attribute of a resource, or another token that the user passes as a complete ARN.
  if (start === -1 || text.endsWith(UNKNOWN)) return secretFullArn;
  // For a secret of a stack in another account or region, CDK composes an ARN from its physical name, without the suffix.
  return isCreatedByApp(secret) || !endsLikeCompleteArn(text) ? undefined : secretFullArn;
}

function nameOf(stack: Stack, secret: secretsmanager.ISecret): string {
  const text = isCreatedByApp(secret) ? knownText(stack.resolve(secret.secretArn)) : secret.secretArn;
  const start = text.indexOf(RESOURCE);
  return start === -1 ? Fn.select(6, Fn.split(':', secret.secretArn)) : text.slice(start + RESOURCE.length);
}

/** A placeholder for a part of a text that is only known at deployment. */
const UNKNOWN = '\u0000';

/** A resolved text, with placeholders for what is only known at deployment. */
function knownText(resolved: any): string {
  if (typeof resolved === 'string') return resolved;
  const [separator, parts] = resolved?.['Fn::Join'] ?? [];
  return Array.isArray(parts) ? parts.map(knownText).join(separator) : UNKNOWN;
}

/** Whether an account or region is the stack's own. A pseudo parameter of any stack means that of the template. */
function isOwn(stack: Stack, accountOrRegion: string, own: string): boolean {
  return accountOrRegion === own || ['AWS::AccountId', 'AWS::Region'].includes(stack.resolve(accountOrRegion)?.Ref);
}

function compareEnvironments(scope: Construct, { env }: secretsmanager.ISecret): TokenComparison[] {
  const { account, region } = Stack.of(scope);
  return [Token.compareStrings(env.account, account), Token.compareStrings(env.region, region)];
}
