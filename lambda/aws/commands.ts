import type * as codebuild from '@aws-sdk/client-codebuild';
import type * as connections from '@aws-sdk/client-codestar-connections';
import type * as eventbridge from '@aws-sdk/client-eventbridge';
import type * as secretsmanager from '@aws-sdk/client-secrets-manager';
import type * as ssm from '@aws-sdk/client-ssm';

/** An operation of a service with its input. */
export interface Command<Output> {
  readonly operation: string;
  readonly input: object;
  /** Never there: it carries the type of the reply. */
  readonly output?: Output;
}

/** A reply as it stands in the JSON: no schema has made dates and bytes of its numbers and texts. */
export type Json<T> =
  T extends Date ? number
    : T extends Uint8Array ? string
      : T extends object ? { [Key in keyof T]: Json<T[Key]> }
        : T;

export const DeleteSourceCredentialsCommand = command<codebuild.DeleteSourceCredentialsInput, codebuild.DeleteSourceCredentialsOutput>('DeleteSourceCredentials');
export const ImportSourceCredentialsCommand = command<codebuild.ImportSourceCredentialsInput, codebuild.ImportSourceCredentialsOutput>('ImportSourceCredentials');
export const ListSourceCredentialsCommand = command<codebuild.ListSourceCredentialsInput, codebuild.ListSourceCredentialsOutput>('ListSourceCredentials');

export const CreateConnectionCommand = command<connections.CreateConnectionInput, connections.CreateConnectionOutput>('CreateConnection');
export const DeleteConnectionCommand = command<connections.DeleteConnectionInput, connections.DeleteConnectionOutput>('DeleteConnection');
export const GetConnectionCommand = command<connections.GetConnectionInput, connections.GetConnectionOutput>('GetConnection');
export const ListConnectionsCommand = command<connections.ListConnectionsInput, connections.ListConnectionsOutput>('ListConnections');
export const ListTagsForResourceCommand = command<connections.ListTagsForResourceInput, connections.ListTagsForResourceOutput>('ListTagsForResource');
export const TagResourceCommand = command<connections.TagResourceInput, connections.TagResourceOutput>('TagResource');
export const UntagResourceCommand = command<connections.UntagResourceInput, connections.UntagResourceOutput>('UntagResource');

export const PutEventsCommand = command<eventbridge.PutEventsRequest, eventbridge.PutEventsResponse>('PutEvents');

export const GetSecretValueCommand = command<secretsmanager.GetSecretValueRequest, secretsmanager.GetSecretValueResponse>('GetSecretValue');

export const DeleteParameterCommand = command<ssm.DeleteParameterRequest, ssm.DeleteParameterResult>('DeleteParameter');
export const GetParametersByPathCommand = command<ssm.GetParametersByPathRequest, ssm.GetParametersByPathResult>('GetParametersByPath');
export const PutParameterCommand = command<ssm.PutParameterRequest, ssm.PutParameterResult>('PutParameter');

/** A class like the one of that name in AWS's SDK; input and output have the SDK's types. */
function command<Input extends object, Output>(operation: string) {
  return class implements Command<Json<Output>> {
    declare readonly output?: Json<Output>;
    readonly operation = operation;

    constructor(readonly input: Input) {}
  };
}
