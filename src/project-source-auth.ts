import { Lazy, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AuthType } from './auth-type';
import { grantUseOfConnection } from './connection-permissions';
import { PROVIDER_TYPE_OF_SERVER, SERVER_TYPES, ServerTypeName } from './contract';
import { providerTypeOf } from './credentials/connection-credential';
import { requireReadableArn } from './credentials/secret-identity';
import { grantReadOfSecret, requireHere, requireSecret } from './credentials/secret-reference';
import { isCfnProject } from './grants';
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
   * Sign in with a connection, which the project's role is allowed to use.
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
   * Sign in with a secret that CodeBuild reads for each build. It holds a JSON document with the fields
   * `ServerType`, `AuthType`, `Token` and, for BASIC_AUTH, `Username`.
   *
   * Throws for a secret without a name, and when it is applied to a project of another account or region.
   *
   * @param secret a secret of the project's account and region
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
   */
  public static secretsManager(secret: secretsmanager.ISecret): ProjectSourceAuth {
    requireNoMoreArguments('ProjectSourceAuth.secretsManager', arguments, 1);
    requireSecret('ProjectSourceAuth.secretsManager', secret);
    return new ProjectSourceAuth(AuthType.SECRETS_MANAGER, secret.secretArn, (project) => {
      requireHere(project, secret, 'Give one of its own');
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
   * Has the project sign in to the provider of its source in this way, and allows its role to. So do its secondary
   * sources of the same type. Those of another source provider use the account's credential.
   *
   * Throws for a project that is imported, for one whose source is in no repository of a source provider or of another
   * one than the connection's, and for one that has an auth already.
   *
   * @param project a project that this app creates
   */
  public applyTo(project: codebuild.Project): void {
    requireKind('ProjectSourceAuth.applyTo', 'project', project, PROJECT);
    const resource = project.node.defaultChild;
    if (!isCfnProject(resource)) {
      throw new Error(`project '${project.node.path}' is imported: its source can only be changed where it is created. Apply it there`);
    }
    const { type, auth } = Stack.of(project).resolve(resource.source);
    requireProvider(project, type);
    this.requireSameProvider(project, type);
    if (auth !== undefined || overriddenAuth(resource) !== undefined) {
      throw new Error(`project '${project.node.path}' has an auth already. Apply one ProjectSourceAuth to it, or remove the other auth`);
    }

    this.allow(project);
    resource.addPropertyOverride('Source.Auth', { Type: this.authType, Resource: this.resource });
    this.applyToSecondarySources(resource, type);
  }

  /** Of which some may be added later. */
  private applyToSecondarySources(resource: codebuild.CfnProject, type: string): void {
    const { secondarySources } = resource;
    const auth = { type: this.authType, resource: this.resource };
    resource.secondarySources = Lazy.any({
      produce: () => resource.stack.resolve(secondarySources)?.map((source: codebuild.CfnProject.SourceProperty) =>
        source.type === type ? { auth, ...source } : source),
    });
  }

  /** An imported connection has no provider type, and a project without a source has none yet. */
  private requireSameProvider(project: codebuild.Project, type: string): void {
    const actual = this.usedConnection && providerTypeOf(this.usedConnection);
    const needed = PROVIDER_TYPE_OF_SERVER[type as ServerTypeName];
    if (actual !== undefined && needed !== undefined && actual !== needed) {
      throw new Error(`the source of project '${project.node.path}' is of type ${type}, but connection '${this.usedConnection!.node.path}' is to ${actual}. Pass a connection to ${needed}`);
    }
  }
}

const PROJECT = constructHaving('projectArn', 'string', 'a Project of CodeBuild', 'Pass the construct, such as the one that new codebuild.Project gives');

/** What `addPropertyOverride` has set. */
function overriddenAuth(resource: codebuild.CfnProject): unknown {
  return (resource as unknown as { rawOverrides?: { Properties?: { Source?: { Auth?: unknown } } } }).rawOverrides?.Properties?.Source?.Auth;
}

/** A project without a source of its own hands its sign-in on to those that are given when a build starts. */
const TYPES: readonly string[] = [...SERVER_TYPES, 'NO_SOURCE'];

function requireProvider(project: codebuild.Project, type: string): void {
  if (!TYPES.includes(type)) {
    throw new Error(`the source of project '${project.node.path}' is of type ${type}, which takes no sign-in to a source provider. Apply it to one with a source of GitHub, GitLab or Bitbucket`);
  }
}
