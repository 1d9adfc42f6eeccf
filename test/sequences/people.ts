import type { Checks } from './checks';
import type { ConnectionStep } from './connection-steps';
import { Labels, NOTHING } from './labels';
import { deleteOwnerByHand, liveOwnerIds } from './recorded';
import type { ByHand } from './steps';
import type { Story } from './story';
import type { World } from '../../simulator';

/** Makes the changes that people make in the console. */
export class People {
  /** When a record was last deleted by hand. A request from before would be handled again, since its record is gone. */
  recordDeletedAt = 0;

  constructor(private readonly world: World, private readonly labels: Labels, private readonly checks: Checks, private readonly story: Story) {}

  changeCredential(step: ByHand): void {
    const { checks: { model }, labels, story, world: { region } } = this;
    const { serverType } = step;
    if (step.kind === 'deleteRecord') return this.deleteRecord(step);
    if (step.kind === 'importByHand') {
      region.sourceCredentials.importByHand({ serverType, authType: step.authType, token: labels.createManualToken().token });
      story.tell(`a person imports a ${serverType} token (${step.authType})`);
    } else {
      if (this.checks.held(serverType) === NOTHING) return void story.tell('nothing to delete by hand');
      region.sourceCredentials.deleteByHand(serverType);
      story.tell(`a person deletes the ${serverType} credential`);
    }
    model.changedByHand(serverType);
  }

  changeConnection(step: ConnectionStep): void {
    const { checks: { connections }, story, world: { region } } = this;
    if (step.kind === 'makeConnection') {
      const { name, provider: providerType, status } = step;
      connections.createdByHand(region.connections.create({ name, providerType, status }));
      return void story.tell(`a person creates a connection '${name}' to ${providerType}, ${status}`);
    }
    const chosen = connections.all[step.nth % connections.all.length];
    if (!chosen) return void story.tell('there is no connection');
    const { arn, name, providerType } = chosen;
    const event = step.kind === 'handshake' ? `its handshake ends in ${step.status}` : 'a person deletes it';
    story.tell(`connection '${name}' to ${providerType} (${arn.slice(-3)}): ${event}`);
    if (step.kind === 'handshake') connections.setStatus(arn, step.status);
    else connections.deleteByHand(arn);
  }

  private deleteRecord({ nth, serverType }: Extract<ByHand, { kind: 'deleteRecord' }>): void {
    const { checks, story, world: { clock, region } } = this;
    const ids = liveOwnerIds(region, serverType);
    const ownerId = ids[nth % ids.length];
    if (ownerId === undefined) return void story.tell('no record to delete');
    story.tell(`a person deletes the record of ${serverType}'s owner ${ownerId}`);
    this.recordDeletedAt = clock.now();
    deleteOwnerByHand(region, serverType, ownerId);
    checks.model.recordDeleted(serverType, ownerId);
  }
}
