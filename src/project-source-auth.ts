import { Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AuthType } from './auth-type';
import { IConnection } from './connection';
import { requireReadableArn } from './secret-identity';
import { readStatements, requireHere } from './secret-reference';

/**
 * How one CodeBuild project signs in to its source provider, in place of the account's source
 * credentials.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codebuild-project-sourceauth.html
 *
 * @example
 * ProjectSourceAuth.connection(connection).applyTo(project);
 */
export class ProjectSourceAuth {
  /**
   * Sign in with a connection.
   *
   * @param connection a connection to the project's source provider
   */
  public static connection(connection: IConnection): ProjectSourceAuth {
    return new ProjectSourceAuth(AuthType.CODECONNECTIONS, connection.connectionArn, (policy) => {
      connection.grantUse(policy);
    });
  }

  /**
   * Sign in with a secret that CodeBuild reads for each build. It holds a JSON document with the fields
   * `ServerType`, `AuthType`, `Token` and, for BASIC_AUTH, `Username`.
   *
   * @param secret a secret of the project's account and region
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
   */
  public static secretsManager(secret: secretsmanager.ISecret): ProjectSourceAuth {
    return new ProjectSourceAuth(AuthType.SECRETS_MANAGER, secret.secretArn, (policy) => {
      requireHere(policy, secret, 'Give one of its own');
      requireReadableArn(policy, secret);
      policy.addStatements(...readStatements(policy, secret));
    });
  }

  private constructor(
    private readonly authType: AuthType,
    private readonly resource: string,
    private readonly allow: (policy: iam.Policy) => void,
  ) {}

  /**
   * Has the project sign in to the provider of its source in this way, and allows its role to.
   *
   * @param project a project that this app creates. Throws for one that is imported, and for one whose
   * source is in no repository of a provider.
   */
  public applyTo(project: codebuild.Project): void {
    const resource = project.node.defaultChild;
    if (!(resource instanceof codebuild.CfnProject)) {
      throw new Error(`project '${project.node.path}' is imported: its source can only be changed where it is created`);
    }
    requireProvider(project, Stack.of(project).resolve(resource.source).type);

    // CodeBuild checks when it creates the project that its role may do so, hence not in the role's
    // default policy, which refers to the project. https://github.com/aws/aws-cdk/issues/38504
    const policy = new iam.Policy(project, 'SourceAuthPolicy');
    this.allow(policy);
    project.role!.attachInlinePolicy(policy);
    resource.node.addDependency(policy);
    resource.addPropertyOverride('Source.Auth', { Type: this.authType, Resource: this.resource });
  }
}

/** A project without a source of its own hands its sign-in on to those that are given when a build starts. */
const TYPES = ['BITBUCKET', 'GITHUB', 'GITHUB_ENTERPRISE', 'GITLAB', 'GITLAB_SELF_MANAGED', 'NO_SOURCE'];

function requireProvider(project: codebuild.Project, type: string): void {
  if (!TYPES.includes(type)) {
    throw new Error(`the source of project '${project.node.path}' is of type ${type}, which takes no sign-in to a source provider`);
  }
}
