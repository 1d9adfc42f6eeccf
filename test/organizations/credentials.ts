import { Stack, StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/** The account that holds the token for all others. */
export const SHARED_ACCOUNT = '999999999999';
export const SECRET_ARN = `arn:aws:secretsmanager:eu-west-1:${SHARED_ACCOUNT}:secret:ci/github-AbCdEf`;
export const KEY_ARN = `arn:aws:kms:eu-west-1:${SHARED_ACCOUNT}:key/5c1b6f0e-8d0e-4d3b-9a55-6a2d7a1f0c11`;

/** The stack in each account and region of an organization, with the credential from the shared secret. */
export function addCredentials(scope: Construct): SourceCredentials {
  const token = secretsmanager.Secret.fromSecretAttributes(scope, 'Token', {
    secretCompleteArn: SECRET_ARN,
    encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY_ARN),
  });
  const credential = GitHubCredential.personalAccessToken(token, { jsonField: 'token' });
  return new SourceCredentials(scope, 'GitHub', { credential });
}

/** A stack with that credential. */
export class CredentialsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    addCredentials(this);
  }
}

/** Returns the location of the function's code in the template. */
export function codeOf(template: Template): { readonly S3Bucket: unknown; readonly S3Key: unknown } {
  const [{ Properties: { Code } }] = functionsOf(template);
  return Code;
}

/** Returns the functions that run the library's handler, without those of other constructs. */
export function functionsOf(template: Template) {
  return Object.values(template.findResources('AWS::Lambda::Function'))
    .filter(({ Properties }) => 'STACK_ID' in (Properties.Environment?.Variables ?? {}));
}
