import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { policyBeforeProjects } from '../grants';
import { identifySecret, isCrossEnvironment, looksLikeCompleteArn, requireReference } from './secret-identity';
import { decryptStatement } from './secret-key';
import { requireSamePartition } from '../partition';
import { describe, isSecretValue, requireKind, SECRET, string } from '../validation';

/** Allows the handler to read the secret. Returns the id by which the handler reads it. */
export function grantReadAndGetId(scope: Construct, secret: secretsmanager.ISecret, permissions: iam.PolicyDocument): string {
  const { id } = identifySecret(scope, secret);
  if (looksLikeCompleteArn(scope, secret)) {
    Annotations.of(scope).addWarningV2('cdk-codebuild-source-credentials:secretArnLooksComplete', `the secret at '${secret.node.path}' has the partial ARN '${secret.secretArn}', which looks like a complete one. It is treated as partial, with the last seven characters as part of the name. If it is a complete ARN, use Secret.fromSecretCompleteArn`);
  }
  permissions.addStatements(...readStatements(scope, secret));
  return id;
}

/** Rejects a value that is not a secret, or a secret without a usable name. Errors do not show the name: it may be a token. */
export function requireSecret(where: string, secret: secretsmanager.ISecret): void {
  requireKind(where, 'secret', secret, SECRET);
  const { secretName, node: { path } } = secret;
  if (typeof secretName !== 'string' || secretName === '') {
    throw new Error(`${where}: the secret at '${path}' has no name; got ${describe(secretName, true)}. Pass the name of the secret. Check that the environment variable or context value is set`);
  }
  if (isSecretValue(secretName)) {
    throw new Error(`${where}: the secret at '${path}' has a secret's value as its name. Pass the name of the secret`);
  }
  requireReference(where, secret);
}

/**
 * Rejects a secret that CodeBuild cannot read because it is in another account or region.
 *
 * @param fix the action for the error, as an imperative
 */
export function requireSameEnvironment(scope: Construct, secret: secretsmanager.ISecret, fix: string): void {
  if (isCrossEnvironment(scope, secret)) {
    throw new Error(`the secret at '${secret.node.path}' is in account ${secret.env.account}, region ${secret.env.region}, but CodeBuild only reads secrets of its own account and region. ${fix}`);
  }
}

/** The name of a field in a secret. */
export const FIELD_NAME = string("the name of a field of the secret's JSON document", 'Leave it out for the default');

/** Rejects an expiry field that is also used for something else. */
export function requireOwnField(where: string, expiryField: string | undefined, others: { readonly [option: string]: string | undefined }): void {
  const other = Object.keys(others).find((option) => expiryField !== undefined && others[option] === expiryField);
  if (other !== undefined) {
    throw new Error(`${where}: expiryField must be another field than ${other}; got '${expiryField}' for both. Store the date in a field of its own`);
  }
}

/**
 * Statements that allow to read a secret. Unlike `secret.grantRead`, they omit DescribeSecret, also allow an imported
 * key, and allow decryption only for this secret. The policies of a secret and key in another account must allow the
 * role too, which is only possible once the role exists.
 */
export function readStatements(scope: Construct, secret: secretsmanager.ISecret): iam.PolicyStatement[] {
  const { policyArn } = identifySecret(scope, secret);
  const read = new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [policyArn] });
  const { encryptionKey } = secret;
  if (!encryptionKey) return [read];
  requireSamePartition(scope, `the key at '${encryptionKey.node.path}'`, encryptionKey.keyArn);
  return [read, decryptStatement(encryptionKey, secret, policyArn)];
}

/** Grants permission to read the secret, before the projects of the grantee are created. */
export function grantReadOfSecret(scope: Construct, secret: secretsmanager.ISecret, grantee: iam.IGrantable): iam.Grant {
  const policy = policyBeforeProjects(grantee, secret);
  const [read, ...decrypt] = readStatements(scope, secret);
  const grant = iam.Grant.addToPrincipal({ grantee: policy, actions: read.actions, resourceArns: read.resources });
  decrypt.forEach((statement) => policy.grantPrincipal.addToPrincipalPolicy(statement));
  return grant;
}
