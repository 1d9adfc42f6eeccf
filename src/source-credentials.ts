import { Annotations, IResource, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { AuthType } from './auth-type';
import { Credential } from './credential';
import { oneOfEachServerType } from './one-of-each-server-type';
import { REFRESH_KEY, SOURCE_CREDENTIALS_RESOURCE_TYPE, SourceCredentialsData, SourceCredentialsProperties } from './properties';
import { providedResource, REMOVAL_POLICY, removalPolicyProperty } from './provided-resource';
import { isElsewhere } from './secret-reference';
import { ServerType } from './server-type';
import { ISourceCredentialsProvider, SourceCredentialsProvider } from './source-credentials-provider';
import { at, BOOLEAN, constructHaving, having, optional, requireKind, requireOptions, requireScope, string } from './validation';

/**
 * The credential with which CodeBuild signs in to the source providers of one kind, in one
 * account and region.
 */
export interface ISourceCredentials extends IResource {
  /**
   * The ARN of the source credentials.
   *
   * @attribute
   */
  readonly sourceCredentialsArn: string;
}

/**
 * Properties of `SourceCredentials`.
 */
export interface SourceCredentialsProps {
  /**
   * What CodeBuild is given, for which provider: made by the factories of `GitHubCredential`,
   * `GitHubEnterpriseCredential`, `BitbucketCredential`, `GitLabCredential` and
   * `GitLabSelfManagedCredential`.
   */
  readonly credential: Credential;

  /**
   * Whether a credential of this server type may be overwritten that another stack, or somebody by
   * hand, has imported. What was imported by hand cannot be restored: CodeBuild shows nobody the
   * token that it holds.
   *
   * Asked when the resource is created or moves to another server type. An update in place always
   * overwrites.
   *
   * @default true
   */
  readonly shouldOverwrite?: boolean;

  /**
   * Whether a new value of the secret is imported as soon as Secrets Manager tells of it. For tokens
   * and passwords that are imported, from a secret of this account and region; CodeBuild itself reads
   * everything else for each build.
   *
   * @default true
   */
  readonly refreshOnSecretChange?: boolean;

  /**
   * Look at this schedule for a new value of the secret, and import it. For a secret of another
   * account or region, whose changes this account is not told of. A secret without a new version is
   * read and nothing more.
   *
   * @default - no schedule
   */
  readonly refreshSchedule?: events.Schedule;

  /**
   * What happens to the credential in CodeBuild when this resource goes: DESTROY or RETAIN.
   *
   * Where another owner is left, CodeBuild is handed back to it, whatever this says. DESTROY deletes
   * the credential only if CodeBuild still shows what was imported.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The Lambda function that does the work. It must be in the same stack.
   *
   * @default - the one of the stack, made when needed
   */
  readonly provider?: ISourceCredentialsProvider;
}

/**
 * Gives CodeBuild a source credential: imported when the stack is deployed, updated with it, and
 * deleted with it.
 *
 * CodeBuild holds one credential of each server type per account and region, which all projects
 * use that name no other. Projects with webhooks need it first: `project.node.addDependency(sourceCredentials)`.
 *
 * Synthesis fails when the app has another credential of the same server type for the same place.
 *
 * @resource Custom::CodeBuildSourceCredentials
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens.html
 *
 * @example
 * const secret = secretsmanager.Secret.fromSecretNameV2(this, 'Token', 'ci/github');
 *
 * new SourceCredentials(this, 'GitHub', {
 *   credential: GitHubCredential.personalAccessToken(secret, { jsonField: 'token' }),
 * });
 */
export class SourceCredentials extends Resource implements ISourceCredentials {
  /**
   * Refer to source credentials that are managed elsewhere.
   *
   * @param scope the construct's parent
   * @param id the construct's name
   * @param sourceCredentialsArn an ARN like `arn:aws:codebuild:REGION:ACCOUNT:token/github`
   *
   * Throws when the ARN is not one of source credentials.
   */
  public static fromSourceCredentialsArn(scope: Construct, id: string, sourceCredentialsArn: string): ISourceCredentials {
    requireScope('SourceCredentials', scope, id);
    requireKind(`SourceCredentials '${scope.node.path}/${id}'`, 'sourceCredentialsArn', sourceCredentialsArn, SOURCE_CREDENTIALS_ARN);

    class Import extends Resource implements ISourceCredentials {
      public readonly sourceCredentialsArn = sourceCredentialsArn;
    }
    return new Import(scope, id, { environmentFromArn: sourceCredentialsArn });
  }

  public readonly sourceCredentialsArn: string;

  /** The kind of source provider that the credential is for. */
  public readonly serverType: ServerType;

  /** How CodeBuild signs in with the credential. */
  public readonly authType: AuthType;

  constructor(scope: Construct, id: string, props: SourceCredentialsProps) {
    super(requireScope('SourceCredentials', scope, id), id);
    const where = at('SourceCredentials', this);
    requireOptions(where, 'props', props, PROPS);

    this.serverType = props.credential._serverType;
    this.authType = props.credential._authType;
    const removalPolicy = removalPolicyProperty(props.removalPolicy ?? RemovalPolicy.DESTROY);
    const provider = props.provider ?? SourceCredentialsProvider.getOrCreate(this);
    if (Stack.of(provider) !== Stack.of(this)) {
      throw new Error(`${where}: the provider at '${provider.node.path}' is in another stack: its permissions would come and go with the wrong stack. Leave 'provider' out, or create one in this stack`);
    }

    // The server type is in its id, so that a change of server type leaves the old policy in place
    // until the old credential is gone.
    const policy = new iam.Policy(this, `${this.serverType}Policy`, {
      statements: [new iam.PolicyStatement({
        actions: ['codebuild:ImportSourceCredentials'],
        resources: ['*'],
        conditions: { StringEquals: { 'codebuild:serverType': this.serverType, 'codebuild:authType': this.authType } },
      })],
    });
    const resource = providedResource(this, {
      provider,
      resourceType: SOURCE_CREDENTIALS_RESOURCE_TYPE,
      policy,
      properties: {
        ServerType: this.serverType,
        ...props.credential._bind(this, policy, props.refreshOnSecretChange ?? true),
        ShouldOverwrite: props.shouldOverwrite ?? true ? 'true' : 'false',
        RemovalPolicy: removalPolicy,
      } satisfies SourceCredentialsProperties,
    });
    this.sourceCredentialsArn = resource.getAttString('SourceCredentialsArn' satisfies keyof SourceCredentialsData);

    this.refresh(props, provider);
    this.node.addValidation({ validate: () => oneOfEachServerType(this) });
  }

  /** Has a new value of the secret imported. */
  private refresh({ credential, refreshOnSecretChange, refreshSchedule }: SourceCredentialsProps, provider: ISourceCredentialsProvider): void {
    const secret = credential._importedSecret;
    if (!secret) {
      const option = refreshSchedule ? 'refreshSchedule' : 'refreshOnSecretChange';
      if (refreshSchedule || refreshOnSecretChange !== undefined) {
        throw new Error(`${at('SourceCredentials', this)}: ${option} is for credentials of which a value is imported; this one is ${this.authType}, which CodeBuild reads for each build. Leave it out`);
      }
      return;
    }
    if (refreshSchedule) this.refreshOn(refreshSchedule, provider);
    if (refreshOnSecretChange === false) return;

    provider._watchSecret(secret);
    if (isElsewhere(this, secret) && !refreshSchedule) {
      Annotations.of(this).addWarningV2('cdk-codebuild-source-credentials:secretElsewhere', `the secret at '${secret.node.path}' is in account ${secret.env.account}, region ${secret.env.region}, whose events do not come to this account: a new value is not imported by itself. Set refreshSchedule, forward the secret's events to this account's event bus, or set refreshOnSecretChange to false`);
    }
  }

  private refreshOn(schedule: events.Schedule, provider: ISourceCredentialsProvider): void {
    const rule = new events.Rule(this, 'RefreshSchedule', {
      schedule,
      targets: [{ bind: () => ({ arn: provider.serviceToken, input: events.RuleTargetInput.fromObject({ [REFRESH_KEY]: this.serverType }) }) }],
    });
    new lambda.CfnPermission(this, 'RefreshPermission', {
      action: 'lambda:InvokeFunction',
      functionName: provider.serviceToken,
      principal: 'events.amazonaws.com',
      sourceArn: rule.ruleArn,
    });
  }
}

const PROPS = {
  credential: having('_bind', 'function', 'a Credential',
    'Pass what a factory returns, such as GitHubCredential.personalAccessToken(secret)'),
  shouldOverwrite: optional(BOOLEAN),
  refreshOnSecretChange: optional(BOOLEAN),
  refreshSchedule: optional(having('expressionString', 'string', 'a Schedule', 'Pass one, such as events.Schedule.rate(Duration.days(1))')),
  removalPolicy: optional(REMOVAL_POLICY),
  provider: optional(constructHaving('serviceToken', 'string', 'a SourceCredentialsProvider', "Leave it out, or pass new SourceCredentialsProvider(this, 'Provider')")),
};

const SOURCE_CREDENTIALS_ARN = string("an ARN like 'arn:aws:codebuild:REGION:ACCOUNT:token/SERVER_TYPE'", 'See it with: aws codebuild list-source-credentials',
  (arn) => /^arn:[\w-]+:codebuild:[\w-]+:\d{12}:token\/\w+$/.test(arn));
