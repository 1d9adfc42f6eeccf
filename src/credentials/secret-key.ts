import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

/**
 * Allows to decrypt one secret, only through Secrets Manager.
 *
 * @param secretArn the ARN, or ARN pattern, of the secret
 */
export function decryptStatement(key: kms.IKey, secret: secretsmanager.ISecret, secretArn: string): iam.PolicyStatement {
  return keyStatement(key, ['kms:Decrypt'], {
    StringEquals: { 'kms:ViaService': `secretsmanager.${secret.env.region}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:SecretARN': [secretArn] },
  });
}

/** Allows actions on a key. The key may be an alias. */
export function keyStatement(key: kms.IKey, actions: string[], conditions: Record<string, object> = {}): iam.PolicyStatement {
  const { keyArn, alias } = keyInPolicies(key);
  return new iam.PolicyStatement({
    actions,
    resources: [keyArn],
    conditions: { ...conditions, ...alias !== undefined && { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } } },
  });
}

const ALIAS = 'alias/';

/**
 * How policies refer to a key. An alias returns its own ARN as `keyArn`, which IAM never matches.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
function keyInPolicies(key: kms.IKey): { keyArn: string; alias?: string } {
  const target = aliasTargetKey(key);
  if (target) return keyInPolicies(target);

  const { keyArn } = key;
  const start = keyArn.indexOf(`:${ALIAS}`) + 1;
  return start === 0 ? { keyArn } : { keyArn: `${keyArn.slice(0, start)}key/*`, alias: keyArn.slice(start) };
}

/** The key of an alias. For an alias that is imported by name, CDK's getter throws. */
function aliasTargetKey(key: kms.IKey): kms.IKey | undefined {
  try {
    return (key as kms.IAlias).aliasTargetKey;
  } catch {
    return undefined;
  }
}
