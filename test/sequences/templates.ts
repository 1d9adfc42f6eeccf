import { App, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { connectionPartOf, DeclaredConnection } from './connection-templates';
import type { ResourceDefinition, Template } from '../../simulator';
import {
  BitbucketCredential, Connection, Credential, GitHubCredential, GitHubEnterpriseCredential, SourceCredentials,
} from 'cdk-codebuild-source-credentials';

export const SERVER_TYPES = ['GITHUB', 'BITBUCKET', 'GITHUB_ENTERPRISE'] as const;
export type ServerType = typeof SERVER_TYPES[number];

export const LOGICAL_IDS = ['One', 'Two', 'Three'] as const;
export type LogicalId = typeof LOGICAL_IDS[number];

/** Auth types: a secret's token, its user name and password, its ARN, or a connection's ARN. */
export const AUTH_TYPES = ['PERSONAL_ACCESS_TOKEN', 'BASIC_AUTH', 'SECRETS_MANAGER', 'CODECONNECTIONS'] as const;
export type AuthType = typeof AUTH_TYPES[number];

export const NUMBERS = [1, 2] as const;

/** A credential as an app declares it. */
export interface Declared {
  readonly logicalId: LogicalId;
  readonly serverType: ServerType;
  readonly authType: AuthType;
  /** Number of the secret or the connection. */
  readonly number: number;
  readonly shouldOverwrite: boolean;
  readonly retain: boolean;
  /** ARN of a connection that a stack created. It replaces `number`. */
  readonly connectionArn?: string;
}

/** The credentials and connections that an app's stack declares. */
export interface Contents {
  readonly credentials: readonly Declared[];
  readonly connections: readonly DeclaredConnection[];
}

/** Logical id of a resource that fails on demand: after all others, or in parallel. */
export const FAILING = 'Failing';

export function secretName(number: number): string {
  return `ci/secret-${number}`;
}

/** Returns the ARN that the simulator gives the n-th connection. */
export function connectionArn(serverType: ServerType, number: number): string {
  const count = SERVER_TYPES.indexOf(serverType) * NUMBERS.length + number;
  return `arn:aws:codeconnections:us-east-1:111111111111:connection/00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
}

/** Returns whether the sequences use an auth type with a server type. */
export function isSupported({ authType, serverType }: Pick<Declared, 'authType' | 'serverType'>): boolean {
  return authType !== 'BASIC_AUTH' || serverType === 'BITBUCKET';
}

const synthesized = new Map<string, Template>();

/** Returns the template that `cdk synth` writes for a stack. Synthesizes each kind of credential or connection once, and merges them. */
export function templateOf({ connections, credentials }: Contents, failing?: 'last' | 'beside'): Template {
  const parts = [...credentials.map(partOf), ...connections.map(connectionPartOf)];
  const resources: Record<string, ResourceDefinition> = parts.reduce(merged, { Topic: { Type: 'AWS::SNS::Topic' } });
  if (failing) {
    const custom = Object.entries(resources).filter(([, { Type }]) => Type.startsWith('Custom::')).map(([logicalId]) => logicalId);
    resources[FAILING] = { Type: 'AWS::SNS::Topic', ...failing === 'last' && { DependsOn: custom } };
  }
  return { Resources: resources };
}

/**
 * Merges the resources of two credentials. Shared resources are equal, except for the function's server types and the
 * rule, which must match the events of both.
 */
function merged(one: Record<string, ResourceDefinition>, other: Record<string, ResourceDefinition>): Record<string, ResourceDefinition> {
  const result: Record<string, any> = { ...one, ...other };
  for (const [logicalId, { Properties, Type }] of Object.entries<any>(one)) {
    if (!(logicalId in other)) continue;
    if (Type === 'AWS::Lambda::Function') result[logicalId] = withServerTypesOf(result[logicalId], Properties);
    if (Type !== 'AWS::Events::Rule') continue;
    const patterns = [Properties.EventPattern, (other[logicalId] as any).Properties.EventPattern].flatMap(alternatives);
    const unique = new Map(patterns.map((pattern) => [JSON.stringify(pattern), pattern]));
    const sorted = [...unique.keys()].sort().map((key) => unique.get(key));
    // As in src/, an `$or` has at least two alternatives.
    result[logicalId] = { Type, Properties: { ...Properties, EventPattern: sorted.length > 1 ? { $or: sorted } : sorted[0] } };
  }
  return result;
}

function withServerTypesOf(definition: any, { Environment }: any): ResourceDefinition {
  const copy = structuredClone(definition);
  const types = (variables: Record<string, string> = {}) => (variables.SERVER_TYPES ?? '').split(',').filter((type) => type !== '');
  const variables = copy.Properties.Environment.Variables;
  variables.SERVER_TYPES = [...new Set([...types(variables), ...types(Environment.Variables)])].sort().join(',');
  return copy;
}

function alternatives(pattern: { $or?: unknown[] }): unknown[] {
  return pattern.$or ?? [pattern];
}

function partOf(declared: Declared): Record<string, ResourceDefinition> {
  const { authType, logicalId, number, retain, serverType, shouldOverwrite } = declared;
  const key = `${serverType} ${authType}`;
  let template = synthesized.get(key);
  if (!template) {
    template = synthesize(serverType, authType);
    synthesized.set(key, template);
  }
  const text = JSON.stringify(template.Resources)
    .replace(/Placeholder/g, logicalId)
    .replaceAll(secretName(1), secretName(number))
    .replaceAll(connectionArn(serverType, 1), declared.connectionArn ?? connectionArn(serverType, number));
  const resources: Record<string, any> = JSON.parse(text);
  for (const { Properties, Type } of Object.values(resources)) {
    const policies = { ShouldOverwrite: String(shouldOverwrite), RemovalPolicy: retain ? 'retain' : 'destroy' };
    if (Type.startsWith('Custom::')) Object.assign(Properties, policies);
  }
  return resources;
}

function synthesize(serverType: ServerType, authType: AuthType): Template {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  const credentials = new SourceCredentials(stack, 'Placeholder', {
    credential: credentialOf(stack, serverType, authType),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  // Metadata only makes the template larger.
  credentials.node.findAll().forEach((construct) => CfnResource.isCfnResource(construct) && construct.addDeletionOverride('Metadata'));
  return app.synth().getStackByName('Stack').template;
}

function credentialOf(stack: Stack, serverType: ServerType, authType: AuthType): Credential {
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', secretName(1));
  const connection = Connection.fromConnectionArn(stack, 'Connection', connectionArn(serverType, 1));
  if (serverType === 'BITBUCKET' && authType === 'BASIC_AUTH') return BitbucketCredential.basicAuth(secret);
  const factory = { GITHUB: GitHubCredential, BITBUCKET: BitbucketCredential, GITHUB_ENTERPRISE: GitHubEnterpriseCredential }[serverType];
  switch (authType) {
    case 'CODECONNECTIONS': return factory.connection(connection);
    case 'SECRETS_MANAGER': return factory.secretsManager(secret);
    default: return factory.personalAccessToken(secret, { jsonField: 'token' });
  }
}
