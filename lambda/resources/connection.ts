import { isDeepStrictEqual } from 'node:util';
import { DecodedConnectionProperties, decodeConnectionProperties } from './decode-connection-properties';
import { joinConnection } from './join-connection';
import { leaveAttempt, leaveConnection } from './leave-connection';
import { ConnectionData, CREATOR_TAG, SERVER_TYPE_OF_PROVIDER } from '../../src/contract';
import { changeTags, getConnection, handshakeUrl, parseConnectionArn, Tags, tagsOf } from '../aws/codeconnections';
import { LifecycleRequest, Outcome, ResourceHandler, UpdateRequest } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { log } from '../log';

/**
 * `Custom::CodeConnectionsConnection`. Its physical id is the connection's ARN.
 *
 * Every resource that uses a connection has a record in Parameter Store. Tags say which stack, resource and
 * request created the connection.
 */
export const connection: ResourceHandler = {
  async create(request, deadline) {
    return outcome(await joinConnection(request, decodeConnectionProperties(request.properties), {}, deadline), deadline);
  },

  async update(request, deadline) {
    const properties = decodeConnectionProperties(request.properties);
    const former = decoded(request.oldProperties);
    const tags = await currentTags(request, former, properties, deadline);
    const isOtherProvider = former && former.spec.providerType !== properties.spec.providerType;
    const arn = await joinConnection(request, properties, {
      current: tags && request.physicalResourceId,
      formerType: isOtherProvider ? SERVER_TYPE_OF_PROVIDER[former.spec.providerType] : undefined,
    }, deadline);
    if (tags?.[CREATOR_TAG] === request.stackId) await retag(request, tags, former?.tags ?? {}, properties.tags, deadline);
    if (former) await leaveAttempt(request, former, properties, arn, deadline);
    return outcome(arn, deadline);
  },

  async delete(request, deadline) {
    const properties = decoded(request.properties);
    if (!properties) {
      log('info', 'nothing to delete: no connection can have been created with these properties');
      return;
    }
    await leaveConnection(request, properties, deadline);
  },
};

/** Returns the tags of the resource's connection, if it still is the requested one. */
async function currentTags(
  { physicalResourceId }: UpdateRequest, former: DecodedConnectionProperties | undefined, wanted: DecodedConnectionProperties, deadline: Deadline,
): Promise<Tags | undefined> {
  return isDeepStrictEqual(former?.spec, wanted.spec) && parseConnectionArn(physicalResourceId) ? tagsOf(physicalResourceId, deadline) : undefined;
}

/** Updates the user's tags. Tags of others stay. */
async function retag({ physicalResourceId }: UpdateRequest, present: Tags, former: Tags, wanted: Tags, deadline: Deadline): Promise<void> {
  const added = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
  const removed = Object.keys(former).filter((key) => !(key in wanted) && key in present);
  await changeTags(physicalResourceId, Object.fromEntries(added), removed, deadline);
}

async function outcome(arn: string, deadline: Deadline): Promise<Outcome> {
  const { ConnectionStatus } = await getConnection(arn, deadline);
  const data: ConnectionData = { ConnectionArn: arn, ConnectionStatus: ConnectionStatus!, HandshakeUrl: handshakeUrl(arn) };
  return { physicalResourceId: arn, data };
}

/** Returns undefined if the properties are invalid, as those of a failed request may be. */
function decoded(properties: LifecycleRequest['properties']): DecodedConnectionProperties | undefined {
  try {
    return decodeConnectionProperties(properties);
  } catch {
    return undefined;
  }
}
