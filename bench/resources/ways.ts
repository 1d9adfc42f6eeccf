import { CustomResource, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId, Provider } from 'aws-cdk-lib/custom-resources';
import {
  BitbucketCredential, Connection, Credential, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, GitLabSelfManagedCredential,
  SourceCredentials,
} from 'cdk-codebuild-source-credentials';

/** Adds this many credentials, each with another server type, to a stack. */
export type Way = (stack: Stack, count: number) => void;

/** The server types in the order in which credentials are added. GitLab only supports connections. */
const SERVER_TYPES = ['GITHUB', 'GITHUB_ENTERPRISE', 'BITBUCKET', 'GITLAB', 'GITLAB_SELF_MANAGED'] as const;
type ServerTypeName = typeof SERVER_TYPES[number];

const CONNECTION_ARN = 'arn:aws:codeconnections:us-east-1:111111111111:connection/00000000-0000-4000-8000-000000000001';

/** The maximum number of credentials in a stack. */
export const MAX_CREDENTIALS = SERVER_TYPES.length;

export const ours: Way = (stack, count) => {
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token');
  const connection = Connection.fromConnectionArn(stack, 'Connection', CONNECTION_ARN);
  const credentials: Readonly<Record<ServerTypeName, () => Credential>> = {
    GITHUB: () => GitHubCredential.personalAccessToken(secret),
    GITHUB_ENTERPRISE: () => GitHubEnterpriseCredential.personalAccessToken(secret),
    BITBUCKET: () => BitbucketCredential.personalAccessToken(secret),
    GITLAB: () => GitLabCredential.connection(connection),
    GITLAB_SELF_MANAGED: () => GitLabSelfManagedCredential.connection(connection),
  };
  for (const serverType of SERVER_TYPES.slice(0, count)) new SourceCredentials(stack, serverType, { credential: credentials[serverType]() });
};

export const native: Way = (stack, count) => {
  for (const serverType of SERVER_TYPES.slice(0, count)) {
    new codebuild.CfnSourceCredential(stack, serverType, { serverType, authType: authType(serverType), token: token(serverType) });
  }
};

export const awsCustomResource: Way = (stack, count) => {
  for (const serverType of SERVER_TYPES.slice(0, count)) {
    const parameters = { serverType, authType: authType(serverType), token: token(serverType), shouldOverwrite: true };
    const onUpdate = {
      service: 'CodeBuild', action: 'importSourceCredentials', parameters, physicalResourceId: PhysicalResourceId.of(serverType),
    };
    const arn = stack.formatArn({ service: 'codebuild', resource: 'token', resourceName: serverType.toLowerCase() });
    new AwsCustomResource(stack, serverType, {
      onUpdate,
      onDelete: { service: 'CodeBuild', action: 'deleteSourceCredentials', parameters: { arn } },
      policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: ['*'] }),
      installLatestAwsSdk: false,
    });
  }
};

export const providerFramework: Way = (stack, count) => withProvider(stack, count, (onEventHandler) => ({ onEventHandler }));

export const providerFrameworkThatWaits: Way = (stack, count) => withProvider(stack, count, (onEventHandler) => ({
  onEventHandler,
  isCompleteHandler: functionOf(stack, 'IsComplete'),
  totalTimeout: Duration.minutes(5),
}));

function withProvider(stack: Stack, count: number, props: (onEvent: lambda.Function) => ConstructorParameters<typeof Provider>[2]): void {
  const onEvent = functionOf(stack, 'OnEvent');
  onEvent.addToRolePolicy(new iam.PolicyStatement({
    actions: ['codebuild:ImportSourceCredentials', 'codebuild:ListSourceCredentials', 'codebuild:DeleteSourceCredentials'], resources: ['*'],
  }));
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token');
  secret.grantRead(onEvent);
  const { serviceToken } = new Provider(stack, 'Provider', props(onEvent));
  for (const serverType of SERVER_TYPES.slice(0, count)) {
    new CustomResource(stack, serverType, { serviceToken, properties: { serverType, authType: authType(serverType), secretId: 'ci/token' } });
  }
}

/** Creates a function with empty code. A user would have to write it, but it does not affect the template's size. */
function functionOf(stack: Stack, id: string): lambda.Function {
  return new lambda.Function(stack, id, { code: lambda.Code.fromInline('exports.handler = async () => {}'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_22_X });
}

function authType(serverType: ServerTypeName): string {
  return serverType.startsWith('GITLAB') ? 'CODECONNECTIONS' : 'PERSONAL_ACCESS_TOKEN';
}

function token(serverType: ServerTypeName): string {
  return serverType.startsWith('GITLAB') ? CONNECTION_ARN : SecretValue.secretsManager('ci/token').unsafeUnwrap();
}
