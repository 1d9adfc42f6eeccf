using Amazon.CDK;
using Amazon.CDK.AWS.CodeBuild;
using Amazon.CDK.AWS.SecretsManager;
using CdkCodeBuildSourceCredentials;
using Constructs;

namespace Infrastructure
{
    /// <summary>
    /// Everything that CodeBuild needs in one account and region to read the company's repositories.
    /// </summary>
    public class InfrastructureStack : Stack
    {
        public InfrastructureStack(Construct scope, string id, IStackProps props = null) : base(scope, id, props)
        {
            // {"token": "…"}
            var token = Secret.FromSecretNameV2(this, "GitHubToken", "ci/github");
            var gitHub = new SourceCredentials(this, "GitHub", new SourceCredentialsProps
            {
                Credential = GitHubCredential.PersonalAccessToken(token, new PersonalAccessTokenOptions { JsonField = "token" })
            });

            // {"username": "…@…", "password": "…"}
            var account = Secret.FromSecretNameV2(this, "BitbucketAccount", "ci/bitbucket");
            new SourceCredentials(this, "Bitbucket", new SourceCredentialsProps
            {
                Credential = BitbucketCredential.BasicAuth(account)
            });

            // Pending until somebody completes its handshake in the console.
            var connection = new Connection(this, "GitLabConnection", new ConnectionProps
            {
                ProviderType = ProviderType.GITLAB,
                ConnectionName = "gitlab"
            });
            new SourceCredentials(this, "GitLab", new SourceCredentialsProps
            {
                Credential = GitLabCredential.Connection(connection)
            });

            var project = new Project(this, "Project", new ProjectProps
            {
                Source = Source.GitHub(new GitHubSourceProps { Owner = "my-company", Repo = "my-service", Webhook = true })
            });
            // CodeBuild can create the webhook once it has the credential.
            project.Node.AddDependency(gitHub);

            var gitLabProject = new Project(this, "GitLabProject", new ProjectProps
            {
                Source = GitLabSource.GitLab(new GitLabSourceProps { HttpsCloneUrl = "https://gitlab.com/my-company/my-service.git" })
            });
            // CodeBuild uses the connection with the role of the project.
            connection.GrantUse(gitLabProject);
        }
    }
}
