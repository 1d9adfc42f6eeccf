import { CfnResource, Fn, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { looksLikeAccessToken } from '../contract';

/** A secret, named so that nothing else can be meant. */
export interface SecretIdentity {
  /** The id by which the handler reads it: complete ARN, partial ARN, or (in the stack's own account and region) name. */
  readonly id: string;
  /** What stands for it in policies. */
  readonly policyArn: string;
  /** The pattern of the events that tell of a new version of it. */
  readonly changePattern: object;
}

/**
 * Names a secret exactly, whichever way it is referred to.
 *
 * An ISecret cannot be trusted with that: of a partial ARN whose name ends in a hyphen and six characters,
 * its `secretName` lacks these; and Secrets Manager reads such a partial ARN as a complete one.
 *
 * Throws for what AWS would misread.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
export function identifySecret(scope: Construct, secret: secretsmanager.ISecret): SecretIdentity {
  const stack = Stack.of(scope);
  const complete = completeArn(stack, secret);
  if (complete !== undefined) {
    return { id: complete, policyArn: complete, changePattern: { ...CHANGE, resources: [complete], detail: CURRENT } };
  }

  const { secretArn, env: { account, region } } = secret;
  const name = nameOf(stack, secret);
  const isHere = isOwn(stack, account, stack.account) && isOwn(stack, region, stack.region);
  if (!isHere && endsLikeCompleteArn(name)) throw misread(secret);
  return {
    id: isHere ? name : secretArn,
    policyArn: `${secretArn}-??????`,
    // A secret of the same name may be elsewhere, and its events may be forwarded to this account.
    changePattern: { ...CHANGE, account: [account], region: [region], detail: { ...CURRENT, name: [name] } },
  };
}

/** Refuses a secret for which only a partial ARN can be given to CodeBuild, and which AWS would misread. */
export function requireReadableArn(scope: Construct, secret: secretsmanager.ISecret): void {
  const stack = Stack.of(scope);
  if (completeArn(stack, secret) === undefined && endsLikeCompleteArn(nameOf(stack, secret))) throw misread(secret);
}

/** Whether the secret is known to be in another account or region than the construct. */
export function isElsewhere(scope: Construct, secret: secretsmanager.ISecret): boolean {
  return comparePlaces(scope, secret).includes(TokenComparison.DIFFERENT);
}

/** Whether the secret may be in another account or region: its own are known, and the stack's are not. */
export function mayBeElsewhere(scope: Construct, secret: secretsmanager.ISecret): boolean {
  const { account, region } = Stack.of(scope);
  return (Token.isUnresolved(account) && !Token.isUnresolved(secret.env.account))
    || (Token.isUnresolved(region) && !Token.isUnresolved(secret.env.region));
}

/**
 * Whether a partial ARN has the form of a complete one. A name may end so. Six lower-case letters, or six
 * digits, are taken for words and dates: AWS draws such a suffix once in 200 times.
 */
export function looksComplete(scope: Construct, secret: secretsmanager.ISecret): boolean {
  const stack = Stack.of(scope);
  if (Token.isUnresolved(secret.secretArn) || completeArn(stack, secret) !== undefined) return false;
  const name = nameOf(stack, secret);
  return endsLikeCompleteArn(name) && !/-([a-z]{6}|\d{6})$/.test(name);
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html */
const CHANGE = { 'source': ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] };
const CURRENT = { labelUpdated: ['AWSCURRENT'] };

/** A new current version of whichever secret. */
export const ANY_SECRET_CHANGE = { ...CHANGE, detail: CURRENT };

const RESOURCE = ':secret:';

/** What a secret's name consists of, as GetSecretValue checks it. */
const NAME = /^[\w/+=.@!-]{1,512}$/;

/** Of the partition alone nothing may be known. */
const PARTIAL_OR_COMPLETE_ARN = /^arn:[^:]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@!-]+$/;

/** AWS adds a hyphen and six characters to the name. */
function endsLikeCompleteArn(name: string): boolean {
  return /-[A-Za-z0-9]{6}$/.test(name);
}

/** Refuses what GetSecretValue or IAM would not take for a secret. What may be a secret's value is not repeated. */
export function requireReference(place: string, secret: secretsmanager.ISecret): void {
  const { secretArn, secretName } = secret;
  const where = `${place}: the secret at '${secret.node.path}'`;
  const start = secretArn.indexOf(RESOURCE);
  const given = start === -1 ? secretName : secretArn.slice(start + RESOURCE.length);

  if (looksLikeAccessToken(secretName) || looksLikeAccessToken(given)) {
    throw new Error(`${where} is named like an access token, which would end up in the template. Store the token in Secrets Manager, revoke it if this code was shared, and pass the name of the secret`);
  }
  if (secretName.startsWith('arn:')) {
    throw new Error(`${where} has an ARN for its name. Use Secret.fromSecretCompleteArn, or Secret.fromSecretPartialArn for an ARN without the seven characters that AWS has added`);
  }
  if (secretArn === secretName) {
    throw new Error(`${where} was imported with the deprecated Secret.fromSecretName, which gives it no ARN for policies. Use Secret.fromSecretNameV2`);
  }
  if (!Token.isUnresolved(secretArn) && !PARTIAL_OR_COMPLETE_ARN.test(secretArn) && !given.includes(':')) {
    throw new Error(`${where} has an ARN that is not one of a secret: 'arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME'. Copy it from the console`);
  }
  // An ARN may have what AWS adds to the name.
  if (Token.isUnresolved(given) || NAME.test(start === -1 ? given : given.replace(/-[A-Za-z0-9]{6}$/, ''))) return;
  if (given.includes(':')) {
    throw new Error(`${where} has the name '${given.slice(0, given.indexOf(':'))}:…': Secrets Manager takes what follows the colon for a part of the name. Leave it out, and name a field of the JSON document with jsonField, usernameField or passwordField`);
  }
  throw new Error(`${where} has a name that Secrets Manager does not allow: it takes up to 512 letters, digits and characters of /_+=.@!-. Pass the name of the secret, never its value`);
}

function misread({ node, secretArn }: secretsmanager.ISecret): Error {
  return new Error(`the secret at '${node.path}' is known by the partial ARN '${secretArn}', which Secrets Manager would read as a complete one, since its name ends in a hyphen and six characters. Pass its complete ARN, with the seven characters that AWS has added, with Secret.fromSecretCompleteArn`);
}

/** The complete ARN, where that is what the secret is known by. */
function completeArn(stack: Stack, secret: secretsmanager.ISecret): string | undefined {
  const { secretFullArn } = secret;
  if (secretFullArn === undefined) return undefined;
  const text = literal(stack.resolve(secretFullArn));
  const start = text.indexOf(RESOURCE);
  // Nothing but the attribute of a resource, or whatever else the user says is complete.
  if (start === -1 || text.endsWith(UNKNOWN)) return secretFullArn;
  // CDK refers to a secret of another account or region by the name that it is given, and calls that its complete ARN.
  return isOwned(secret) || !endsLikeCompleteArn(text) ? undefined : secretFullArn;
}

function nameOf(stack: Stack, secret: secretsmanager.ISecret): string {
  const text = isOwned(secret) ? literal(stack.resolve(secret.secretArn)) : secret.secretArn;
  const start = text.indexOf(RESOURCE);
  return start === -1 ? Fn.select(6, Fn.split(':', secret.secretArn)) : text.slice(start + RESOURCE.length);
}

/** Created by this app, not imported. */
function isOwned({ node }: secretsmanager.ISecret): boolean {
  return node.defaultChild !== undefined && CfnResource.isCfnResource(node.defaultChild);
}

/** Stands for a part of a text that only the deployment knows. */
const UNKNOWN = '\u0000';

/** What is known of a resolved text. */
function literal(resolved: any): string {
  if (typeof resolved === 'string') return resolved;
  const [separator, parts] = resolved?.['Fn::Join'] ?? [];
  return Array.isArray(parts) ? parts.map(literal).join(separator) : UNKNOWN;
}

/** Whether an account or region is the stack's own: the pseudo parameters of whichever stack mean that of the template. */
function isOwn(stack: Stack, place: string, own: string): boolean {
  return place === own || ['AWS::AccountId', 'AWS::Region'].includes(stack.resolve(place)?.Ref);
}

function comparePlaces(scope: Construct, { env }: secretsmanager.ISecret): TokenComparison[] {
  const { account, region } = Stack.of(scope);
  return [Token.compareStrings(env.account, account), Token.compareStrings(env.region, region)];
}
