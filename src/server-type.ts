/**
 * The type of source provider that a credential is for. CodeBuild holds one credential of each server type per
 * account and region.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ImportSourceCredentials.html
 */
export enum ServerType {
  /** GitHub, on github.com. */
  GITHUB = 'GITHUB',

  /** GitHub Enterprise Server, on a host of your own. */
  GITHUB_ENTERPRISE = 'GITHUB_ENTERPRISE',

  /** Bitbucket Cloud. */
  BITBUCKET = 'BITBUCKET',

  /** GitLab, on gitlab.com. */
  GITLAB = 'GITLAB',

  /** GitLab, on a host of your own. */
  GITLAB_SELF_MANAGED = 'GITLAB_SELF_MANAGED',
}
