import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { identifySecret, isElsewhere, looksComplete } from './secret-identity';
import { decryptStatement } from './secret-key';

/**
 * Lets the handler read the secret, and says by which id it finds it.
 *
 * Throws when something else is given in place of a secret or of its name or ARN, such as an access token.
 */
export function referToSecret(scope: Construct, secret: secretsmanager.ISecret, policy: iam.Policy): string {
  requireSecret(secret);
  const { id } = identifySecret(scope, secret);
  if (looksComplete(scope, secret)) {
    Annotations.of(scope).addWarningV2('cdk-codebuild-source-credentials:secretArnLooksComplete', `the secret at '${secret.node.path}' is known by the partial ARN '${secret.secretArn}', which has the form of a complete one: it is taken for the secret whose name ends so. If it is a complete ARN, use Secret.fromSecretCompleteArn`);
  }
  policy.addStatements(...readStatements(scope, secret));
  return id;
}

/** Python and JavaScript let any construct pass as an ISecret. What else is given may be a token, and is not repeated. */
function requireSecret(secret: Partial<secretsmanager.ISecret> | undefined): void {
  if (typeof secret?.secretArn !== 'string') {
    const given = Construct.isConstruct(secret) ? `the construct at '${secret.node.path}'` : typeof secret;
    throw new Error(`secret must be a secret of Secrets Manager, such as Secret.fromSecretNameV2 gives; got ${given}`);
  }
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
 * What `secret.grantRead` would grant, less: no DescribeSecret; and more: for an imported key too,
 * and only for this secret. A secret or key of another account must allow the role in its own
 * policy as well, which cannot be written before the role exists.
 */
export function readStatements(scope: Construct, secret: secretsmanager.ISecret): iam.PolicyStatement[] {
  const { policyArn } = identifySecret(scope, secret);
  const read = new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [policyArn] });
  return secret.encryptionKey ? [read, decryptStatement(secret.encryptionKey, secret, policyArn)] : [read];
}
