import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { looksLikeAccessToken } from './properties';

/**
 * Lets the handler read the secret, and says by which id it finds it.
 *
 * Throws when something else is given in place of a secret, and when an access token stands where the
 * name of its secret should.
 */
export function referToSecret(scope: Construct, secret: secretsmanager.ISecret, policy: iam.Policy): string {
  requireSecret(secret);
  if (!Token.isUnresolved(secret.secretName) && looksLikeAccessToken(secret.secretName)) {
    // The name is not repeated: it is a token.
    throw new Error(`the secret at '${secret.node.path}' is named like an access token, which would end up in the template. Store the token in Secrets Manager, revoke it if this code was shared, and give the name of the secret`);
  }
  policy.addStatements(...readStatements(scope, secret));
  return secretId(scope, secret);
}

/** Python and JavaScript let any construct pass as an ISecret. What else is given may be a token, and is not repeated. */
function requireSecret(secret: Partial<secretsmanager.ISecret> | undefined): void {
  if (typeof secret?.secretArn !== 'string') {
    const given = Construct.isConstruct(secret) ? `the construct at '${secret.node.path}'` : typeof secret;
    throw new Error(`secret must be a secret of Secrets Manager, such as Secret.fromSecretNameV2 gives; got ${given}`);
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

/**
 * Refuses the empty name of a field, which no JSON document is meant to have.
 */
export function requireFieldName<T extends string | undefined>(option: string, value: T): T {
  if (value === '') {
    throw new Error(`${option} must name a field of the secret's JSON document; got ''. Leave it out for the default`);
  }
  return value;
}

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
