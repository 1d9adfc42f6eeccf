import { Arn, ArnFormat, Aws, Stack, Token } from 'aws-cdk-lib';
import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CREATOR_TAG, ProviderTypeName, REQUEST_TAG, RESOURCE_TAG, SERVER_TYPE_OF_PROVIDER } from './contract';
import { policyBeforeProjects } from './grants';
import { SourceCredentialsProvider } from './source-credentials-provider';

/**
 * What the function needs for the connections of its stack: one policy for all, and one for each provider type. A
 * policy for each connection would pass what IAM allows a role with ten connections.
 *
 * Neither depends on anything but the provider type, so that an update or its rollback takes nothing away from a
 * connection that is still to be deleted.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function connectionPolicies(provider: SourceCredentialsProvider, providerType: ProviderTypeName): Construct[] {
  return [anyConnectionPolicy(provider), provider._getOrAddPolicy(`${providerType}ConnectionPolicy`, () => [
    creation(providerType),
    provider._serve(SERVER_TYPE_OF_PROVIDER[providerType]),
  ])];
}

const SERVICES = ['codeconnections', 'codestar-connections'];

/** Reads every connection of the account here, and changes and deletes those that this stack created. */
export function anyConnectionPolicy(provider: SourceCredentialsProvider): Construct {
  // A connection that is made under the new name has its prefix; one to be adopted may have the former.
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
      // Of all types that CodeBuild can use: one list for each would be a third of what IAM allows.
      conditions: { StringEquals: { 'codeconnections:ProviderTypeFilter': Object.keys(SERVER_TYPE_OF_PROVIDER) } },
    }),
    // Deletes with RETAIN too: what this stack has created while another stack created the same.
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
    // Otherwise who may create with tags could tag the connection of another stack as its own, and delete it. Only
    // where that tag is there: whether AWS asks for the ARN of what is just being created, which has none, is not documented.
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: ['codeconnections:TagResource'],
      resources: [connections('codeconnections')],
      conditions: { StringNotEquals: createdHere, Null: { [`aws:ResourceTag/${CREATOR_TAG}`]: 'false' } },
    }),
  ]);
}

/**
 * A connection that is to be created has no ARN yet: condition keys limit the action.
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
        // A host has its provider type, so that a request that names one has none (a guess).
        ...hasHost ? {} : { 'codeconnections:ProviderType': providerType },
      },
    },
  });
}

/**
 * Actions on a connection, by the service's name under which it is authorized: it must match the
 * ARN's prefix, and an ARN that is not known yet may have either.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export function connectionActions(connectionArn: string, ...actions: string[]): string[] {
  const services = Token.isUnresolved(connectionArn)
    ? ['codeconnections', 'codestar-connections']
    : [Arn.split(connectionArn, ArnFormat.SLASH_RESOURCE_NAME).service];
  return services.flatMap((service) => actions.map((action) => `${service}:${action}`));
}

/** Allows to read repositories through the connection, before the projects of the grantee are created. */
export function grantUseOfConnection(connection: IConnectionRef, grantee: iam.IGrantable): iam.Grant {
  const { connectionArn } = connection.connectionRef;
  return iam.Grant.addToPrincipal({
    grantee: policyBeforeProjects(grantee, connection),
    actions: connectionActions(connectionArn, 'UseConnection', 'GetConnection', 'GetConnectionToken'),
    resourceArns: [connectionArn],
  });
}
