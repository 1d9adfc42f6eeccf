import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { policyBeforeProjects } from '../grants';
import { identifySecret, isElsewhere, looksComplete, requireReference } from './secret-identity';
import { decryptStatement } from './secret-key';
import { describe, isSecretValue, requireKind, SECRET, string } from '../validation';

/** Lets the handler read the secret, and says by which id it finds it. */
export function referToSecret(scope: Construct, secret: secretsmanager.ISecret, permissions: iam.PolicyDocument): string {
  const { id } = identifySecret(scope, secret);
  if (looksComplete(scope, secret)) {
    Annotations.of(scope).addWarningV2('cdk-codebuild-source-credentials:secretArnLooksComplete', `the secret at '${secret.node.path}' is known by the partial ARN '${secret.secretArn}', which has the form of a complete one: it is taken for the secret whose name ends so. If it is a complete ARN, use Secret.fromSecretCompleteArn`);
  }
  permissions.addStatements(...readStatements(scope, secret));
  return id;
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
  requireReference(where, secret);
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

/** Refuses an expiry in the same field as something else. */
export function requireOwnField(where: string, expiryField: string | undefined, others: { readonly [option: string]: string | undefined }): void {
  const other = Object.keys(others).find((option) => expiryField !== undefined && others[option] === expiryField);
  if (other !== undefined) {
    throw new Error(`${where}: expiryField must be another field than ${other}; got '${expiryField}' for both. Store the date in a field of its own`);
  }
}

/**
 * What `secret.grantRead` would grant, less: no DescribeSecret; and more: for an imported key too,
 * and only for this secret. A secret or key of another account must allow the role in its own
 * policy as well, which cannot be written before the role exists.
 */
export function readStatements(scope: Construct, secret: secretsmanager.ISecret): iam.PolicyStatement[] {
  const { policyArn } = identifySecret(scope, secret);
  const read = new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [policyArn] });
  return secret.encryptionKey ? [read, decryptStatement(secret.encryptionKey, secret, policyArn)] : [read];
}

/** Allows to read the secret, before the projects of the grantee are created. */
export function grantReadOfSecret(scope: Construct, secret: secretsmanager.ISecret, grantee: iam.IGrantable): iam.Grant {
  const owner = policyBeforeProjects(grantee, secret);
  const [read, ...decrypt] = readStatements(scope, secret);
  const grant = iam.Grant.addToPrincipal({ grantee: owner, actions: read.actions, resourceArns: read.resources });
  decrypt.forEach((statement) => owner.grantPrincipal.addToPrincipalPolicy(statement));
  return grant;
}
