/**
 * The source provider of a connection. Only those that CodeBuild can use are listed.
 *
 * @see https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateConnection.html
 */
export enum ProviderType {
  /** GitHub, on github.com. */
  GITHUB = 'GitHub',

  /** GitHub Enterprise Server, on a host of your own. */
  GITHUB_ENTERPRISE_SERVER = 'GitHubEnterpriseServer',

  /** Bitbucket Cloud. */
  BITBUCKET = 'Bitbucket',

  /** GitLab, on gitlab.com. */
  GITLAB = 'GitLab',

  /** GitLab, on a host of your own. */
  GITLAB_SELF_MANAGED = 'GitLabSelfManaged',
}
