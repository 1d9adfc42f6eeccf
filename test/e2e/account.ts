import { AuthType, CodeBuildClient, DeleteSourceCredentialsCommand, ListSourceCredentialsCommand, ServerType, SourceCredentialsInfo } from '@aws-sdk/client-codebuild';
import { CodeStarConnectionsClient, ListConnectionsCommand } from '@aws-sdk/client-codestar-connections';
import { CreateSecretCommand, DeleteSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DeleteParametersCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { codeConnectionsClient } from './code-connections';
import { FunctionLog } from './function-log';
import type { Place } from './place';
import { SetupError } from './setup-error';
import { Stacks } from './stacks';
import { recordsPath, SERVER_TYPES } from '../../src/contract';

/** The test account: what a person sees and does there besides deploying. */
export class Account {
  readonly stacks = new Stacks();
  readonly log = new FunctionLog();
  /** Every secret value ever stored. None may appear in any output. */
  readonly values: string[] = [];
  private readonly codeBuild = new CodeBuildClient({});
  private readonly secretsManager = new SecretsManagerClient({});
  private readonly ssm = new SSMClient({});
  private readonly codeConnections: CodeStarConnectionsClient;
  private readonly secrets: string[] = [];

  constructor(readonly place: Place) {
    this.codeConnections = codeConnectionsClient(place.region);
  }

  /** Throws if the account has source credentials, owners or stacks that the tests would overwrite. */
  async requireEmpty(stackNames: readonly string[]): Promise<void> {
    const held = (await this.sourceCredentials()).map(({ arn }) => arn!);
    const owners = await this.owners();
    const stacks = [];
    for (const name of stackNames) {
      if (await this.stacks.status(name) !== 'DELETE_COMPLETE') stacks.push(`stack ${name}`);
    }
    const found = [...held, ...owners, ...stacks];
    if (found.length > 0) {
      throw new SetupError(`account ${this.place.account} in ${this.place.region} is in use: ${found.join(', ')}. The tests would overwrite and delete this; use another account or region`);
    }
  }

  /** Discards the calls recorded so far. */
  forgetCalls(): void {
    this.place.takeCalls?.();
  }

  async createSecret(Name: string, document: Record<string, string>): Promise<void> {
    this.values.push(...Object.entries(document).filter(([field]) => field !== 'username').map(([, value]) => value));
    await this.secretsManager.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(document) }));
    this.secrets.push(Name);
  }

  async rotate(SecretId: string, token: string): Promise<void> {
    this.values.push(token);
    await this.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify({ token }) }));
  }

  /** Lists the source credentials that CodeBuild holds, without their tokens. */
  async sourceCredentials(): Promise<SourceCredentialsInfo[]> {
    const { sourceCredentialsInfos = [] } = await this.codeBuild.send(new ListSourceCredentialsCommand({}));
    return sourceCredentialsInfos;
  }

  /** Lists the connections with this name. */
  async connections(name: string): Promise<Array<{ readonly arn: string; readonly status: string }>> {
    const { Connections = [] } = await this.codeConnections.send(new ListConnectionsCommand({}));
    return Connections.filter(({ ConnectionName }) => ConnectionName === name)
      .map(({ ConnectionArn, ConnectionStatus }) => ({ arn: ConnectionArn!, status: ConnectionStatus! }));
  }

  /** Returns the library's records by parameter name. */
  async records(): Promise<Record<string, string>> {
    const pages = await Promise.all(SERVER_TYPES.map(async (serverType) =>
      this.ssm.send(new GetParametersByPathCommand({ Path: recordsPath(serverType), Recursive: true }))));
    return Object.fromEntries(pages.flatMap(({ Parameters = [] }) => Parameters).map(({ Name, Value }) => [Name!, Value!]));
  }

  /** Returns the names of the owner records without a `removed` record. */
  async owners(): Promise<string[]> {
    const names = Object.keys(await this.records());
    const removed = names.filter((name) => name.includes('/removed/')).map((name) => name.replace('/removed/', '/owners/'));
    return names.filter((name) => name.includes('/owners/') && !removed.includes(name.slice(0, name.lastIndexOf('/'))));
  }

  /** Deletes everything that the cases created, including the leftovers of a failed case. */
  async clean(stackNames: readonly string[]): Promise<void> {
    for (const name of stackNames) await this.stacks.delete(name);
    for (const SecretId of this.secrets) {
      await this.secretsManager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    }
    for (const { arn } of await this.sourceCredentials()) {
      await this.codeBuild.send(new DeleteSourceCredentialsCommand({ arn: arn! }));
    }
    const Names = Object.keys(await this.records());
    if (Names.length > 0) await this.ssm.send(new DeleteParametersCommand({ Names }));
  }
}

/** The expected source credentials by server type: the auth type, and the token or ARN. */
export type Held = Readonly<Partial<Record<ServerType, { readonly authType: AuthType; readonly from: string }>>>;
