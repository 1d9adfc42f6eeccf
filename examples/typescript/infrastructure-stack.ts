import { Stack, StackProps } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { BitbucketCredential, Connection, GitHubCredential, GitLabCredential, GitLabSource, ProviderType, SourceCredentials } from 'cdk-codebuild-source-credentials';
import { Construct } from 'constructs';

/**
 * Everything that CodeBuild needs in one account and region to read the company's repositories.
 */
export class InfrastructureStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // {"token": "…"}
    const token = secretsmanager.Secret.fromSecretNameV2(this, 'GitHubToken', 'ci/github');
    const gitHub = new SourceCredentials(this, 'GitHub', {
      credential: GitHubCredential.personalAccessToken(token, { jsonField: 'token' }),
    });

    // {"username": "…@…", "password": "…"}
    const account = secretsmanager.Secret.fromSecretNameV2(this, 'BitbucketAccount', 'ci/bitbucket');
    new SourceCredentials(this, 'Bitbucket', {
      credential: BitbucketCredential.basicAuth(account),
    });

    // Pending until somebody completes its handshake in the console.
    const connection = new Connection(this, 'GitLabConnection', {
      providerType: ProviderType.GITLAB,
      connectionName: 'gitlab',
    });
    new SourceCredentials(this, 'GitLab', {
      credential: GitLabCredential.connection(connection),
    });

    const project = new codebuild.Project(this, 'Project', {
      source: codebuild.Source.gitHub({ owner: 'my-company', repo: 'my-service', webhook: true }),
    });
    // CodeBuild can create the webhook once it has the credential.
    project.node.addDependency(gitHub);

    const gitLabProject = new codebuild.Project(this, 'GitLabProject', {
      source: GitLabSource.gitLab({ httpsCloneUrl: 'https://gitlab.com/my-company/my-service.git' }),
    });
    // CodeBuild uses the connection with the role of the project.
    connection.grantUse(gitLabProject);
  }
}
