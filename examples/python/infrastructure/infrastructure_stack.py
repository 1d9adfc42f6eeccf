from aws_cdk import Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_secretsmanager as secretsmanager
from cdk_codebuild_source_credentials import (
    BitbucketCredential,
    Connection,
    GitHubCredential,
    GitLabCredential,
    GitLabSource,
    ProviderType,
    SourceCredentials,
)
from constructs import Construct


class InfrastructureStack(Stack):
    """Everything that CodeBuild needs in one account and region to read the company's repositories."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)

        # {"token": "…"}
        token = secretsmanager.Secret.from_secret_name_v2(self, "GitHubToken", "ci/github")
        git_hub = SourceCredentials(
            self,
            "GitHub",
            credential=GitHubCredential.personal_access_token(token, json_field="token"),
        )

        # {"username": "…@…", "password": "…"}
        account = secretsmanager.Secret.from_secret_name_v2(self, "BitbucketAccount", "ci/bitbucket")
        SourceCredentials(self, "Bitbucket", credential=BitbucketCredential.basic_auth(account))

        # Pending until somebody completes its handshake in the console.
        connection = Connection(
            self,
            "GitLabConnection",
            provider_type=ProviderType.GITLAB,
            connection_name="gitlab",
        )
        SourceCredentials(self, "GitLab", credential=GitLabCredential.connection(connection))

        project = codebuild.Project(
            self,
            "Project",
            source=codebuild.Source.git_hub(owner="my-company", repo="my-service", webhook=True),
        )
        # CodeBuild can create the webhook once it has the credential.
        project.node.add_dependency(git_hub)

        git_lab_project = codebuild.Project(
            self,
            "GitLabProject",
            source=GitLabSource.git_lab(https_clone_url="https://gitlab.com/my-company/my-service.git"),
        )
        # CodeBuild uses the connection with the role of the project.
        connection.grant_use(git_lab_project)
