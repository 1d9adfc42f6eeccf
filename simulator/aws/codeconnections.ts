import { parseArn } from './arn';
import { accessDenied, authorize, contextOf, Principal } from './authorization';
import { Connection, Connections, ProviderType } from './connections';
import * as codeConnectionsModel from './models/codeconnections.json';
import * as codeStarConnectionsModel from './models/codestar-connections.json';
import { Regions } from './region';
import { Call, Service } from './service';
import { ServiceError } from './service-error';
import { ServiceModel } from './service-model';
import { validationException } from './validation';

/** CodeConnections' operations on connections and their tags. */
export function codeConnections(regions: Regions): Service {
  return connectionService(codeConnectionsModel, 'codeconnections', regions);
}

/** The same service under its former name, with the same connections (I). */
export function codeStarConnections(regions: Regions): Service {
  return connectionService(codeStarConnectionsModel, 'codestar-connections', regions);
}

interface CreateConnectionInput {
  readonly ConnectionName: string;
  readonly ProviderType?: ProviderType;
  readonly HostArn?: string;
  readonly Tags?: Tag[];
}

interface ListConnectionsInput {
  readonly ProviderTypeFilter?: ProviderType;
  readonly HostArnFilter?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/**
 * AWS's limit for all resources (C); that it applies to connections, whose requests may have 200 tags, is a guess (I):
 * https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
 */
const MAX_TAGS = 50;

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

function connectionService(model: ServiceModel, prefix: 'codeconnections' | 'codestar-connections', regions: Regions): Service {
  /** Returns the connection if the caller may perform the operation on it. */
  const permitted = (
    operation: string, arn: string, { principal, region }: Call, tagKeys?: string[], requestTags: Record<string, string> = {},
  ): Connection => {
    // The model's pattern ensures that it is an ARN. The region is that of the request (I).
    const { service, account } = parseArn(arn)!;
    const connection = regions.get(account, region).connections.find(arn);
    const resourceTags = Object.fromEntries([...connection?.tags ?? []].map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
    const context = { ...contextOf({ ...resourceTags, ...asRequestTags(requestTags) }), ...tagKeys && { 'aws:TagKeys': tagKeys } }; // (C)
    // The prefix of the ARN, not that of the API (C).
    const request = { action: `${service === 'codestar-connections' ? service : 'codeconnections'}:${operation}`, resource: arn, context };
    authorize(principal, request);
    if (account !== principal.account && !connection?.sharedWith.includes(principal.account)) {
      throw accessDenied(principal, request, 'resource'); // (I)
    }
    if (!connection) throw new ServiceError('ResourceNotFoundException', `Connection ${arn} not found`); // (C), text: (I)
    return connection;
  };

  return {
    model,
    invalidInput: validationException,
    operations: {
      CreateConnection(input: CreateConnectionInput, { principal, region }) {
        const { ConnectionName, ProviderType: providerType, HostArn, Tags = [] } = input;
        const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
        authorizeCreation(principal, prefix, providerType, tags);
        requireFewTags(Object.keys(tags));
        const { connections } = regions.get(principal.account, region);
        const provider = providerOf(input, connections);
        if (connections.refusesTakenNames && connections.list().some(({ name }) => name === ConnectionName)) {
          // (I): the service has this error, but CreateConnection does not declare it.
          throw new ServiceError('ResourceAlreadyExistsException', `Connection with name ${ConnectionName} already exists`);
        }
        const arn = connections.create({ name: ConnectionName, providerType: provider, prefix, status: 'PENDING', hostArn: HostArn, tags }); // (C)
        return { ConnectionArn: arn, Tags };
      },

      GetConnection({ ConnectionArn }: { ConnectionArn: string }, call) {
        return { Connection: describe(permitted('GetConnection', ConnectionArn, call)) };
      },

      ListConnections({ ProviderTypeFilter, HostArnFilter, MaxResults = 100, NextToken }: ListConnectionsInput, { principal, region }) {
        const context = contextOf({ [`${prefix}:ProviderTypeFilter`]: ProviderTypeFilter, [`${prefix}:HostArn`]: HostArnFilter });
        // The key is (C). The Service Authorization Reference names connections as the resource type, but a list names none (I).
        authorize(principal, { action: `${prefix}:ListConnections`, resource: '*', context });
        const matching = regions.get(principal.account, region).connections.list().filter(({ providerType, hostArn }) =>
          (!ProviderTypeFilter || providerType === ProviderTypeFilter) && (!HostArnFilter || hostArn === HostArnFilter));
        const start = Number(NextToken ?? 0);
        const end = start + MaxResults;
        // Connections of both prefixes, in either API (I).
        return { Connections: matching.slice(start, end).map(describe), NextToken: end < matching.length ? String(end) : undefined };
      },

      DeleteConnection({ ConnectionArn }: { ConnectionArn: string }, call) {
        permitted('DeleteConnection', ConnectionArn, call);
        regions.get(call.principal.account, call.region).connections.delete(ConnectionArn);
        return {};
      },

      ListTagsForResource({ ResourceArn }: { ResourceArn: string }, call) {
        return { Tags: [...permitted('ListTagsForResource', ResourceArn, call).tags].map(([Key, Value]) => ({ Key, Value })) };
      },

      TagResource({ ResourceArn, Tags }: { ResourceArn: string; Tags: Tag[] }, call) {
        const requestTags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
        const { tags } = permitted('TagResource', ResourceArn, call, Object.keys(requestTags), requestTags);
        requireFewTags([...tags.keys(), ...Object.keys(requestTags)]);
        Tags.forEach(({ Key, Value }) => tags.set(Key, Value));
        return {};
      },

      UntagResource({ ResourceArn, TagKeys }: { ResourceArn: string; TagKeys: string[] }, call) {
        const { tags } = permitted('UntagResource', ResourceArn, call, TagKeys);
        TagKeys.forEach((key) => tags.delete(key));
        return {};
      },
    },
  };
}

/**
 * Creation with tags also needs permission for TagResource (C), for a resource that has no id and no tags yet (I):
 * https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-tag-based-access-control.html
 */
function authorizeCreation(principal: Principal, prefix: string, providerType: ProviderType | undefined, tags: Record<string, string>): void {
  const tagContext = { ...asRequestTags(tags), 'aws:TagKeys': Object.keys(tags) };
  const context = { ...tagContext, ...contextOf({ [`${prefix}:ProviderType`]: providerType }) }; // (C)
  authorize(principal, { action: `${prefix}:CreateConnection`, resource: '*', context });
  if (Object.keys(tags).length > 0) authorize(principal, { action: `${prefix}:TagResource`, resource: '*', context: tagContext });
}

/** Throws if there are too many tags. TagResource declares the error (C); text: (I). */
function requireFewTags(keys: readonly string[]): void {
  if (new Set(keys).size > MAX_TAGS) throw new ServiceError('LimitExceededException', `A resource can have up to ${MAX_TAGS} tags`);
}

function asRequestTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]));
}

/** Returns the provider type, from the host if there is one. Exactly one of the two must be given (I). */
function providerOf({ ProviderType: providerType, HostArn }: CreateConnectionInput, connections: Connections): ProviderType {
  if ((providerType === undefined) === (HostArn === undefined)) {
    throw new ServiceError('ValidationException', 'Exactly one of ProviderType and HostArn is required');
  }
  if (HostArn === undefined) return providerType!;
  const host = connections.findHost(HostArn);
  if (!host) throw new ServiceError('ResourceNotFoundException', `Host ${HostArn} not found`); // (C), text: (I)
  if (!host.isAvailable) throw new ServiceError('ResourceUnavailableException', `Host ${HostArn} is not available`); // (C), text: (I)
  return host.providerType;
}

function describe({ arn, name, providerType, status, hostArn }: Connection) {
  return {
    ConnectionName: name,
    ConnectionArn: arn,
    ProviderType: providerType,
    OwnerAccountId: parseArn(arn)!.account,
    ConnectionStatus: status,
    HostArn: hostArn,
  };
}
