import { App, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Aws, CloudFormation, Deployment } from '../simulator';

const ACCOUNT = '222222222222';
const REGION = 'us-east-1';
const SECRET = 'ci/github';

/** The result of the rename. */
export interface NativeRename {
  /** Why the first deployment failed. */
  readonly reason: string;
  /** The status after the second deployment, which follows the first one's error message. */
  readonly status: string;
  /** Number of credentials that CodeBuild holds at the end. */
  readonly held: number;
}

/**
 * Renames a native source credential in a separate account. CloudFormation creates the new resource first, which
 * fails because the credential already exists. A person who then deletes the credential, as the message says, and deploys
 * again loses it: CloudFormation deletes the old resource last, by the ARN that both resources share.
 */
export async function renameNativeResource(aws: Aws, token: string): Promise<NativeRename> {
  const { secrets, sourceCredentials } = aws.region(ACCOUNT, REGION);
  const cloudFormation = new CloudFormation(aws, { account: ACCOUNT, region: REGION });
  secrets.create({ name: SECRET, value: JSON.stringify({ token }) });
  await deploy(cloudFormation, 'GitHub');

  const refused = await deploy(cloudFormation, 'CompanyGitHub');
  sourceCredentials.deleteByHand('GITHUB');
  const { status } = await deploy(cloudFormation, 'CompanyGitHub');

  const reason = refused.events.find((event) => event.status === 'CREATE_FAILED')?.reason ?? 'it did not fail';
  cloudFormation.close();
  return { reason, status, held: sourceCredentials.list().length };
}

async function deploy(cloudFormation: CloudFormation, constructId: string): Promise<Deployment> {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Native');
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Token', SECRET);
  new codebuild.GitHubSourceCredentials(stack, constructId, { accessToken: secret.secretValueFromJson('token') });
  return cloudFormation.deploy(app.synth(), stack.stackName);
}
