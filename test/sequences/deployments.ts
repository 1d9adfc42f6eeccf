import { applyEdit, EMPTY, isEmpty, isImportable, secretsOf } from './apps';
import type { Checks } from './checks';
import type { Labels } from './labels';
import { isMarkedForDeletion } from './recorded';
import { Deploy, Operation, StackName, STACKS, Step } from './steps';
import { describeOperation, Story } from './story';
import { Contents, FAILING, ServerType, templateOf } from './templates';
import type { World } from '../../simulator';
import { broken } from '../model/guarantees';

/** Pause after an operation: the next one of a stack never begins within the same second. */
export const PAUSE_MS = 1_200;

/** Deploys and destroys stacks, and checks each result against the guarantees. */
export class Deployments {
  private readonly apps = new Map<StackName, Contents>();

  constructor(private readonly world: World, private readonly labels: Labels, private readonly checks: Checks, private readonly story: Story) {}

  beginStep(): void {
    const { circumstances } = this.checks;
    circumstances.wereSecretsGood = this.labels.areSecretsGood;
    STACKS.forEach((stack) => circumstances.watchedSecrets.set(stack, secretsOf(this.apps.get(stack) ?? EMPTY)));
  }

  /** Server types of all deployed credentials. */
  get serverTypes(): ServerType[] {
    return [...this.apps.values()].flatMap(({ credentials }) => credentials.map(({ serverType }) => serverType));
  }

  async operate(operation: Operation): Promise<void> {
    const { checks, story, world } = this;
    const { stack } = operation;
    const before = world.status(stack);
    if (operation.kind === 'deploy') return this.deploy(operation, before);
    if (!before) return void story.tell(`${stack}: nothing to destroy`);
    const end = story.tell(describeOperation(operation, EMPTY));
    checks.circumstances.watchedSecrets.delete(stack);
    await world.destroy(stack);
    const status = world.status(stack);
    end(` -> ${status ?? 'DELETE_COMPLETE'}`);
    if (!status) this.apps.delete(stack);
    else if (this.isUndisturbed) checks.violations.push(broken('G5', `${stack} cannot be destroyed`));
  }

  async operateTogether({ apartMs, operations: [one, other] }: Extract<Step, { kind: 'together' }>): Promise<void> {
    const { clock } = this.world;
    if (one.stack === other.stack) {
      await this.operate(one);
      await clock.sleep(PAUSE_MS);
      return this.operate(other);
    }
    this.story.tell(`two stacks at once, the second ${apartMs} ms later:`);
    await Promise.all([this.operate(one), clock.sleep(apartMs + 1).then(async () => this.operate(other))]);
  }

  async move({ apartMs, from, nth, order, to }: Extract<Step, { kind: 'move' }>): Promise<void> {
    const app = (this.apps.get(from) ?? EMPTY).credentials;
    const moved = app[nth % app.length];
    if (!moved || from === to) return void this.story.tell('nothing to move');
    const arrive = async () => this.operate({ kind: 'deploy', stack: to, edits: [{ kind: 'put', ...moved }] });
    const depart = async () => this.operate({ kind: 'deploy', stack: from, edits: [{ kind: 'remove', nth: app.indexOf(moved) }] });
    this.story.tell(`${moved.logicalId} moves from ${from} to ${to}:`);
    if (order === 0) await Promise.all([arrive(), this.world.clock.sleep(apartMs + 1).then(depart)]);
    else for (const go of order > 0 ? [arrive, depart] : [depart, arrive]) await go();
  }

  private get isUndisturbed(): boolean {
    const { circumstances: { isFaultless, wereSecretsGood } } = this.checks;
    return isFaultless && wereSecretsGood && this.labels.areSecretsGood;
  }

  private async deploy(operation: Deploy, before: string | undefined): Promise<void> {
    const { edits, failure, stack } = operation;
    const { checks: { circumstances, connections, violations }, story, world } = this;
    const former = this.apps.get(stack) ?? EMPTY;
    const arns = connections.all.filter(({ providerType }) => providerType === 'GitHub').map(({ arn }) => arn);
    const app = edits.reduce((contents, edit) => applyEdit(contents, edit, arns), former);
    if (isEmpty(app) && isEmpty(former)) return void story.tell(`${stack}: nothing to deploy`);
    const end = story.tell(describeOperation(operation, app));
    const wasStuck = before?.endsWith('_FAILED') === true;
    const secrets = secretsOf(app);
    circumstances.watchedSecrets.set(stack, new Set([...circumstances.watchedSecrets.get(stack) ?? []].filter((number) => secrets.has(number))));
    const isUnobstructed = this.isUnobstructed(app);
    const failing = failure === undefined || failure === 'last' ? failure : 'beside';

    await world.deploy(stack, templateOf(app, failing), failure === undefined ? undefined : { logicalId: FAILING, afterMs: failure === 'last' ? undefined : failure });
    const status = world.status(stack);
    end(` -> ${status ?? 'DELETE_COMPLETE'}`);
    if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE') return void this.apps.set(stack, wasStuck ? former : app);
    circumstances.hasFailures = true;
    if (!status || status === 'ROLLBACK_COMPLETE') this.apps.delete(stack);
    if (wasStuck) return;
    const { isUndisturbed } = this;
    if (isUndisturbed && status?.endsWith('_FAILED')) {
      violations.push(broken('G4', `${stack} is stuck in ${status}`));
    } else if (circumstances.isFaultless && status === 'UPDATE_ROLLBACK_FAILED' && !circumstances.hasChanged(stack)) {
      // A rollback that has nothing to undo succeeds, whatever happened to the secret.
      violations.push(broken('G4', `${stack} is stuck in ${status} although nothing was changed`));
    } else if (isUndisturbed && failure === undefined && isUnobstructed && this.isUnobstructed(app)) {
      violations.push(broken('G5', `${stack} could not be deployed although nothing prevents it`));
    }
  }

  /** Returns whether no existing credential or connection can make the deployment of an app fail. */
  private isUnobstructed({ connections, credentials }: Contents): boolean {
    const { checks, world: { region } } = this;
    if (credentials.some((declared) => !declared.shouldOverwrite || !isImportable(declared))) return false;
    const isUsable = (arn: string) => region.connections.find(arn)?.status === 'AVAILABLE' && !isMarkedForDeletion(region, arn);
    return connections.every(() => !checks.connections.areAmbiguous)
      && credentials.every(({ connectionArn }) => !connectionArn || isUsable(connectionArn));
  }
}
