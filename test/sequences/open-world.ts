import { connectionArn, NUMBERS, SERVER_TYPES, ServerType, secretName } from './templates';
import { ProviderType, World, WorldOptions } from '../../simulator';

const PROVIDERS: Record<ServerType, ProviderType> = {
  GITHUB: 'GitHub', BITBUCKET: 'Bitbucket', GITHUB_ENTERPRISE: 'GitHubEnterpriseServer',
};

/** An account in which the secrets and connections exist that the stacks of a sequence name. */
export function openWorld(options: WorldOptions): World {
  const world = new World(options);
  for (const serverType of SERVER_TYPES) {
    for (const number of NUMBERS) {
      const arn = world.region.connections.create({ name: `${serverType}-${number}`, providerType: PROVIDERS[serverType] });
      if (arn !== connectionArn(serverType, number)) throw new Error(`not the ARN that was expected: ${arn}`);
    }
  }
  for (const number of NUMBERS) world.region.secrets.create({ name: secretName(number), value: '{}' });
  return world;
}
