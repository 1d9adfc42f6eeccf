import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { looksLikeAccessToken } from './properties';
import { describe, isSecretValue, requireKind, SECRET, string } from './validation';

/** Lets the handler read the secret, and says by which id it finds it. */
export function referToSecret(scope: Construct, secret: secretsmanager.ISecret, policy: iam.Policy): string {
  policy.addStatements(...readStatements(scope, secret));
  return secretId(scope, secret);
}

/** Refuses what is no secret, and a secret that cannot be found by its name. The name is not repeated: it may be a token. */
export function requireSecret(where: string, secret: secretsmanager.ISecret): void {
  requireKind(where, 'secret', secret, SECRET);
  const { secretName, node: { path } } = secret;
  if (typeof secretName !== 'string' || secretName === '') {
    throw new Error(`${where}: the secret at '${path}' has no name; got ${describe(secretName, true)}. Pass the name of the secret; a variable of the environment or context may not be set`);
  }
  if (isSecretValue(secretName)) {
    throw new Error(`${where}: the secret at '${path}' has a secret's value for its name. Pass the name of the secret`);
  }
  if (Token.isUnresolved(secretName)) return;
  if (looksLikeAccessToken(secretName)) {
    throw new Error(`${where}: the secret at '${path}' is named like an access token, which would end up in the template. Store the token in Secrets Manager, revoke it if this code was shared, and pass the name of the secret`);
  }
  if (secretName.startsWith('arn:')) {
    throw new Error(`${where}: the secret at '${path}' has an ARN for its name. Use Secret.fromSecretCompleteArn`);
  }
  if (!/^[\w/+=.@-]{1,512}$/.test(secretName)) {
    throw new Error(`${where}: the secret at '${path}' has a name that Secrets Manager does not allow: it takes up to 512 letters, digits and characters of /_+=.@-. Pass the name of the secret, never its value`);
  }
}

/** Whether the secret is known to be in another account or region than the construct. */
export function isElsewhere(scope: Construct, secret: secretsmanager.ISecret): boolean {
  const { account, region } = Stack.of(scope);
  return Token.compareStrings(secret.env.account, account) === TokenComparison.DIFFERENT
    || Token.compareStrings(secret.env.region, region) === TokenComparison.DIFFERENT;
}

/**
 * Refuses a secret that CodeBuild cannot read.
 *
 * @param fix what to do
 */
export function requireHere(scope: Construct, secret: secretsmanager.ISecret, fix: string): void {
  if (isElsewhere(scope, secret)) {
    throw new Error(`the secret at '${secret.node.path}' is in account ${secret.env.account}, region ${secret.env.region}, but CodeBuild reads a secret of its own account and region only. ${fix}`);
  }
}

/** The name of a field in a secret. */
export const FIELD_NAME = string("the name of a field of the secret's JSON document", 'Leave it out for the default');

/**
 * The complete ARN where it is known. A secret of this account and region goes by its name: a
 * partial ARN whose name ends in a hyphen and six characters would be read as a complete one.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
function secretId(scope: Construct, secret: secretsmanager.ISecret): string {
  const { account, region } = Stack.of(scope);
  const isHere = secret.env.account === account && secret.env.region === region;
  return secret.secretFullArn ?? (isHere ? secret.secretName : secret.secretArn);
}

/**
 * What `secret.grantRead` would grant, less: no DescribeSecret; and more: for an imported key too,
 * and only for this secret. A secret or key of another account must allow the role in its own
 * policy as well, which cannot be written before the role exists.
 */
export function readStatements(scope: Construct, secret: secretsmanager.ISecret): iam.PolicyStatement[] {
  const arns = arnsInPolicies(scope, secret);
  const read = new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: arns });
  if (!secret.encryptionKey) return [read];

  return [read, new iam.PolicyStatement({
    actions: ['kms:Decrypt'],
    resources: [secret.encryptionKey.keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${secret.env.region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:SecretARN': arns },
    },
  })];
}

/**
 * Secrets Manager appends six random characters to the name. Another environment's secret is
 * referred to without them, or with them where the stacks use cross-region references.
 */
function arnsInPolicies(scope: Construct, secret: secretsmanager.ISecret): string[] {
  const { secretArn, secretFullArn } = secret;
  const withSuffix = `${secretArn}-??????`;
  if (!secretFullArn) return [withSuffix];
  return Token.isUnresolved(secretFullArn) && isElsewhere(scope, secret) ? [secretFullArn, withSuffix] : [secretFullArn];
}
