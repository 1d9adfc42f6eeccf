import type { AuthType } from './auth-type';
import { ProviderType } from './provider-type';
import { ServerType } from './server-type';

/*
 * The data that the constructs send to the handler. Both sides use these types.
 * The names are public: they are part of users' templates and snapshots, and a stack that was deployed by an
 * older release sends that release's properties on Delete and on rollback.
 *
 * CloudFormation sends every value as a string, so all values are strings here too.
 */

/** CloudFormation resource types: a source credential, a connection, and the wait for its handshake. */
export const SOURCE_CREDENTIALS_RESOURCE_TYPE = 'Custom::CodeBuildSourceCredentials';
export const CONNECTION_RESOURCE_TYPE = 'Custom::CodeConnectionsConnection';
export const CONNECTION_WAIT_RESOURCE_TYPE = 'Custom::CodeConnectionsWait';

/** Every type of custom resource: the handler has one handler for each. */
export type ResourceTypeName = typeof SOURCE_CREDENTIALS_RESOURCE_TYPE | typeof CONNECTION_RESOURCE_TYPE | typeof CONNECTION_WAIT_RESOURCE_TYPE;

/** Fields of a BASIC_AUTH secret unless the user names others. */
export const DEFAULT_USERNAME_FIELD = 'username';
export const DEFAULT_PASSWORD_FIELD = 'password';

/** Whether the credential or connection is deleted with its resource. */
export type RemovalPolicyProperty = 'destroy' | 'retain';

/** The enumerations as strings, as the handler receives them. */
export type ServerTypeName = `${ServerType}`;
export type AuthTypeName = `${AuthType}`;
export type ProviderTypeName = `${ProviderType}`;

interface CommonProperties {
  readonly ServerType: ServerTypeName;
  readonly ShouldOverwrite: 'true' | 'false';
  readonly RemovalPolicy: RemovalPolicyProperty;
  /**
   * How the token is checked. The handler reads the settings from its environment, not from here. The property makes
   * CloudFormation send an Update when the settings change.
   */
  readonly TokenCheck?: string;
}

/** The handler imports a token that it reads from a secret. */
export interface PersonalAccessTokenProperties {
  readonly AuthType: `${AuthType.PERSONAL_ACCESS_TOKEN}`;
  /** Complete ARN, partial ARN, or (in the stack's own account and region) name. */
  readonly SecretId: string;
  /** Absent: the whole secret is the token. */
  readonly JsonField?: string;
  /** The field with the date on which the token expires. */
  readonly ExpiryField?: string;
  readonly RefreshOnSecretChange: 'true' | 'false';
}

/** The handler imports a user name and a password that it reads from a secret. */
export interface BasicAuthProperties {
  readonly AuthType: `${AuthType.BASIC_AUTH}`;
  readonly SecretId: string;
  readonly UsernameField: string;
  readonly PasswordField: string;
  /** The field with the date on which the password expires. */
  readonly ExpiryField?: string;
  readonly RefreshOnSecretChange: 'true' | 'false';
}

/** The handler imports the ARN of a connection. */
export interface CodeConnectionsProperties {
  readonly AuthType: `${AuthType.CODECONNECTIONS}`;
  readonly ConnectionArn: string;
}

/** The handler imports the ARN of a secret. */
export interface SecretsManagerProperties {
  readonly AuthType: `${AuthType.SECRETS_MANAGER}`;
  readonly SecretId: string;
}

/** The part of the properties that depends on the auth type. */
export type CredentialProperties =
  PersonalAccessTokenProperties | BasicAuthProperties | CodeConnectionsProperties | SecretsManagerProperties;

/** Properties of `Custom::CodeBuildSourceCredentials`. */
export type SourceCredentialsProperties = CommonProperties & CredentialProperties;

/** Attributes of `Custom::CodeBuildSourceCredentials`. */
export interface SourceCredentialsData {
  readonly SourceCredentialsArn: string;
}

/**
 * The auth types that CodeBuild accepts for each server type.
 *
 * For GitLab, the documentation offers only connections. That CodeBuild rejects the other types is a guess.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens.html
 */
export const AUTH_TYPES_OF_SERVER: Readonly<Record<ServerTypeName, readonly AuthTypeName[]>> = {
  GITHUB: ['PERSONAL_ACCESS_TOKEN', 'CODECONNECTIONS', 'SECRETS_MANAGER'],
  GITHUB_ENTERPRISE: ['PERSONAL_ACCESS_TOKEN', 'CODECONNECTIONS', 'SECRETS_MANAGER'],
  BITBUCKET: ['PERSONAL_ACCESS_TOKEN', 'BASIC_AUTH', 'CODECONNECTIONS', 'SECRETS_MANAGER'],
  GITLAB: ['CODECONNECTIONS'],
  GITLAB_SELF_MANAGED: ['CODECONNECTIONS'],
};

/** All server types. */
export const SERVER_TYPES = Object.keys(AUTH_TYPES_OF_SERVER) as ServerTypeName[];

/** The provider type of a connection that fits each server type. */
export const PROVIDER_TYPE_OF_SERVER: Readonly<Record<ServerTypeName, ProviderTypeName>> = {
  GITHUB: 'GitHub',
  GITHUB_ENTERPRISE: 'GitHubEnterpriseServer',
  BITBUCKET: 'Bitbucket',
  GITLAB: 'GitLab',
  GITLAB_SELF_MANAGED: 'GitLabSelfManaged',
};

/** The server type of the credentials that use a connection of each provider type. */
export const SERVER_TYPE_OF_PROVIDER = Object.fromEntries(
  Object.entries(PROVIDER_TYPE_OF_SERVER).map(([serverType, providerType]) => [providerType, serverType]),
) as Readonly<Record<ProviderTypeName, ServerTypeName>>;

/** The longest name that a connection may have, in characters. */
export const LONGEST_CONNECTION_NAME = 32;

/** Properties of `Custom::CodeConnectionsConnection`. */
export interface ConnectionProperties {
  readonly ProviderType: ProviderTypeName;
  readonly ConnectionName: string;
  readonly HostArn?: string;
  readonly AdoptExisting: 'true' | 'false';
  readonly RemovalPolicy: RemovalPolicyProperty;
  readonly Tags?: ReadonlyArray<{ readonly Key: string; readonly Value: string }>;
}

/** Attributes of `Custom::CodeConnectionsConnection`. */
export interface ConnectionData {
  readonly ConnectionArn: string;
  /** The status when the resource was last deployed. */
  readonly ConnectionStatus: string;
  readonly HandshakeUrl: string;
}

/**
 * The console's domain in each partition. AWS documents the region as prefix only for the partition aws; that the
 * other partitions follow the same pattern is a guess.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
 */
const CONSOLES: Readonly<Record<string, string>> = {
  'aws': 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-eusc': 'console.amazonaws-eusc.eu',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The address of the console's page with the connections of a region, or a description of it if the address is not known. */
export function connectionsPage(region: string, partition: string): string {
  return Object.hasOwn(CONSOLES, partition)
    ? `https://${region}.${CONSOLES[partition]}/codesuite/settings/connections?region=${region}`
    : `the console in ${region}: Developer Tools, Settings, Connections`;
}

/** Properties of `Custom::CodeConnectionsWait`. */
export interface ConnectionWaitProperties {
  readonly ConnectionArn: string;
  readonly TimeoutSeconds: string;
}

/** Tag of a connection: the id of the stack that created it. */
export const CREATOR_TAG = 'codebuild-source-credentials:stack-id';

/** Tag of a connection: the logical id of the resource that created it. */
export const RESOURCE_TAG = 'codebuild-source-credentials:logical-id';

/** Tag of a connection: the id of the request that created it. A repeated request finds its connection by this tag. */
export const REQUEST_TAG = 'codebuild-source-credentials:request-id';

/**
 * Whether a string is an access token of GitHub, GitLab or Atlassian, passed by mistake in place of its secret's
 * name.
 */
export function looksLikeAccessToken(secretId: string): boolean {
  return /^(gh[opsur]_|github_pat_|glpat-|ATATT|ATCTT|ATBB)/.test(secretId);
}

/** Environment variable of the function: the id of its stack. */
export const STACK_ID_VARIABLE = 'STACK_ID';

/** Environment variable of the function: how long one request may take, in seconds. */
export const TIMEOUT_VARIABLE = 'TIMEOUT_SECONDS';

/** Environment variable of the function: the server types of its stack's credentials, separated by commas. */
export const SERVER_TYPES_VARIABLE = 'SERVER_TYPES';

/** Environment variable of the function: `TokenChecks` as JSON. */
export const TOKEN_CHECKS_VARIABLE = 'TOKEN_CHECKS';

/** How a token is checked at its source provider. */
export interface TokenCheckSettings {
  /** Whether a token with a confirmed problem is imported with a warning, or not at all. */
  readonly onProblem: 'warn' | 'fail';
  /** The address of the provider's API: the only place to which the token is sent. */
  readonly apiUrl: string;
  readonly requiredScopes: readonly string[];
}

/** The token checks of a stack. Each contains its credential: no other token is sent to the address of the check. */
export type TokenChecks = Readonly<Partial<Record<ServerTypeName, TokenCheckSettings & { readonly credential: CredentialProperties }>>>;

/** The event that asks another stack's function to import its credential again. */
export const EVENT_SOURCE = 'cdk-codebuild-source-credentials';
export const RESTORE_DETAIL_TYPE = 'Source Credential Restore Requested';

/** The detail of that event. */
export interface RestoreDetail {
  /** The stack whose function is to import its credential. */
  readonly stackId: string;
  readonly serverType: ServerTypeName;
}

/** The CloudWatch namespace of the credentials' metrics. */
export const METRIC_NAMESPACE = 'CodeBuildSourceCredentials';

/** The CloudWatch dimensions of a credential's metrics. */
export interface MetricDimensions {
  readonly StackName: string;
  readonly ServerType: ServerTypeName;
}

/** The metrics of a credential. */
export type MetricName =
  /** Whole days until the token expires, rounded down; negative after that. */
  'DaysToExpiry'
  /** 0 if the token has expired or its source provider refused it, otherwise 1. */
  | 'TokenValid'
  /** 1 if the source provider said whether it accepts the token, 0 if it could not be reached. */
  | 'TokenChecked'
  /** 1 if a daily check found that CodeBuild did not hold the active owner's credential, otherwise 0. */
  | 'Drift'
  /** 1 each time the credential was restored because another stack asked for it. */
  | 'Restores'
  /** 1 if the credential could not be refreshed, otherwise 0: after a rotation, a restore or a daily check. */
  | 'RefreshFailures';

/** The path in Parameter Store of the records of a server type. */
export function recordsPath(serverType: ServerTypeName): string {
  return `/codebuild-source-credentials/${serverType}`;
}
