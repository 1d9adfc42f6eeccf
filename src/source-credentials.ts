import { Annotations, CfnResource, Duration, IResource, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AuthType } from './auth-type';
import { SOURCE_CREDENTIALS_RESOURCE_TYPE, SourceCredentialsData, SourceCredentialsProperties, TokenCheckSettings } from './contract';
import { credentialMetric, credentialRow, METRIC_DEFAULTS } from './credential-metrics';
import { Credential } from './credentials/credential';
import { identifySecret, isElsewhere, mayBeElsewhere } from './credentials/secret-identity';
import { oneOfEachServerType } from './one-of-each-server-type';
import { providedResource } from './provided-resource';
import { Removal, REMOVAL_POLICY } from './removal';
import { ServerType } from './server-type';
import { SourceCredentialsProvider } from './source-credentials-provider';
import { TokenCheck } from './token-check';
import { at, BOOLEAN, constructHaving, GRANTEE, having, number, optional, requireKind, requireOptions, requireScope, string } from './validation';

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
   * Whether to overwrite a credential that another stack or a person imported. What a person imported
   * cannot be restored: CodeBuild never reveals the token that it holds.
   *
   * Applies when the resource is created. What this stack owns may always be overwritten, and an update
   * always overwrites.
   *
   * @default true
   * @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ImportSourceCredentials.html
   */
  readonly shouldOverwrite?: boolean;

  /**
   * Whether to import a new version of the secret automatically, within seconds where the secret is in
   * this account and region, otherwise with the provider's `reconcileInterval`. With `false`, a token is
   * imported again only where CodeBuild no longer shows it. Only applies to imported tokens and passwords:
   * CodeBuild reads everything else itself at build time.
   *
   * @default true
   */
  readonly refreshOnSecretChange?: boolean;

  /**
   * Whether to ask the source provider about the token before it is imported: is it accepted, when does it end, has
   * it the scopes that CodeBuild needs. Only applies to tokens and passwords: a connection has none.
   *
   * @default - the token is sent to CodeBuild only; no source provider is asked
   */
  readonly tokenCheck?: TokenCheck;

  /**
   * What happens to the credential in CodeBuild when this resource is removed: DESTROY or RETAIN.
   *
   * Where another owner of this server type is left, CodeBuild gets its credential back, whatever this
   * says. DESTROY deletes the credential only if CodeBuild still shows what was imported. RETAIN also keeps
   * the credential of a first deployment that is rolled back because of another resource.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The Lambda function that does the work. It must be in the same stack.
   *
   * @default - the one of the stack, created when needed
   */
  readonly provider?: SourceCredentialsProvider;
}

/**
 * When an alarm is raised before a token ends.
 */
export interface ExpiryAlarmOptions {
  /**
   * How many days before the token ends the alarm is raised: a number above 0.
   */
  readonly days: number;
}

/**
 * A source credential of CodeBuild, which is imported when the stack is deployed, updated with it, and
 * deleted with it.
 *
 * CodeBuild holds one credential of each server type per account and region, and uses it for every
 * project of that source provider without its own auth. Projects with webhooks need it first: `project.node.addDependency(sourceCredentials)`.
 *
 * Synthesis fails when the app has another credential of the same server type for the same place. Throws for a
 * property of the wrong kind, and for one that does not apply to the credential.
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
   * Throws when the ARN is not one of source credentials.
   *
   * @param scope the construct's parent
   * @param id the construct's name
   * @param sourceCredentialsArn an ARN like `arn:aws:codebuild:REGION:ACCOUNT:token/github`
   */
  public static fromSourceCredentialsArn(scope: Construct, id: string, sourceCredentialsArn: string): ISourceCredentials {
    requireScope('SourceCredentials', scope, id);
    requireKind(`SourceCredentials '${scope.node.path}/${id}'`, 'sourceCredentialsArn', sourceCredentialsArn, SOURCE_CREDENTIALS_ARN);

    class Import extends Resource implements ISourceCredentials {
      public readonly sourceCredentialsArn = sourceCredentialsArn;
    }
    return new Import(scope, id, { environmentFromArn: sourceCredentialsArn });
  }

  /** The ARN of the source credentials, by which CodeBuild deletes them. */
  public readonly sourceCredentialsArn: string;

  /** The kind of source provider that the credential is for. */
  public readonly serverType: ServerType;

  /** How CodeBuild signs in with the credential. */
  public readonly authType: AuthType;

  private readonly credential: Credential;
  private readonly removal: Removal;
  private readonly provider: SourceCredentialsProvider;
  /** Whether the source provider is asked when the token ends, and says so. */
  private readonly isExpiryAsked: boolean;

  /**
   * @param scope the construct's parent
   * @param id the construct's name
   * @param props what CodeBuild is given, and what happens when it changes or goes
   */
  constructor(scope: Construct, id: string, props: SourceCredentialsProps) {
    super(requireScope('SourceCredentials', scope, id), id);
    const where = at('SourceCredentials', this);
    requireOptions(where, 'props', props, PROPS);

    this.credential = props.credential;
    this.serverType = props.credential._serverType;
    this.authType = props.credential._authType;
    this.removal = new Removal(props.removalPolicy ?? RemovalPolicy.DESTROY);
    const provider = this.provider = props.provider ?? SourceCredentialsProvider.getOrCreate(this);
    if (Stack.of(provider) !== Stack.of(this)) {
      throw new Error(`${where}: the provider at '${provider.node.path}' is in another stack: its permissions would come and go with the wrong stack. Leave 'provider' out, or create one in this stack`);
    }

    const permissions = new iam.PolicyDocument({
      statements: [
        new iam.PolicyStatement({
          actions: ['codebuild:ImportSourceCredentials'],
          resources: ['*'],
          conditions: { StringEquals: { 'codebuild:serverType': this.serverType, 'codebuild:authType': this.authType } },
        }),
        provider._serve(this.serverType),
      ],
    });
    const credential = props.credential._bind(this, permissions, props.refreshOnSecretChange ?? true);
    // The server type is in its id, so that a change of server type leaves the old policy in place
    // until the old credential is gone.
    const policy = provider._addPolicy(this, `${this.serverType}Policy`, permissions);
    const tokenCheck = this.tokenCheckSettings(where, props);
    this.isExpiryAsked = tokenCheck !== undefined && this.serverType !== ServerType.BITBUCKET;
    if (tokenCheck) provider._checkToken(this.serverType, { ...tokenCheck, credential });
    const resource = providedResource(this, {
      // A credential of another server type is another resource.
      id: this.serverType,
      provider,
      resourceType: SOURCE_CREDENTIALS_RESOURCE_TYPE,
      policies: [policy],
      properties: {
        ServerType: this.serverType,
        ...credential,
        ShouldOverwrite: props.shouldOverwrite ?? true ? 'true' : 'false',
        RemovalPolicy: this.removal.property,
        ...tokenCheck && { TokenCheck: JSON.stringify(tokenCheck) },
      } satisfies SourceCredentialsProperties,
    });
    this.sourceCredentialsArn = resource.getAttString('SourceCredentialsArn' satisfies keyof SourceCredentialsData);

    this.removal.decide(this, this.node.defaultChild as CfnResource, (changed) => this.applyRemovalPolicy(changed));
    this.refresh(props, provider);
    this.node.addValidation({ validate: () => oneOfEachServerType(this) });
  }

  /**
   * What happens to the credential in CodeBuild when this resource goes: DESTROY or RETAIN, as `removalPolicy`.
   *
   * Throws for other policies.
   *
   * @param policy RETAIN_ON_UPDATE_OR_DELETE is as good as RETAIN
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    this.removal.apply(policy);
  }

  /**
   * Allows the role of a project what CodeBuild asks of it to use this credential: to use the connection, or to read
   * the secret that CodeBuild reads itself. A token or password that is imported needs nothing.
   *
   * The permissions are a policy of their own, for which the projects of the role wait, since CodeBuild checks them
   * when it creates a project with a webhook.
   *
   * @param grantee a project, or its role
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html
   */
  public grantUse(grantee: iam.IGrantable): iam.Grant {
    requireKind(at('SourceCredentials', this), 'grantee', grantee, GRANTEE);
    return this.credential._grantUse(grantee, this);
  }

  /**
   * A metric of this credential: `DaysToExpiry`, `TokenValid`, `TokenChecked`, `Drift`, `Restores` or `RefreshFailures`.
   *
   * The function writes the metrics to its log, from which CloudWatch makes them. They are in the namespace
   * `CodeBuildSourceCredentials`, by stack name and server type.
   *
   * @param metricName the name of the metric
   * @param props how it is seen
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return credentialMetric(this, this.serverType, metricName, props);
  }

  /**
   * How many whole days are left until the token ends, below zero once it has ended. There is a point for each
   * deployment, rotation and daily look, where the end is known: from GitHub with `tokenCheck`, or else from `expiryField`.
   *
   * @param props how it is seen
   * @default - maximum over 1 day: after a rotation, that of the new token
   */
  public metricDaysToExpiry(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DaysToExpiry', { ...METRIC_DEFAULTS.DaysToExpiry, ...props });
  }

  /**
   * 0 when the token has ended by its date or its source provider refused it, otherwise 1.
   *
   * A valid token is not all that a build needs: the token must also reach the repository, and have the right scopes.
   *
   * @param props how it is seen
   * @default - minimum over 1 day
   */
  public metricTokenValid(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TokenValid', { ...METRIC_DEFAULTS.TokenValid, ...props });
  }

  /**
   * 1 when the source provider said whether it accepts the token, 0 when it could not be asked. There is no point
   * where it is not to be asked.
   *
   * @param props how it is seen
   * @default - minimum over 1 day
   */
  public metricTokenChecked(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TokenChecked', { ...METRIC_DEFAULTS.TokenChecked, ...props });
  }

  /**
   * How often a look found that CodeBuild did not hold this credential although this stack deployed last. The look
   * imports it again.
   *
   * @param props how it is seen
   * @default - sum over 1 day
   */
  public metricDrift(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Drift', { ...METRIC_DEFAULTS.Drift, ...props });
  }

  /**
   * How often this credential was imported again because another stack, whose credential had replaced it, was removed.
   *
   * @param props how it is seen
   * @default - sum over 1 day
   */
  public metricRestores(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Restores', { ...METRIC_DEFAULTS.Restores, ...props });
  }

  /**
   * How often the credential could not be kept current: after a rotation, when another stack was removed, or in a look.
   * Each attempt counts. A function that dies before it can say so counts in `metricErrors` of its provider.
   *
   * @param props how it is seen
   * @default - sum over 5 minutes
   */
  public metricRefreshFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RefreshFailures', { ...METRIC_DEFAULTS.RefreshFailures, ...props });
  }

  /**
   * An alarm that is raised some days before the token ends, and until a new one is imported. With `expiryField` it is
   * also raised when nothing has been heard of the date for some days: a look has not run, or the secret no longer says
   * when the token ends. Where only `tokenCheck` asks for the date, the alarm stays as it is then: a token may have none.
   *
   * Add an action, which says who is told.
   *
   * Throws when nobody can know when the token ends (set `expiryField`, or `tokenCheck` for GitHub), or when the function does not look at it once a day.
   *
   * @param id the construct's name
   * @param options when it is raised
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
   *
   * @example
   * const gitHub = new SourceCredentials(this, 'GitHub', {
   *   credential: GitHubCredential.personalAccessToken(secret, { jsonField: 'token', expiryField: 'expires' }),
   * });
   * gitHub.alarmBeforeExpiry('Expiry', { days: 14 }).addAlarmAction(new actions.SnsAction(new sns.Topic(this, 'Alarms')));
   */
  public alarmBeforeExpiry(id: string, options: ExpiryAlarmOptions): cloudwatch.Alarm {
    const where = `${at('SourceCredentials', this)}: alarmBeforeExpiry`;
    requireOptions(where, 'options', options, ALARM_OPTIONS);
    if (!this.credential._tellsExpiry && !this.isExpiryAsked) {
      throw new Error(`${where} needs the date at which the token ends, which a ${this.serverType} credential of type ${this.authType} does not tell by itself. Set expiryField of personalAccessToken or basicAuth, or tokenCheck for GitHub`);
    }
    const interval = this.provider._reconcileInterval;
    if (interval.toSeconds() === 0 || interval.toSeconds() > LONGEST_SILENCE.toSeconds()) {
      throw new Error(`${where} needs a look at least once a day; got a reconcileInterval of ${interval.toHumanString()}. Leave out the reconcileInterval of the provider at '${this.provider.node.path}', or pass at most Duration.days(1)`);
    }
    const alarm = this.metricDaysToExpiry().createAlarm(this, id, {
      alarmDescription: `The ${this.serverType} token that CodeBuild uses ends in less than ${options.days} days, or nobody knows any more when. Create a new one and store it in its secret, with its date`,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: options.days,
      evaluationPeriods: 1,
      // A lost line alone raises no alarm: CloudWatch goes by the points of the days before as long as it has some. Of a
      // token that never ends, GitHub tells no date.
      treatMissingData: this.credential._tellsExpiry ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.IGNORE,
    });
    // The first point comes with the first import.
    alarm.node.addDependency(this.node.defaultChild!);
    return alarm;
  }

  /**
   * An alarm that is raised when the credential could not be kept current, and until that succeeds: at the next rotation,
   * event or daily look.
   *
   * Add an action, which says who is told.
   *
   * @param id the construct's name
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
   *
   * @example
   * sourceCredentials.alarmOnRefreshFailure('RefreshFailed').addAlarmAction(new actions.SnsAction(new sns.Topic(this, 'Alarms')));
   */
  public alarmOnRefreshFailure(id: string): cloudwatch.Alarm {
    // Of a failure and a success within a minute the success counts. In a longer period, which slides, CloudWatch would see
    // both again when they are over.
    return this.metricRefreshFailures({ statistic: cloudwatch.Stats.MINIMUM, period: Duration.minutes(1) }).createAlarm(this, id, {
      alarmDescription: `The ${this.serverType} credential of CodeBuild could not be kept current. See the reason in the log of the function`,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      // There is a point only when something happens.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  /**
   * A row for a dashboard with all metrics of this credential.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
   *
   * @example
   * const dashboard = new cloudwatch.Dashboard(this, 'Dashboard');
   * dashboard.addWidgets(sourceCredentials.dashboardRow());
   */
  public dashboardRow(): cloudwatch.Row {
    return credentialRow(this.serverType, (metricName) => this.metric(metricName, METRIC_DEFAULTS[metricName]));
  }

  private tokenCheckSettings(where: string, { tokenCheck }: SourceCredentialsProps): TokenCheckSettings | undefined {
    if (tokenCheck && this.authType === AuthType.CODECONNECTIONS) {
      throw new Error(`${where}: tokenCheck only applies to tokens and passwords; a ${this.serverType} credential of type ${this.authType} has none. Remove it`);
    }
    return tokenCheck?._settings(where, this.serverType);
  }

  /** Has a new value of the secret imported. */
  private refresh({ credential, refreshOnSecretChange }: SourceCredentialsProps, provider: SourceCredentialsProvider): void {
    const secret = credential._importedSecret;
    if (!secret) {
      if (refreshOnSecretChange !== undefined) {
        throw new Error(`${at('SourceCredentials', this)}: refreshOnSecretChange only applies to imported tokens and passwords; CodeBuild reads a ${this.authType} credential itself at build time. Remove it`);
      }
      return;
    }
    if (refreshOnSecretChange === false) return;

    provider._watchSecret(identifySecret(this, secret).changePattern);
    // Whoever has chosen to look more often knows that events do not come.
    const interval = provider._reconcileInterval.toSeconds();
    if (interval > 0 && interval < Duration.days(1).toSeconds()) return;
    if (isElsewhere(this, secret)) {
      Annotations.of(this).addWarningV2('cdk-codebuild-source-credentials:secretElsewhere', `the secret at '${secret.node.path}' is in account ${secret.env.account}, region ${secret.env.region}, whose events do not come to this account: a new version is imported only by the next look, once a day by default. Set the provider's reconcileInterval, forward the secret's events to this account's event bus, or set refreshOnSecretChange to false`);
    } else if (mayBeElsewhere(this, secret)) {
      Annotations.of(this).addWarningV2('cdk-codebuild-source-credentials:secretMayBeElsewhere', `the secret at '${secret.node.path}' is in account ${secret.env.account}, region ${secret.env.region}, and stack '${Stack.of(this).stackName}' does not say where it is deployed. Anywhere else, no event tells of a new version: it is imported only by the next look, once a day by default. Give the stack an env, or set the provider's reconcileInterval`);
    }
  }
}

/** CloudWatch looks back for some periods of an alarm, of a day each. */
const LONGEST_SILENCE = Duration.days(1);

const ALARM_OPTIONS = { days: number('a number of days above 0', 'Pass one such as 14', (days) => days > 0) };

const PROPS = {
  credential: having('_bind', 'function', 'a Credential',
    'Pass what a factory returns, such as GitHubCredential.personalAccessToken(secret)'),
  shouldOverwrite: optional(BOOLEAN),
  refreshOnSecretChange: optional(BOOLEAN),
  tokenCheck: optional(having('_settings', 'function', 'a TokenCheck', 'Pass TokenCheck.warn() or TokenCheck.fail()')),
  removalPolicy: optional(REMOVAL_POLICY),
  provider: optional(constructHaving('serviceToken', 'string', 'a SourceCredentialsProvider', "Leave it out, or pass new SourceCredentialsProvider(this, 'Provider')")),
};

const SOURCE_CREDENTIALS_ARN = string("an ARN like 'arn:aws:codebuild:REGION:ACCOUNT:token/SERVER_TYPE'", 'See it with: aws codebuild list-source-credentials',
  (arn) => /^arn:[\w-]+:codebuild:[\w-]+:\d{12}:token\/\w+$/.test(arn));
