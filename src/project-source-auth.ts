import { CfnResource, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { IConstruct } from 'constructs';
import { AuthType } from './auth-type';
import { type Connection, IConnection } from './connection';
import { PROVIDER_TYPE_OF_SERVER, ServerTypeName } from './contract';
import { requireReadableArn } from './credentials/secret-identity';
import { readStatements, requireHere, requireSecret } from './credentials/secret-reference';
import { CONNECTION, constructHaving, requireKind, requireNoMoreArguments } from './validation';

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
    requireNoMoreArguments('ProjectSourceAuth.connection', arguments, 1);
    requireKind('ProjectSourceAuth.connection', 'connection', connection, CONNECTION);
    return new ProjectSourceAuth(AuthType.CODECONNECTIONS, connection.connectionArn, (policy) => {
      connection.grantUse(policy);
    }, connection);
  }

  /**
   * Sign in with a secret that CodeBuild reads for each build. It holds a JSON document with the fields
   * `ServerType`, `AuthType`, `Token` and, for BASIC_AUTH, `Username`.
   *
   * @param secret a secret of the project's account and region
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
   */
  public static secretsManager(secret: secretsmanager.ISecret): ProjectSourceAuth {
    requireNoMoreArguments('ProjectSourceAuth.secretsManager', arguments, 1);
    requireSecret('ProjectSourceAuth.secretsManager', secret);
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
    private readonly usedConnection?: IConnection,
  ) {}

  /**
   * Has the project sign in to the provider of its source in this way, and allows its role to.
   *
   * @param project a project that this app creates. Throws for one that is imported, and for one whose
   * source is in no repository of a provider.
   */
  public applyTo(project: codebuild.Project): void {
    requireKind('ProjectSourceAuth.applyTo', 'project', project, PROJECT);
    const resource = project.node.defaultChild;
    if (!isCfnProject(resource)) {
      throw new Error(`project '${project.node.path}' is imported: its source can only be changed where it is created. Apply it there`);
    }
    if (project.node.tryFindChild(POLICY_ID)) {
      throw new Error(`project '${project.node.path}' has a ProjectSourceAuth already. Apply one of them`);
    }
    const { type } = Stack.of(project).resolve(resource.source);
    requireProvider(project, type);
    this.requireSameProvider(project, type);

    // CodeBuild checks when it creates the project that its role may do so, hence not in the role's
    // default policy, which refers to the project. https://github.com/aws/aws-cdk/issues/38504
    const policy = new iam.Policy(project, POLICY_ID);
    this.allow(policy);
    project.role!.attachInlinePolicy(policy);
    resource.node.addDependency(policy);
    resource.addPropertyOverride('Source.Auth', { Type: this.authType, Resource: this.resource });
  }

  /** An imported connection has no provider type, and a project without a source has none yet. */
  private requireSameProvider(project: codebuild.Project, type: string): void {
    const actual = (this.usedConnection as Partial<Connection> | undefined)?.providerType;
    const needed = PROVIDER_TYPE_OF_SERVER[type as ServerTypeName];
    if (actual !== undefined && needed !== undefined && actual !== needed) {
      throw new Error(`the source of project '${project.node.path}' is of type ${type}, but connection '${this.usedConnection!.node.path}' is to ${actual}. Pass a connection to ${needed}`);
    }
  }
}

const POLICY_ID = 'SourceAuthPolicy';

const PROJECT = constructHaving('projectArn', 'string', 'a Project of CodeBuild', 'Pass the construct, such as the one that new codebuild.Project gives');

/** Asked for by its type, since its class may be in another copy of aws-cdk-lib. */
function isCfnProject(construct: IConstruct | undefined): construct is codebuild.CfnProject {
  return construct !== undefined && CfnResource.isCfnResource(construct)
    && construct.cfnResourceType === codebuild.CfnProject.CFN_RESOURCE_TYPE_NAME;
}

/** A project without a source of its own hands its sign-in on to those that are given when a build starts. */
const TYPES = ['BITBUCKET', 'GITHUB', 'GITHUB_ENTERPRISE', 'GITLAB', 'GITLAB_SELF_MANAGED', 'NO_SOURCE'];

function requireProvider(project: codebuild.Project, type: string): void {
  if (!TYPES.includes(type)) {
    throw new Error(`the source of project '${project.node.path}' is of type ${type}, which takes no sign-in to a source provider. Apply it to one with a source of GitHub, GitLab or Bitbucket`);
  }
}
