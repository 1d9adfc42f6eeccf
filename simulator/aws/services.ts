import { codeBuild } from './codebuild';
import { codeConnections, codeStarConnections } from './codeconnections';
import { eventBridge } from './event-bridge';
import { parameterStore } from './parameter-store';
import { withQuotas } from './quotas';
import { Regions } from './region';
import { secretsManager } from './secrets-manager';
import { Service } from './service';

/** All simulated services, with the quotas of their callers. */
export function services(regions: Regions): Service[] {
  return [codeBuild, codeConnections, codeStarConnections, eventBridge, parameterStore, secretsManager]
    .map((service) => withQuotas(service(regions), regions));
}
