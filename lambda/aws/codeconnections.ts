import {
  Connection, CreateConnectionCommand, DeleteConnectionCommand, GetConnectionCommand, ListConnectionsCommand,
  ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-codestar-connections';
import { callAws, errorName, errorText, isAccessDenied, isRefusal } from './call';
import { codeConnections, codeConnectionsOnce, ConnectionsServiceName } from './codeconnections-client';
import { connectionsPage, ProviderTypeName } from '../../src/contract';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { Raw, text } from '../property-values';

export type Tags = Readonly<Record<string, string>>;

/** The properties by which an existing connection is found. */
export interface ConnectionSpec {
  readonly providerType: ProviderTypeName;
  readonly connectionName: string;
  readonly hostArn?: string;
}

/** New connections are created under the present name of the service. */
const NEW_CONNECTIONS = 'codeconnections';

const CONNECTION_ARN = /^arn:(?<partition>[\w-]+):(?<service>codeconnections|codestar-connections):(?<region>[\w-]+):\d{12}:connection\/[\w-]+$/;

/** Returns the parts of a connection's ARN, or undefined for another string. */
export function parseConnectionArn(connectionArn: string): { partition: string; service: ConnectionsServiceName; region: string } | undefined {
  return CONNECTION_ARN.exec(connectionArn)?.groups as ReturnType<typeof parseConnectionArn>;
}

/** Reads the property with the ARN of a connection. Throws if it is not one. */
export function connectionArnOf(raw: Raw): string {
  const connectionArn = text(raw, 'ConnectionArn');
  if (!parseConnectionArn(connectionArn)) throw new Failure('property ConnectionArn is not the ARN of a connection. Copy it from the console: Developer Tools, Settings, Connections');
  return connectionArn;
}

/** Where a person completes the handshake of a connection. */
export function handshakeUrl(connectionArn: string): string {
  const { partition, region } = parseConnectionArn(connectionArn)!;
  return connectionsPage(region, partition);
}

/** Throws if a connection is in status ERROR. */
export function requireNoError({ ConnectionArn, ConnectionStatus }: Connection): void {
  if (ConnectionStatus === 'ERROR') {
    throw new Failure(`connection ${ConnectionArn} is in status ERROR. Repair it at ${handshakeUrl(ConnectionArn!)}, then deploy again`);
  }
}

/** Reads a connection, in any account and region. */
export async function getConnection(connectionArn: string, deadline: Deadline): Promise<Connection> {
  try {
    const command = new GetConnectionCommand({ ConnectionArn: connectionArn });
    const { Connection: connection } = await callAws(deadline, (options) => clientFor(connectionArn).send(command, options));
    return connection!;
  } catch (error) {
    if (isAccessDenied(error)) {
      throw new Failure(`connection ${connectionArn} cannot be read: ${errorText(error)}. If it belongs to another account, share it with this one`, { cause: error });
    }
    if (isMissing(error)) throw new Failure(`connection ${connectionArn} does not exist. Create it, or correct its ARN`, { cause: error });
    throw new Failure(`connection ${connectionArn} cannot be read: ${errorText(error)}`, { cause: error });
  }
}

/**
 * Lists the matching connections of an account in this region. That the list includes connections that were created
 * under the former name of the service is a guess.
 */
export async function listConnections(
  { providerType, connectionName, hostArn }: ConnectionSpec, account: string, deadline: Deadline,
): Promise<Connection[]> {
  const found: Connection[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const command = new ListConnectionsCommand({ ProviderTypeFilter: providerType, MaxResults: 100, NextToken });
      const page = await callAws(deadline, (options) => localClient().send(command, options));
      found.push(...page.Connections ?? []);
      NextToken = page.NextToken;
    } while (NextToken);
  } catch (error) {
    throw new Failure(`the ${providerType} connections in ${process.env.AWS_REGION} could not be listed: ${errorText(error)}`, { cause: error });
  }
  return found.filter((one) => one.ConnectionName === connectionName && one.HostArn === hostArn && one.OwnerAccountId === account);
}

/** The outcome is unknown: the connection may have been created, or a retry may help. */
export class UnclearCreation extends Failure {}

/** Creates a connection. Returns its ARN. Does not retry: an attempt whose reply was lost may have created one. */
export async function createConnection({ providerType, connectionName, hostArn }: ConnectionSpec, tags: Tags, deadline: Deadline): Promise<string> {
  // A host determines the provider type.
  const provider = hostArn === undefined ? { ProviderType: providerType } : { HostArn: hostArn };
  try {
    const command = new CreateConnectionCommand({ ...provider, ConnectionName: connectionName, Tags: tagList(tags) });
    const client = codeConnectionsOnce(process.env.AWS_REGION!, NEW_CONNECTIONS);
    const { ConnectionArn } = await callAws(deadline, (options) => client.send(command, options));
    return ConnectionArn!;
  } catch (error) {
    const what = `the ${providerType} connection '${connectionName}' could not be created in ${process.env.AWS_REGION}: ${errorText(error)}`;
    switch (errorName(error)) {
      case 'ResourceNotFoundException':
      case 'ResourceUnavailableException':
        throw new Failure(`${what}. Check that host ${hostArn} exists and is available: Developer Tools, Settings, Connections, Hosts`);
      case 'LimitExceededException':
        throw new Failure(`${what}. Delete unused connections, or request a higher quota`);
      default:
        throw isRefusal(error) ? new Failure(what, { cause: error }) : new UnclearCreation(what);
    }
  }
}

/** Deletes a connection. Succeeds if the connection no longer exists. */
export async function deleteConnection(connectionArn: string, deadline: Deadline): Promise<void> {
  // Does not wait for IAM: if somebody has just deleted the connection, its tags are gone, and with them the permission.
  const withoutIamRetries = deadline.within(deadline.remaining);
  const command = new DeleteConnectionCommand({ ConnectionArn: connectionArn });
  try {
    await callAws(withoutIamRetries, (options) => clientFor(connectionArn).send(command, options));
  } catch (error) {
    if (isMissing(error) || (isAccessDenied(error) && await tagsOf(connectionArn, deadline) === undefined)) return;
    throw new Failure(`connection ${connectionArn} could not be deleted: ${errorText(error)}`, { cause: error });
  } finally {
    withoutIamRetries.end();
  }
}

/** Returns the tags of a connection, or undefined if it no longer exists. */
export async function tagsOf(connectionArn: string, deadline: Deadline): Promise<Tags | undefined> {
  try {
    const command = new ListTagsForResourceCommand({ ResourceArn: connectionArn });
    const { Tags: list = [] } = await callAws(deadline, (options) => clientFor(connectionArn).send(command, options));
    return Object.fromEntries(list.map(({ Key, Value }) => [Key!, Value!]));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Failure(`the tags of connection ${connectionArn} cannot be read: ${errorText(error)}`, { cause: error });
  }
}

export async function changeTags(connectionArn: string, added: Tags, removed: readonly string[], deadline: Deadline): Promise<void> {
  try {
    if (Object.keys(added).length > 0) {
      const command = new TagResourceCommand({ ResourceArn: connectionArn, Tags: tagList(added) });
      await callAws(deadline, (options) => clientFor(connectionArn).send(command, options));
    }
    if (removed.length > 0) {
      const command = new UntagResourceCommand({ ResourceArn: connectionArn, TagKeys: [...removed] });
      await callAws(deadline, (options) => clientFor(connectionArn).send(command, options));
    }
  } catch (error) {
    throw new Failure(`the tags of connection ${connectionArn} could not be changed: ${errorText(error)}`, { cause: error });
  }
}

/** Whether a call failed because the connection does not exist. Also recognizes a Failure whose cause is such an error. */
export function isMissing(error: unknown): boolean {
  return errorName(error) === 'ResourceNotFoundException' || (error instanceof Error && error.cause !== undefined && isMissing(error.cause));
}

function localClient() {
  return codeConnections(process.env.AWS_REGION!, NEW_CONNECTIONS);
}

function clientFor(connectionArn: string) {
  const { region, service } = parseConnectionArn(connectionArn)!;
  return codeConnections(region, service);
}

function tagList(tags: Tags): Array<{ Key: string; Value: string }> {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
