package com.mycompany;

import io.github.cdkcodebuildsourcecredentials.BitbucketCredential;
import io.github.cdkcodebuildsourcecredentials.Connection;
import io.github.cdkcodebuildsourcecredentials.GitHubCredential;
import io.github.cdkcodebuildsourcecredentials.GitLabCredential;
import io.github.cdkcodebuildsourcecredentials.GitLabSource;
import io.github.cdkcodebuildsourcecredentials.GitLabSourceProps;
import io.github.cdkcodebuildsourcecredentials.PersonalAccessTokenOptions;
import io.github.cdkcodebuildsourcecredentials.ProviderType;
import io.github.cdkcodebuildsourcecredentials.SourceCredentials;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.codebuild.GitHubSourceProps;
import software.amazon.awscdk.services.codebuild.Project;
import software.amazon.awscdk.services.codebuild.Source;
import software.amazon.awscdk.services.secretsmanager.ISecret;
import software.amazon.awscdk.services.secretsmanager.Secret;
import software.constructs.Construct;

/** Everything that CodeBuild needs in one account and region to read the company's repositories. */
public class InfrastructureStack extends Stack {
    public InfrastructureStack(final Construct scope, final String id) {
        this(scope, id, null);
    }

    public InfrastructureStack(final Construct scope, final String id, final StackProps props) {
        super(scope, id, props);

        // {"token": "…"}
        final ISecret token = Secret.fromSecretNameV2(this, "GitHubToken", "ci/github");
        final SourceCredentials gitHub = SourceCredentials.Builder.create(this, "GitHub")
                .credential(GitHubCredential.personalAccessToken(token, PersonalAccessTokenOptions.builder()
                        .jsonField("token")
                        .build()))
                .build();

        // {"username": "…@…", "password": "…"}
        final ISecret account = Secret.fromSecretNameV2(this, "BitbucketAccount", "ci/bitbucket");
        SourceCredentials.Builder.create(this, "Bitbucket")
                .credential(BitbucketCredential.basicAuth(account))
                .build();

        // Pending until somebody completes its handshake in the console.
        final Connection connection = Connection.Builder.create(this, "GitLabConnection")
                .providerType(ProviderType.GITLAB)
                .connectionName("gitlab")
                .build();
        SourceCredentials.Builder.create(this, "GitLab")
                .credential(GitLabCredential.connection(connection))
                .build();

        final Project project = Project.Builder.create(this, "Project")
                .source(Source.gitHub(GitHubSourceProps.builder()
                        .owner("my-company")
                        .repo("my-service")
                        .webhook(true)
                        .build()))
                .build();
        // CodeBuild can create the webhook once it has the credential.
        project.getNode().addDependency(gitHub);

        final Project gitLabProject = Project.Builder.create(this, "GitLabProject")
                .source(GitLabSource.gitLab(GitLabSourceProps.builder()
                        .httpsCloneUrl("https://gitlab.com/my-company/my-service.git")
                        .build()))
                .build();
        // CodeBuild uses the connection with the role of the project.
        connection.grantUse(gitLabProject);
    }
}
