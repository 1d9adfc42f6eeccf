import { parseArn } from './arn';
import { accessDenied, authorize, AuthorizationRequest } from './authorization';
import * as codeConnectionsModel from './models/codeconnections.json';
import * as codeStarConnectionsModel from './models/codestar-connections.json';
import { Regions } from './region';
import { Service } from './service';
import { ServiceError } from './service-error';
import { ServiceModel } from './service-model';
import { validationException } from './validation';

/** CodeConnections' GetConnection. */
export function codeConnections(regions: Regions): Service {
  return getConnectionService(codeConnectionsModel, regions);
}

/** The same service under its former name; it knows the same connections (I). */
export function codeStarConnections(regions: Regions): Service {
  return getConnectionService(codeStarConnectionsModel, regions);
}

function getConnectionService(model: ServiceModel, regions: Regions): Service {
  return {
    model,
    invalidInput: validationException,
    operations: {
      GetConnection({ ConnectionArn }: { ConnectionArn: string }, { principal, region }) {
        // The model's pattern makes sure that it is an ARN; the region is that of the request (I).
        const { service, account } = parseArn(ConnectionArn)!;
        const connection = regions.get(account, region).connections.find(ConnectionArn);
        const request: AuthorizationRequest = {
          // The prefix of the ARN, not that of the API (C).
          action: `${service === 'codestar-connections' ? service : 'codeconnections'}:GetConnection`,
          resource: ConnectionArn,
          context: {},
        };
        authorize(principal, request);
        if (account !== principal.account && !connection?.sharedWith.includes(principal.account)) {
          throw accessDenied(principal, request, 'resource'); // (I)
        }
        if (!connection) {
          throw new ServiceError('ResourceNotFoundException', `Connection ${ConnectionArn} not found`); // (C), text: (I)
        }
        return {
          Connection: {
            ConnectionName: connection.name,
            ConnectionArn: connection.arn,
            ProviderType: connection.providerType,
            OwnerAccountId: account,
            ConnectionStatus: connection.status,
            HostArn: connection.hostArn,
          },
        };
      },
    },
  };
}
