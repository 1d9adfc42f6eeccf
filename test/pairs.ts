import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AuthType, BitbucketCredential, Credential, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, GitLabSelfManagedCredential, IConnection, ServerType } from 'cdk-codebuild-source-credentials';

/** A valid pair of server type and auth type, its provider type, and the credential that a user declares for it. */
export interface Pair {
  readonly serverType: ServerType;
  readonly authType: AuthType;
  readonly providerType: string;
  credential(sources: { secret: secretsmanager.ISecret; connection: IConnection }): Credential;
}

const { PERSONAL_ACCESS_TOKEN, BASIC_AUTH, CODECONNECTIONS, SECRETS_MANAGER } = AuthType;

const GITHUB = { serverType: ServerType.GITHUB, providerType: 'GitHub' };
const GITHUB_ENTERPRISE = { serverType: ServerType.GITHUB_ENTERPRISE, providerType: 'GitHubEnterpriseServer' };
const BITBUCKET = { serverType: ServerType.BITBUCKET, providerType: 'Bitbucket' };
const GITLAB = { serverType: ServerType.GITLAB, providerType: 'GitLab' };
const GITLAB_SELF_MANAGED = { serverType: ServerType.GITLAB_SELF_MANAGED, providerType: 'GitLabSelfManaged' };

/** The twelve pairs that CodeBuild accepts. */
export const PAIRS: readonly Pair[] = [
  { ...GITHUB, authType: PERSONAL_ACCESS_TOKEN, credential: ({ secret }) => GitHubCredential.personalAccessToken(secret) },
  { ...GITHUB, authType: CODECONNECTIONS, credential: ({ connection }) => GitHubCredential.connection(connection) },
  { ...GITHUB, authType: SECRETS_MANAGER, credential: ({ secret }) => GitHubCredential.secretsManager(secret) },
  { ...GITHUB_ENTERPRISE, authType: PERSONAL_ACCESS_TOKEN, credential: ({ secret }) => GitHubEnterpriseCredential.personalAccessToken(secret) },
  { ...GITHUB_ENTERPRISE, authType: CODECONNECTIONS, credential: ({ connection }) => GitHubEnterpriseCredential.connection(connection) },
  { ...GITHUB_ENTERPRISE, authType: SECRETS_MANAGER, credential: ({ secret }) => GitHubEnterpriseCredential.secretsManager(secret) },
  { ...BITBUCKET, authType: PERSONAL_ACCESS_TOKEN, credential: ({ secret }) => BitbucketCredential.personalAccessToken(secret) },
  { ...BITBUCKET, authType: BASIC_AUTH, credential: ({ secret }) => BitbucketCredential.basicAuth(secret) },
  { ...BITBUCKET, authType: CODECONNECTIONS, credential: ({ connection }) => BitbucketCredential.connection(connection) },
  { ...BITBUCKET, authType: SECRETS_MANAGER, credential: ({ secret }) => BitbucketCredential.secretsManager(secret) },
  { ...GITLAB, authType: CODECONNECTIONS, credential: ({ connection }) => GitLabCredential.connection(connection) },
  { ...GITLAB_SELF_MANAGED, authType: CODECONNECTIONS, credential: ({ connection }) => GitLabSelfManagedCredential.connection(connection) },
];
