package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	sourcecredentials "github.com/cdk-codebuild-source-credentials/cdk-codebuild-source-credentials-go/cdkcodebuildsourcecredentials"
)

// NewInfrastructureStack makes everything that CodeBuild needs in one account and region to read
// the company's repositories.
func NewInfrastructureStack(scope constructs.Construct, id string, props *awscdk.StackProps) awscdk.Stack {
	stack := awscdk.NewStack(scope, &id, props)

	// {"token": "…"}
	token := awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("GitHubToken"), jsii.String("ci/github"))
	gitHub := sourcecredentials.NewSourceCredentials(stack, jsii.String("GitHub"), &sourcecredentials.SourceCredentialsProps{
		Credential: sourcecredentials.GitHubCredential_PersonalAccessToken(token, &sourcecredentials.PersonalAccessTokenOptions{
			JsonField: jsii.String("token"),
		}),
	})

	// {"username": "…@…", "password": "…"}
	account := awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("BitbucketAccount"), jsii.String("ci/bitbucket"))
	sourcecredentials.NewSourceCredentials(stack, jsii.String("Bitbucket"), &sourcecredentials.SourceCredentialsProps{
		Credential: sourcecredentials.BitbucketCredential_BasicAuth(account, nil),
	})

	// Pending until somebody completes its handshake in the console.
	connection := sourcecredentials.NewConnection(stack, jsii.String("GitLabConnection"), &sourcecredentials.ConnectionProps{
		ProviderType:   sourcecredentials.ProviderType_GITLAB,
		ConnectionName: jsii.String("gitlab"),
	})
	sourcecredentials.NewSourceCredentials(stack, jsii.String("GitLab"), &sourcecredentials.SourceCredentialsProps{
		Credential: sourcecredentials.GitLabCredential_Connection(connection),
	})

	project := awscodebuild.NewProject(stack, jsii.String("Project"), &awscodebuild.ProjectProps{
		Source: awscodebuild.Source_GitHub(&awscodebuild.GitHubSourceProps{
			Owner:   jsii.String("my-company"),
			Repo:    jsii.String("my-service"),
			Webhook: jsii.Bool(true),
		}),
	})
	// CodeBuild can create the webhook once it has the credential.
	project.Node().AddDependency(gitHub)

	gitLabProject := awscodebuild.NewProject(stack, jsii.String("GitLabProject"), &awscodebuild.ProjectProps{
		Source: sourcecredentials.GitLabSource_GitLab(&sourcecredentials.GitLabSourceProps{
			HttpsCloneUrl: jsii.String("https://gitlab.com/my-company/my-service.git"),
		}),
	})
	// CodeBuild uses the connection with the role of the project.
	connection.GrantUse(gitLabProject)

	return stack
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	NewInfrastructureStack(app, "Infrastructure", nil)
	app.Synth(nil)
}
