import { SERVER_TYPES, ServerTypeName, SourceCredentialsData } from '../../src/contract';
import { sourceCredentialsArn } from '../aws/codebuild';
import { DeleteRequest, FAILED_CREATE, LifecycleRequest, Outcome, ResourceHandler } from '../cloudformation/lifecycle';
import { decodeProperties, decodeRetain, decodeServerType } from '../credentials/decode-properties';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { log } from '../log';
import { activateOwner, Activation } from '../ownership/activate-owner';
import { removeOwner } from '../ownership/remove-owner';
import type { Raw } from '../property-values';

/**
 * `Custom::CodeBuildSourceCredentials`.
 *
 * The physical id consists of the server type and the id of the Create request: `GITHUB/<request id>`.
 */
export const sourceCredentials: ResourceHandler = {
  async create(request, deadline) {
    return activate(request, { isCreate: true, ownerId: request.requestId }, deadline);
  },

  async update(request, deadline) {
    const created = parsePhysicalId(request.physicalResourceId);
    const { serverType } = decodeProperties(request.properties);
    if (created?.serverType !== serverType) {
      throw new Failure(`resource ${request.physicalResourceId} cannot become a ${serverType} credential: a change of server type needs a new resource. Do not override its logical id`);
    }
    const previous = decoded(request.oldProperties, decodeProperties)?.credential;
    return activate(request, { isCreate: false, ownerId: created.ownerId, previous }, deadline);
  },

  async delete(request, deadline) {
    const created = parsePhysicalId(request.physicalResourceId);
    const serverType = created?.serverType ?? decoded(request.properties, decodeServerType);
    if (serverType === undefined) {
      log('info', 'nothing to delete: nothing can have been imported with these properties');
      return;
    }
    await removeOwner({
      request,
      serverType,
      ownerId: created?.ownerId ?? failedCreateId(request),
      // A failed Create leaves nothing.
      retain: created !== undefined && decoded(request.properties, decodeRetain) === true,
    }, deadline);
  },
};

async function activate(
  request: LifecycleRequest, owner: Pick<Activation, 'isCreate' | 'ownerId' | 'previous'>, deadline: Deadline,
): Promise<Outcome> {
  const { credential, serverType, shouldOverwrite } = decodeProperties(request.properties);
  await activateOwner({ request, ...owner, serverType, credential, shouldOverwrite }, deadline);
  return {
    physicalResourceId: `${serverType}/${owner.ownerId}`,
    data: { SourceCredentialsArn: sourceCredentialsArn(serverType, request.stackId) } satisfies SourceCredentialsData,
  };
}

/** Returns undefined for the id of a failed Create, and for an id that CloudFormation generated because it got no answer. */
function parsePhysicalId(physicalResourceId: string): { serverType: ServerTypeName; ownerId: string } | undefined {
  const [prefix, ownerId] = physicalResourceId.split('/');
  const serverType = SERVER_TYPES.find((candidate) => candidate === prefix);
  return serverType && { serverType, ownerId };
}

function failedCreateId({ physicalResourceId }: DeleteRequest): string | undefined {
  return physicalResourceId.startsWith(FAILED_CREATE) ? physicalResourceId.slice(FAILED_CREATE.length) : undefined;
}

/** Returns undefined if the properties are invalid, as those of a failed Create or of another release may be. */
function decoded<T>(properties: Raw, decode: (raw: Raw) => T): T | undefined {
  try {
    return decode(properties);
  } catch {
    return undefined;
  }
}
