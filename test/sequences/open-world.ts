import { connectionArn, NUMBERS, SERVER_TYPES, ServerType, secretName } from './templates';
import { ProviderType, World, WorldOptions } from '../../simulator';

const PROVIDERS: Record<ServerType, ProviderType> = {
  GITHUB: 'GitHub', BITBUCKET: 'Bitbucket', GITHUB_ENTERPRISE: 'GitHubEnterpriseServer',
};

/** Creates an account with the secrets and connections that the stacks of a sequence use. */
export function openWorld(options: WorldOptions): World {
  const world = new World(options);
  for (const serverType of SERVER_TYPES) {
    for (const number of NUMBERS) {
      const arn = world.region.connections.create({ name: `${serverType}-${number}`, providerType: PROVIDERS[serverType] });
      if (arn !== connectionArn(serverType, number)) throw new Error(`unexpected ARN of a connection: ${arn}`);
    }
  }
  for (const number of NUMBERS) world.region.secrets.create({ name: secretName(number), value: '{}' });
  return world;
}
