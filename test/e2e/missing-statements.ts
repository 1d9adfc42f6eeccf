/** A stack with one credential whose function lacks the statement with an action. */
export interface MissingStatement {
  /** Name of the stack and prefix of its credential class. */
  readonly stack: 'GitHub' | 'GitHubEnterprise' | 'Bitbucket' | 'GitLab' | 'GitLabSelfManaged';
  readonly action: string;
  /** The error message that the user sees. */
  readonly reason: RegExp;
}

/**
 * One stack for each statement that the emulator or the simulator evaluates. Neither evaluates the permissions
 * for the log group, or the permission to pass a connection.
 */
export const MISSING_STATEMENTS: readonly MissingStatement[] = [
  {
    stack: 'GitHub',
    action: 'codebuild:ImportSourceCredentials',
    reason: /CodeBuild in [\w-]+ did not import the GITHUB credential \(PERSONAL_ACCESS_TOKEN\): AccessDeniedException/,
  },
  {
    stack: 'GitHubEnterprise',
    action: 'codebuild:ListSourceCredentials',
    reason: /CodeBuild in [\w-]+ did not list its source credentials: AccessDeniedException/,
  },
  {
    stack: 'Bitbucket',
    action: 'secretsmanager:GetSecretValue',
    reason: /secret ci\/bitbucket in [\w-]+ may not be read: AccessDeniedException/,
  },
  {
    stack: 'GitLab',
    action: 'ssm:GetParametersByPath',
    reason: /Parameter Store in [\w-]+ did not list the parameters below \/codebuild-source-credentials\/GITLAB: AccessDeniedException/,
  },
  {
    stack: 'GitLabSelfManaged',
    action: 'codeconnections:GetConnection',
    reason: /connection arn:\S+ cannot be read: AccessDeniedException/,
  },
];
