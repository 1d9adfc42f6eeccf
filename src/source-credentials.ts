import { Annotations, CfnResource, Duration, IResource, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AuthType } from './auth-type';
import { SOURCE_CREDENTIALS_RESOURCE_TYPE, SourceCredentialsData, SourceCredentialsProperties, TokenCheckSettings } from './contract';
import { credentialMetric, credentialRow, METRIC_DEFAULTS } from './credential-metrics';
import { Credential } from './credentials/credential';
import { identifySecret, isCrossEnvironment, mayBeCrossEnvironment } from './credentials/secret-identity';
import { createCustomResource } from './custom-resource';
import { Removal, REMOVAL_POLICY } from './removal';
import { ServerType } from './server-type';
import { validateSingleCredential } from './single-credential';
import { SourceCredentialsProvider } from './source-credentials-provider';
import { TokenCheck } from './token-check';
import { at, BOOLEAN, constructHaving, GRANTEE, having, number, optional, requireKind, requireOptions, requireScope, string } from './validation';

/**
 * The credential with which CodeBuild signs in to one type of source provider, in one account and region.
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
   * The credential to import, and the source provider that it is for. Create it with a static method of
   * `GitHubCredential`, `GitHubEnterpriseCredential`, `BitbucketCredential`, `GitLabCredential` or
   * `GitLabSelfManagedCredential`.
   */
  readonly credential: Credential;

  /**
   * Whether to overwrite a credential that another stack or a person imported. A credential that a person
   * imported cannot be restored: CodeBuild never reveals the tokens that it stores.
   *
   * Only applies when the resource is created. An update always overwrites, and this stack may always overwrite
   * its own credential.
   *
   * @default true
   * @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ImportSourceCredentials.html
   */
  readonly shouldOverwrite?: boolean;

  /**
   * Whether to import a new version of the secret automatically: within seconds if the secret is in this
   * account and region, otherwise at the provider's `reconcileInterval`. With `false`, the secret is imported
   * again only if CodeBuild no longer lists this credential. Only applies to imported tokens and passwords:
   * CodeBuild reads all other credentials itself at build time.
   *
   * @default true
   */
  readonly refreshOnSecretChange?: boolean;

  /**
   * Whether to check the token at its source provider before the import: that the provider accepts it, when it
   * expires, and that it has the scopes that CodeBuild needs. Only applies to tokens and passwords: a connection
   * has neither.
   *
   * @default - the token is not checked, and is sent to CodeBuild only
   */
  readonly tokenCheck?: TokenCheck;

  /**
   * What happens to the credential in CodeBuild when this resource is removed: DESTROY or RETAIN.
   *
   * If another stack also has a credential of this server type, that credential is restored with either policy.
   * DESTROY deletes the credential only if CodeBuild still lists the one that was imported. RETAIN also keeps
   * the credential of a first deployment that is rolled back because another resource failed.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The provider whose Lambda function imports and deletes the credential. It must be in the same stack.
   *
   * @default - the provider of the stack, created when needed
   */
  readonly provider?: SourceCredentialsProvider;
}

/**
 * Options of `SourceCredentials.alarmBeforeExpiry`.
 */
export interface ExpiryAlarmOptions {
  /**
   * How many days before the token expires the alarm goes off: a number above 0.
   */
  readonly days: number;
}

/**
 * A CodeBuild source credential that is imported when the stack is deployed, updated when the stack is updated,
 * and deleted when the stack is deleted.
 *
 * CodeBuild holds one credential of each server type per account and region. It uses the credential for every
 * project of that source provider without its own auth. A project with a webhook must be created after the
 * credential: `project.node.addDependency(sourceCredentials)`.
 *
 * Synthesis fails if the app has another credential of the same server type for the same account and region. The
 * constructor throws for an invalid property, and for a property that does not apply to the credential.
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
   * Refer to source credentials that are managed outside of this app.
   *
   * Throws if the string is not an ARN of source credentials.
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

  /** The ARN of the source credentials. */
  public readonly sourceCredentialsArn: string;

  /** The type of source provider that the credential is for. */
  public readonly serverType: ServerType;

  /** How CodeBuild signs in with the credential. */
  public readonly authType: AuthType;

  private readonly credential: Credential;
  private readonly removal: Removal;
  private readonly provider: SourceCredentialsProvider;
  /** Whether the token check can find out when the token expires: GitHub tells it, Bitbucket does not. */
  private readonly checkTellsExpiry: boolean;

  /**
   * @param scope the construct's parent
   * @param id the construct's name
   * @param props the credential, and how it is imported, kept current and removed
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
      throw new Error(`${where}: the provider at '${provider.node.path}' is in another stack. Its permissions would be created and deleted with that stack. Leave 'provider' out, or create one in this stack`);
    }

    const permissions = new iam.PolicyDocument({
      statements: [
        new iam.PolicyStatement({
          actions: ['codebuild:ImportSourceCredentials'],
          resources: ['*'],
          conditions: { StringEquals: { 'codebuild:serverType': this.serverType, 'codebuild:authType': this.authType } },
        }),
        provider._addServerType(this.serverType),
      ],
    });
    const credential = props.credential._bind(this, permissions, props.refreshOnSecretChange ?? true);
    // The policy's id includes the server type: when the server type changes, the old policy stays until the old
    // credential is deleted.
    const policy = provider._addPolicy(this, `${this.serverType}Policy`, permissions);
    const tokenCheck = this.tokenCheckSettings(where, props);
    this.checkTellsExpiry = tokenCheck !== undefined && this.serverType !== ServerType.BITBUCKET;
    if (tokenCheck) provider._addTokenCheck(this.serverType, { ...tokenCheck, credential });
    const resource = createCustomResource(this, {
      // A change of server type replaces the resource.
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

    this.removal.redirectFrom(this, this.node.defaultChild as CfnResource, (changed) => this.applyRemovalPolicy(changed));
    this.watchSecret(props, provider);
    this.node.addValidation({ validate: () => validateSingleCredential(this) });
  }

  /**
   * Sets what happens to the credential in CodeBuild when this resource is removed. See `removalPolicy`.
   *
   * Throws for other policies.
   *
   * @param policy DESTROY or RETAIN. RETAIN_ON_UPDATE_OR_DELETE means the same as RETAIN
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    this.removal.apply(policy);
  }

  /**
   * Grants the role of a project the permissions that CodeBuild requires to use this credential: to use the
   * connection, or to read the secret. An imported token or password requires no permission.
   *
   * The permissions are in a separate policy on which the projects of the role depend: CodeBuild checks them when
   * it creates a project with a webhook.
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
   * The function writes the metrics to its log in the embedded metric format. They are in the namespace
   * `CodeBuildSourceCredentials`, with the dimensions `StackName` and `ServerType`.
   *
   * @param metricName the name of the metric
   * @param props properties of the metric
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return credentialMetric(this, this.serverType, metricName, props);
  }

  /**
   * The number of whole days until the token expires, negative after that. Each deployment, rotation and daily check
   * adds a data point if the date is known: from GitHub with `tokenCheck`, otherwise from `expiryField`.
   *
   * @param props properties of the metric
   * @default - maximum over 1 day: after a rotation, the value of the new token
   */
  public metricDaysToExpiry(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DaysToExpiry', { ...METRIC_DEFAULTS.DaysToExpiry, ...props });
  }

  /**
   * 0 if the token has expired or its source provider refused it, otherwise 1.
   *
   * A build needs more than a valid token: the token must also have the right scopes and access to the repository.
   *
   * @param props properties of the metric
   * @default - minimum over 1 day
   */
  public metricTokenValid(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TokenValid', { ...METRIC_DEFAULTS.TokenValid, ...props });
  }

  /**
   * 1 if the source provider said whether it accepts the token, 0 if it could not be reached. Without `tokenCheck`
   * there are no data points.
   *
   * @param props properties of the metric
   * @default - minimum over 1 day
   */
  public metricTokenChecked(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TokenChecked', { ...METRIC_DEFAULTS.TokenChecked, ...props });
  }

  /**
   * How often a daily check found that CodeBuild did not hold this credential although this stack deployed last. The
   * check imports it again.
   *
   * @param props properties of the metric
   * @default - sum over 1 day
   */
  public metricDrift(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Drift', { ...METRIC_DEFAULTS.Drift, ...props });
  }

  /**
   * How often this credential was restored after another stack, whose credential had replaced it, was removed.
   *
   * @param props properties of the metric
   * @default - sum over 1 day
   */
  public metricRestores(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Restores', { ...METRIC_DEFAULTS.Restores, ...props });
  }

  /**
   * How often the credential could not be refreshed: after a rotation, after another stack was removed, or in a daily
   * check. Each attempt counts. If the function is terminated first, the failure counts in the provider's
   * `metricErrors` instead.
   *
   * @param props properties of the metric
   * @default - sum over 5 minutes
   */
  public metricRefreshFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RefreshFailures', { ...METRIC_DEFAULTS.RefreshFailures, ...props });
  }

  /**
   * Creates an alarm that goes off some days before the token expires, and stays on until a new token is imported.
   *
   * With `expiryField`, it also goes off if the date has been missing for some days: the daily check did not run, or
   * the secret no longer has a date. With `tokenCheck` alone, a missing date does not change the alarm: a token may
   * have none.
   *
   * The alarm has no action. Add one to notify somebody.
   *
   * Throws if the date cannot be known (set `expiryField`, or `tokenCheck` for GitHub), or if the provider's
   * `reconcileInterval` is off or longer than a day.
   *
   * @param id the construct's name
   * @param options when the alarm goes off
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
    if (!this.credential._hasExpiryField && !this.checkTellsExpiry) {
      throw new Error(`${where} needs the date on which the token expires. This ${this.serverType} credential of type ${this.authType} has none. Set expiryField of personalAccessToken or basicAuth, or tokenCheck for GitHub`);
    }
    const interval = this.provider._reconcileInterval;
    if (interval.toSeconds() === 0 || interval.toSeconds() > LONGEST_ALARM_INTERVAL.toSeconds()) {
      throw new Error(`${where} needs a check at least once a day; got a reconcileInterval of ${interval.toHumanString()}. Leave out the reconcileInterval of the provider at '${this.provider.node.path}', or pass at most Duration.days(1)`);
    }
    const alarm = this.metricDaysToExpiry().createAlarm(this, id, {
      alarmDescription: `The ${this.serverType} token that CodeBuild uses expires in less than ${options.days} days, or its expiry date is no longer known. Create a new token and store it in its secret, with its expiry date`,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: options.days,
      evaluationPeriods: 1,
      // A single lost data point raises no alarm: CloudWatch then uses the points of the previous days. A token that
      // never expires has no date at GitHub.
      treatMissingData: this.credential._hasExpiryField ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.IGNORE,
    });
    // The first import writes the first data point.
    alarm.node.addDependency(this.node.defaultChild!);
    return alarm;
  }

  /**
   * Creates an alarm that goes off when the credential could not be refreshed, and stays on until a refresh succeeds: at
   * the next rotation, event or daily check.
   *
   * The alarm has no action. Add one to notify somebody.
   *
   * @param id the construct's name
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
   *
   * @example
   * sourceCredentials.alarmOnRefreshFailure('RefreshFailed').addAlarmAction(new actions.SnsAction(new sns.Topic(this, 'Alarms')));
   */
  public alarmOnRefreshFailure(id: string): cloudwatch.Alarm {
    // If a failure and a success fall into the same minute, the success counts. With a longer period, CloudWatch would
    // evaluate both again as its window moves.
    return this.metricRefreshFailures({ statistic: cloudwatch.Stats.MINIMUM, period: Duration.minutes(1) }).createAlarm(this, id, {
      alarmDescription: `The ${this.serverType} credential of CodeBuild could not be refreshed. The log of the function shows the reason`,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      // Only events and checks write data points.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  /**
   * Creates a dashboard row with all metrics of this credential.
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

  /** Makes the function import new versions of the secret. */
  private watchSecret({ credential, refreshOnSecretChange }: SourceCredentialsProps, provider: SourceCredentialsProvider): void {
    const secret = credential._importedSecret;
    if (!secret) {
      if (refreshOnSecretChange !== undefined) {
        throw new Error(`${at('SourceCredentials', this)}: refreshOnSecretChange only applies to imported tokens and passwords; CodeBuild reads a ${this.authType} credential itself at build time. Remove it`);
      }
      return;
    }
    if (refreshOnSecretChange === false) return;

    provider._watchSecret(identifySecret(this, secret).changePattern);
    // A shorter interval shows that the user knows that the secret's events do not arrive.
    const interval = provider._reconcileInterval.toSeconds();
    if (interval > 0 && interval < Duration.days(1).toSeconds()) return;
    if (isCrossEnvironment(this, secret)) {
      Annotations.of(this).addWarningV2('cdk-codebuild-source-credentials:secretElsewhere', `the secret at '${secret.node.path}' is in account ${secret.env.account}, region ${secret.env.region}, whose events do not reach this stack's function. A new version is imported only by the next scheduled check, once a day by default. Set the provider's reconcileInterval, forward the secret's events to this account's event bus, or set refreshOnSecretChange to false`);
    } else if (mayBeCrossEnvironment(this, secret)) {
      Annotations.of(this).addWarningV2('cdk-codebuild-source-credentials:secretMayBeElsewhere', `the secret at '${secret.node.path}' is in account ${secret.env.account}, region ${secret.env.region}, and stack '${Stack.of(this).stackName}' has no env. If the stack is deployed anywhere else, the secret's events do not reach its function, and a new version is imported only by the next scheduled check, once a day by default. Give the stack an env, or set the provider's reconcileInterval`);
    }
  }
}

/** The period of the alarm's metric: each period needs a data point. */
const LONGEST_ALARM_INTERVAL = Duration.days(1);

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
