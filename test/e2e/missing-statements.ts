/** A stack with one credential whose function lacks the statement with an action. */
export interface MissingStatement {
  /** The stack, and the class whose credential it has. */
  readonly stack: 'GitHub' | 'GitHubEnterprise' | 'Bitbucket' | 'GitLab' | 'GitLabSelfManaged';
  readonly action: string;
  /** What the user reads. */
  readonly reason: RegExp;
}

/**
 * One for each statement that the emulator or the simulator judges. Neither judges the log group's, nor
 * whether a connection may be passed.
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
