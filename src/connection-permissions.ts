import { Arn, ArnFormat, Aws, Stack, Token } from 'aws-cdk-lib';
import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CREATOR_TAG, ProviderTypeName, REQUEST_TAG, RESOURCE_TAG, SERVER_TYPE_OF_PROVIDER } from './contract';
import { policyBeforeProjects } from './grants';
import { SourceCredentialsProvider } from './source-credentials-provider';

/**
 * The policies that the function needs for the connections of its stack: a common one, and one for each provider
 * type. With a policy for each connection, ten connections would exceed IAM's limit for a role.
 *
 * The policies depend on nothing but the provider type, so that an update or its rollback removes no permission
 * that is still needed to delete a connection.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function connectionPolicies(provider: SourceCredentialsProvider, providerType: ProviderTypeName): Construct[] {
  return [anyConnectionPolicy(provider), provider._getOrAddPolicy(`${providerType}ConnectionPolicy`, () => [
    creation(providerType),
    provider._addServerType(SERVER_TYPE_OF_PROVIDER[providerType]),
  ])];
}

const SERVICES = ['codeconnections', 'codestar-connections'];

/** Allows to read every connection of the account in this region, and to change and delete those that this stack created. */
export function anyConnectionPolicy(provider: SourceCredentialsProvider): Construct {
  // The ARN of a new connection begins with `codeconnections`; an existing one may have the older prefix.
  const connections = (service: string) => Stack.of(provider).formatArn({ service, resource: 'connection', resourceName: '*' });
  const createdHere = { [`aws:ResourceTag/${CREATOR_TAG}`]: Aws.STACK_ID };
  return provider._getOrAddPolicy('ConnectionPolicy', () => [
    new iam.PolicyStatement({
      actions: SERVICES.flatMap((service) => ['GetConnection', 'ListTagsForResource'].map((action) => `${service}:${action}`)),
      resources: SERVICES.map(connections),
    }),
    new iam.PolicyStatement({
      actions: ['codeconnections:ListConnections'],
      resources: ['*'],
      // All types that CodeBuild can use: a list for each provider type would take a third of IAM's limit.
      conditions: { StringEquals: { 'codeconnections:ProviderTypeFilter': Object.keys(SERVER_TYPE_OF_PROVIDER) } },
    }),
    // Also needed with RETAIN: to delete a duplicate, when two stacks created the same connection at once.
    new iam.PolicyStatement({
      actions: ['codeconnections:DeleteConnection'],
      resources: [connections('codeconnections')],
      conditions: { StringEquals: createdHere },
    }),
    new iam.PolicyStatement({
      actions: ['codeconnections:TagResource', 'codeconnections:UntagResource'],
      resources: [connections('codeconnections')],
      conditions: { 'StringEquals': createdHere, 'ForAllValues:StringNotEquals': { 'aws:TagKeys': [CREATOR_TAG, RESOURCE_TAG, REQUEST_TAG] } },
    }),
    // https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-tag-based-access-control.html
    new iam.PolicyStatement({
      actions: ['codeconnections:TagResource'],
      resources: ['*'],
      conditions: { StringEquals: { [`aws:RequestTag/${CREATOR_TAG}`]: Aws.STACK_ID } },
    }),
    // Without this, the permission to tag on creation would also allow to tag another stack's connection as this
    // stack's own, and then to delete it. The condition requires an existing tag: AWS does not document which resource
    // TagResource is checked against while a connection is being created.
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: ['codeconnections:TagResource'],
      resources: [connections('codeconnections')],
      conditions: { StringNotEquals: createdHere, Null: { [`aws:ResourceTag/${CREATOR_TAG}`]: 'false' } },
    }),
  ]);
}

/**
 * Limits CreateConnection by condition keys: a connection that does not exist yet has no ARN.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html
 */
function creation(providerType: ProviderTypeName): iam.PolicyStatement {
  const hasHost = providerType === 'GitHubEnterpriseServer' || providerType === 'GitLabSelfManaged';
  return new iam.PolicyStatement({
    actions: ['codeconnections:CreateConnection'],
    resources: ['*'],
    conditions: {
      StringEquals: {
        [`aws:RequestTag/${CREATOR_TAG}`]: Aws.STACK_ID,
        // A host determines the provider type, so a request with a host has no provider type (a guess).
        ...hasHost ? {} : { 'codeconnections:ProviderType': providerType },
      },
    },
  });
}

/**
 * Returns actions on a connection with the service prefix under which AWS authorizes them: the prefix of the ARN. An
 * unresolved ARN may have either prefix.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export function connectionActions(connectionArn: string, ...actions: string[]): string[] {
  const services = Token.isUnresolved(connectionArn)
    ? ['codeconnections', 'codestar-connections']
    : [Arn.split(connectionArn, ArnFormat.SLASH_RESOURCE_NAME).service];
  return services.flatMap((service) => actions.map((action) => `${service}:${action}`));
}

/** Grants permission to read repositories through the connection, before the projects of the grantee are created. */
export function grantUseOfConnection(connection: IConnectionRef, grantee: iam.IGrantable): iam.Grant {
  const { connectionArn } = connection.connectionRef;
  return iam.Grant.addToPrincipal({
    grantee: policyBeforeProjects(grantee, connection),
    actions: connectionActions(connectionArn, 'UseConnection', 'GetConnection', 'GetConnectionToken'),
    resourceArns: [connectionArn],
  });
}
