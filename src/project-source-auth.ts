import { Lazy, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AuthType } from './auth-type';
import { grantUseOfConnection } from './connection-permissions';
import { PROVIDER_TYPE_OF_SERVER, SERVER_TYPES, ServerTypeName } from './contract';
import { providerTypeOf } from './credentials/connection-credential';
import { requireReadableArn } from './credentials/secret-identity';
import { grantReadOfSecret, requireSameEnvironment, requireSecret } from './credentials/secret-reference';
import { isCfnProject } from './grants';
import { CONNECTION, constructHaving, requireKind, requireNoMoreArguments } from './validation';

/**
 * How a single CodeBuild project signs in to its source provider, instead of with the account's source
 * credential.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codebuild-project-sourceauth.html
 *
 * @example
 * ProjectSourceAuth.connection(connection).applyTo(project);
 */
export class ProjectSourceAuth {
  /**
   * Sign in with a connection. `applyTo` grants its use to the project's role.
   *
   * @param connection a connection to the project's source provider
   */
  public static connection(connection: IConnectionRef): ProjectSourceAuth {
    requireNoMoreArguments('ProjectSourceAuth.connection', arguments, 1);
    requireKind('ProjectSourceAuth.connection', 'connection', connection, CONNECTION);
    return new ProjectSourceAuth(AuthType.CODECONNECTIONS, connection.connectionRef.connectionArn, (project) => {
      grantUseOfConnection(connection, project);
    }, connection);
  }

  /**
   * Sign in with a secret that CodeBuild reads for each build. The secret is a JSON document with the fields
   * `ServerType`, `AuthType`, `Token` and, for BASIC_AUTH, `Username`.
   *
   * Throws for a secret without a name. `applyTo` throws for a project of another account or region.
   *
   * @param secret a secret in the project's account and region
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
   */
  public static secretsManager(secret: secretsmanager.ISecret): ProjectSourceAuth {
    requireNoMoreArguments('ProjectSourceAuth.secretsManager', arguments, 1);
    requireSecret('ProjectSourceAuth.secretsManager', secret);
    return new ProjectSourceAuth(AuthType.SECRETS_MANAGER, secret.secretArn, (project) => {
      requireSameEnvironment(project, secret, "Pass a secret in the project's account and region");
      requireReadableArn(project, secret);
      grantReadOfSecret(project, secret, project);
    });
  }

  private constructor(
    private readonly authType: AuthType,
    private readonly resource: string,
    private readonly allow: (project: codebuild.Project) => void,
    private readonly usedConnection?: IConnectionRef,
  ) {}

  /**
   * Sets the auth of the project's source, and grants the project's role the permissions for it. The auth also applies
   * to secondary sources of the same type. Secondary sources of another provider use the account's credential.
   *
   * Throws if the project is imported or already has an auth, if its source is not a repository of a source provider,
   * or if the connection is to another source provider.
   *
   * @param project a project that this app creates
   */
  public applyTo(project: codebuild.Project): void {
    requireKind('ProjectSourceAuth.applyTo', 'project', project, PROJECT);
    const resource = project.node.defaultChild;
    if (!isCfnProject(resource)) {
      throw new Error(`project '${project.node.path}' is imported. Its source can only be changed by the app that creates it. Call applyTo there`);
    }
    const { type, auth } = Stack.of(project).resolve(resource.source);
    requireProvider(project, type);
    this.requireSameProvider(project, type);
    if (auth !== undefined || overriddenAuth(resource) !== undefined) {
      throw new Error(`project '${project.node.path}' already has an auth. Apply one ProjectSourceAuth to it, or remove the other auth`);
    }

    this.allow(project);
    resource.addPropertyOverride('Source.Auth', { Type: this.authType, Resource: this.resource });
    this.applyToSecondarySources(resource, type);
  }

  /** Lazily: secondary sources may be added later. */
  private applyToSecondarySources(resource: codebuild.CfnProject, type: string): void {
    const { secondarySources } = resource;
    const auth = { type: this.authType, resource: this.resource };
    resource.secondarySources = Lazy.any({
      produce: () => resource.stack.resolve(secondarySources)?.map((source: codebuild.CfnProject.SourceProperty) =>
        source.type === type ? { auth, ...source } : source),
    });
  }

  /** Checks the provider type only where it is known: an imported connection has none, nor has a project without a source. */
  private requireSameProvider(project: codebuild.Project, type: string): void {
    const actual = this.usedConnection && providerTypeOf(this.usedConnection);
    const needed = PROVIDER_TYPE_OF_SERVER[type as ServerTypeName];
    if (actual !== undefined && needed !== undefined && actual !== needed) {
      throw new Error(`the source of project '${project.node.path}' is of type ${type}, but connection '${this.usedConnection!.node.path}' is to ${actual}. Pass a connection to ${needed}`);
    }
  }
}

const PROJECT = constructHaving('projectArn', 'string', 'a CodeBuild Project', "Pass a construct, such as new codebuild.Project(this, 'Project', props)");

/** The auth that `addPropertyOverride` has set. */
function overriddenAuth(resource: codebuild.CfnProject): unknown {
  return (resource as unknown as { rawOverrides?: { Properties?: { Source?: { Auth?: unknown } } } }).rawOverrides?.Properties?.Source?.Auth;
}

/** The auth of a project with NO_SOURCE applies to the sources that are passed when a build starts. */
const TYPES: readonly string[] = [...SERVER_TYPES, 'NO_SOURCE'];

function requireProvider(project: codebuild.Project, type: string): void {
  if (!TYPES.includes(type)) {
    throw new Error(`the source of project '${project.node.path}' is of type ${type}, which does not sign in to a source provider. Apply it to a project with a source in GitHub, GitLab or Bitbucket`);
  }
}
