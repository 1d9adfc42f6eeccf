/**
 * How CodeBuild signs in to a source provider with the credential. OAUTH, the fifth type of the API, is omitted:
 * CodeBuild accepts it only from its console.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ImportSourceCredentials.html
 */
export enum AuthType {
  /** A token of the provider, imported into CodeBuild. */
  PERSONAL_ACCESS_TOKEN = 'PERSONAL_ACCESS_TOKEN',

  /** A user name and an API token or app password, imported into CodeBuild. Bitbucket only. */
  BASIC_AUTH = 'BASIC_AUTH',

  /** A CodeConnections connection, which CodeBuild uses for each build. */
  CODECONNECTIONS = 'CODECONNECTIONS',

  /** A Secrets Manager secret, which CodeBuild reads for each build. */
  SECRETS_MANAGER = 'SECRETS_MANAGER',
}
