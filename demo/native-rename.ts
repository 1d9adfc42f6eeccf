import { App, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Aws, CloudFormation, Deployment } from '../simulator';

const ACCOUNT = '222222222222';
const REGION = 'us-east-1';
const SECRET = 'ci/github';

/** How the rename went. */
export interface NativeRename {
  /** Why the first try failed. */
  readonly reason: string;
  /** How the second one ended, after the person did what the first one asked for. */
  readonly status: string;
  /** What CodeBuild holds then. */
  readonly held: number;
}

/**
 * Renames a native source credential, in an account of its own. CloudFormation creates the new resource first, which
 * fails while there is a credential. A person who deletes that as the message says, and deploys again, loses it:
 * CloudFormation removes the former resource last, by the ARN that both have.
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
