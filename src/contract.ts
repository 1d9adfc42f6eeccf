import type { AuthType } from './auth-type';
import { ProviderType } from './provider-type';
import { ServerType } from './server-type';

/*
 * What goes over the wire from the constructs to the handler. Both sides are typed by this file.
 * The names are public: they stand in users' templates and snapshots, and stacks deployed by an
 * older release send that release's properties on Delete and on rollback.
 *
 * CloudFormation turns every value into a string on its way, so each value is one from the start.
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

/** Whether what a resource stands for goes with it. */
export type RemovalPolicyProperty = 'destroy' | 'retain';

/** Enumerations as they go over the wire. */
export type ServerTypeName = `${ServerType}`;
export type AuthTypeName = `${AuthType}`;
export type ProviderTypeName = `${ProviderType}`;

interface CommonProperties {
  readonly ServerType: ServerTypeName;
  readonly ShouldOverwrite: 'true' | 'false';
  readonly RemovalPolicy: RemovalPolicyProperty;
  /**
   * How the token is checked. The handler does not read it, but its own environment: it is here so that
   * CloudFormation sends an Update when it changes.
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
  /** The field with the date at which the token ends. */
  readonly ExpiryField?: string;
  readonly RefreshOnSecretChange: 'true' | 'false';
}

/** The handler imports a user name and a password that it reads from a secret. */
export interface BasicAuthProperties {
  readonly AuthType: `${AuthType.BASIC_AUTH}`;
  readonly SecretId: string;
  readonly UsernameField: string;
  readonly PasswordField: string;
  /** The field with the date at which the password ends. */
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
 * The pairs that CodeBuild accepts.
 *
 * GitLab's two rows: the documentation offers only connections; that CodeBuild refuses the other
 * types is a sound guess.
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

/** The server type that a connection to each provider is for. */
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
  /** When the resource was last deployed. */
  readonly ConnectionStatus: string;
  readonly HandshakeUrl: string;
}

/**
 * Where the console is on the Internet. That the region comes first also outside of the partition aws is AWS's
 * pattern.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
 */
const CONSOLES: Readonly<Record<string, string>> = {
  'aws': 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-eusc': 'console.amazonaws-eusc.eu',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of the console with the connections of a region; in words where its address is not known. */
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

/** The tag of a connection with the id of the stack that has created it. */
export const CREATOR_TAG = 'codebuild-source-credentials:stack-id';

/** The tag of a connection with the logical id of the resource that has created it. */
export const RESOURCE_TAG = 'codebuild-source-credentials:logical-id';

/** The tag of a connection with the id of the request that has created it: a repeated request finds what it made. */
export const REQUEST_TAG = 'codebuild-source-credentials:request-id';

/**
 * Whether a secret's id is an access token of GitHub, GitLab or Atlassian, put where the name of
 * its secret should be.
 */
export function looksLikeAccessToken(secretId: string): boolean {
  return /^(gh[opsur]_|github_pat_|glpat-|ATATT|ATCTT|ATBB)/.test(secretId);
}

/** The function's environment variable with the id of its stack. */
export const STACK_ID_VARIABLE = 'STACK_ID';

/** The function's environment variable with the time that one request may take, in seconds. */
export const TIMEOUT_VARIABLE = 'TIMEOUT_SECONDS';

/** The function's environment variable with the server types that its stack has, separated by commas. */
export const SERVER_TYPES_VARIABLE = 'SERVER_TYPES';

/** The function's environment variable with the checks of tokens at their source providers: `TokenChecks` as JSON. */
export const TOKEN_CHECKS_VARIABLE = 'TOKEN_CHECKS';

/** How a token is checked at its source provider. */
export interface TokenCheckSettings {
  /** Whether a token with a certain problem is still imported. */
  readonly onProblem: 'warn' | 'fail';
  /** The address of the provider's API: the only place to which the token is sent. */
  readonly apiUrl: string;
  readonly requiredScopes: readonly string[];
}

/** The checks of a stack. Each names the credential whose token may be sent to that address: no other one is. */
export type TokenChecks = Readonly<Partial<Record<ServerTypeName, TokenCheckSettings & { readonly credential: CredentialProperties }>>>;

/** The event with which a function asks that of another stack to import its credential again. */
export const EVENT_SOURCE = 'cdk-codebuild-source-credentials';
export const RESTORE_DETAIL_TYPE = 'Source Credential Restore Requested';

/** What that event says. */
export interface RestoreDetail {
  /** The stack whose function is meant. */
  readonly stackId: string;
  readonly serverType: ServerTypeName;
}

/** Where the metrics of credentials are in CloudWatch. */
export const METRIC_NAMESPACE = 'CodeBuildSourceCredentials';

/** What tells the metrics of a credential from those of others. */
export interface MetricDimensions {
  readonly StackName: string;
  readonly ServerType: ServerTypeName;
}

/** The metrics of a credential. */
export type MetricName =
  /** Whole days until the token ends, rounded down; below zero afterwards. */
  'DaysToExpiry'
  /** 0 when the token has ended by its date or its source provider refused it, otherwise 1. */
  | 'TokenValid'
  /** 1 when the source provider said whether it accepts the token, 0 when it could not be asked. */
  | 'TokenChecked'
  /** 1 when a look found that CodeBuild did not hold the active owner's credential, otherwise 0. */
  | 'Drift'
  /** 1 for each time the credential was imported again because another stack asked for it. */
  | 'Restores'
  /** 1 when the credential could not be kept current, 0 when it could: after a rotation, a restore or a look. */
  | 'RefreshFailures';

/** Where the records of a server type are in Parameter Store: who wants which credential in CodeBuild. */
export function recordsPath(serverType: ServerTypeName): string {
  return `/codebuild-source-credentials/${serverType}`;
}
