import { edited, EMPTY, isEmpty, isFit, secretsOf } from './apps';
import { Checks } from './checks';
import { Labels, NOTHING } from './labels';
import { deleteOwnerByHand, isMarkedForDeletion, leftovers, liveOwnerIds, recordedOwners } from './recorded';
import { Deploy, Operation, Sequence, StackName, STACKS, Step } from './steps';
import { describeEvent, describeOperation, describeSecretChange, Story } from './story';
import { Contents, FAILING, NUMBERS, SERVER_TYPES, templateOf } from './templates';
import { World } from '../../simulator';
import { broken } from '../model/guarantees';

/** A stack's next operation never begins in the second in which the former ended: nobody is as fast. */
const PAUSE_MS = 1_200;

/** From the last step to the looks at the end: a day, and what is left of the hour after which records are collected. */
const LAST_REST_MS = 25 * 3_600_000;

/** Carries the steps of a sequence out. */
export class Player {
  private readonly apps = new Map<StackName, Contents>();
  /** The secrets whose changes a stack's rule has heard of all through this step. */
  private readonly heard = new Map<StackName, ReadonlySet<number>>();
  /** Whether no secret was bad at any time of this step. */
  private wereSecretsGood = true;
  private wasRotatedMeanwhile = false;
  /** Whether nothing but deployments has happened so far: no fault, no copy of a request. */
  private isClean = true;
  /** When a person last deleted a record. What it has told is forgotten, and would be carried out once more. */
  private recordDeletedAt = 0;

  constructor(
    private readonly sequence: Sequence, private readonly world: World, private readonly labels: Labels,
    private readonly checks: Checks, private readonly story: Story,
  ) {}

  /** Gives back how many steps were played. */
  async play(): Promise<number> {
    const { steps } = this.sequence;
    for (const [index, step] of steps.entries()) {
      const isLook = step.kind === 'look' && step.during === undefined;
      await this.step(`${index + 1}. `, async () => {
        this.world.network.arm(step.faults ?? []);
        this.world.twiceAfterMs = step.twiceAfterMs;
        this.checks.circumstances.hasCopies = step.twiceAfterMs !== undefined || step.kind === 'redeliver';
        await this.act(step);
      }, isLook);
      if (this.isWrong) return index + 1;
    }
    await this.end();
    return steps.length;
  }

  private get isWrong(): boolean {
    return this.checks.violations.length > 0;
  }

  /** Does something and waits until all is quiet, then checks. */
  private async step(prefix: string, act: () => Promise<void>, isLook = false): Promise<void> {
    const { checks, story, world } = this;
    checks.beginStep();
    this.heard.clear();
    STACKS.forEach((stack) => this.heard.set(stack, secretsOf(this.apps.get(stack) ?? EMPTY)));
    this.wasRotatedMeanwhile = false;
    this.wereSecretsGood = this.labels.areSecretsGood;
    await world.clock.run((async () => {
      await world.clock.sleep(PAUSE_MS);
      await act();
      await this.rest();
    })());
    world.network.arm([]);
    world.twiceAfterMs = undefined;
    this.isClean &&= !checks.circumstances.hasCopies && checks.circumstances.excuse === undefined;
    this.wereSecretsGood &&= this.labels.areSecretsGood;
    story.endStep(prefix, checks.state);
    if (!this.isWrong) await this.check(isLook);
  }

  /** What a fault has left must be right after one look of each stack at the latest. */
  private async check(isLook: boolean): Promise<void> {
    const { checks, story } = this;
    const problems = checks.problems(isLook);
    if (problems.length > 0) {
      const { excuse } = this;
      if (excuse === undefined) return void checks.violations.push(...problems.map(({ text }) => text));
      problems.forEach(({ text }) => checks.accept(`${text.slice(0, 2)} until the daily check: ${excuse}`));
      await this.look();
      story.endStep('   a day later, ', checks.state);
      checks.violations.push(...checks.problems(true).map(({ text }) => `${text}, after each stack's daily check`));
    }
    if (!this.isWrong) checks.settle();
  }

  private get excuse(): string | undefined {
    const { excuse } = this.checks.circumstances;
    if (excuse) return excuse;
    if (!this.wereSecretsGood) return 'a secret that could not be read';
    const areRulesNew = [...this.heard.values()].every((numbers) => numbers.size < NUMBERS.length);
    return this.wasRotatedMeanwhile && areRulesNew ? 'a rotation before the rule that hears of it' : undefined;
  }

  /** The schedule of every stack's rule comes due. */
  private async look(): Promise<void> {
    const { checks, story, world } = this;
    checks.beginStep();
    await world.clock.run((async () => {
      world.lookDaily();
      story.tell('every stack looks after its credentials');
      await this.rest();
    })());
  }

  private async rest(): Promise<void> {
    if (!await this.world.idle()) this.checks.violations.push(broken('G5', 'the functions find no end'));
  }

  /** Secrets are repaired, every stack looks after its credentials; then everything goes, with nothing in the way. */
  private async end(): Promise<void> {
    const { checks, labels, story, world } = this;
    for (const number of NUMBERS) {
      labels.change('show', number);
      if (labels.isBad(number)) labels.change('repair', number);
    }
    await world.clock.run((async () => {
      await this.rest();
      await world.clock.sleep(LAST_REST_MS);
    })());
    await this.look();
    story.endStep('a day later, ', checks.state);
    checks.violations.push(...checks.problems(true).map(({ text }) => `${text}, after each stack's daily check`));
    const hasStack = STACKS.some((stack) => world.status(stack));
    // A look that fails to import tries to collect the next day.
    if (hasStack && !this.isWrong && checks.circumstances.excuse === undefined) this.checkLeftovers();
    if (!this.isWrong) checks.settle();
    for (const stack of STACKS) {
      if (this.isWrong) return;
      if (world.status(stack)) await this.step('end. ', async () => this.operate({ kind: 'destroy', stack }));
    }
    const owners = SERVER_TYPES.flatMap((serverType) => recordedOwners(world.region, serverType)).map(({ ownerId }) => ownerId);
    if (this.isClean && !this.isWrong && owners.length > 0) checks.violations.push(broken('G6', `records of owners that are gone: ${owners.join(', ')}`));
  }

  /** What a look has to collect, of those server types that a stack still has. */
  private checkLeftovers(): void {
    const { apps, checks, world } = this;
    const serverTypes = [...apps.values()].flatMap(({ credentials }) => credentials.map(({ serverType }) => serverType));
    const isLookedAfter = (name: string) => serverTypes.some((serverType) => name.includes(`/${serverType}/`));
    const left = leftovers(world.region, world.clock.now()).filter(isLookedAfter);
    if (left.length > 0) checks.violations.push(`not collected: ${left.join(', ')}`);
  }

  private async act(step: Step): Promise<void> {
    const { checks, labels, story, world } = this;
    const { clock, region } = world;
    switch (step.kind) {
      case 'deploy': case 'destroy': return this.operate(step);
      case 'together': return this.operateTogether(step);
      case 'move': return this.move(step);
      case 'look': {
        const look = () => {
          story.tell('every stack looks after its credentials');
          world.lookDaily();
        };
        return this.during(step, look);
      }
      case 'rotate': case 'spoil': case 'repair': case 'hide': case 'show':
        this.wasRotatedMeanwhile = step.during !== undefined;
        return this.during(step, () => {
          story.tell(describeSecretChange(step));
          labels.change(step.kind, step.number);
          this.wereSecretsGood &&= labels.areSecretsGood;
        });
      case 'importByHand': {
        const { authType, serverType } = step;
        region.sourceCredentials.importByHand({ serverType, authType, token: labels.byHand().token });
        story.tell(`a person imports a ${serverType} token (${authType})`);
        return checks.model.changedByHand(serverType);
      }
      case 'deleteByHand':
        if (checks.held(step.serverType) === NOTHING) return void story.tell('nothing to delete by hand');
        region.sourceCredentials.deleteByHand(step.serverType);
        story.tell(`a person deletes the ${step.serverType} credential`);
        return checks.model.changedByHand(step.serverType);
      case 'deleteRecord': {
        const ids = liveOwnerIds(region, step.serverType);
        const ownerId = ids[step.nth % ids.length];
        if (ownerId === undefined) return void story.tell('no record to delete');
        story.tell(`a person deletes the record of ${step.serverType}'s owner ${ownerId}`);
        this.recordDeletedAt = clock.now();
        deleteOwnerByHand(region, step.serverType, ownerId);
        return checks.model.recordDeleted(step.serverType, ownerId);
      }
      case 'makeConnection': case 'handshake': case 'deleteConnection': return this.changeConnection(step);
      case 'redeliver': return this.redeliver(step.back);
      case 'wait':
        story.tell(`${step.milliseconds / 1000} seconds pass`);
        return clock.sleep(step.milliseconds);
    }
  }

  /** Does something while one or two stacks are being deployed, or by itself. */
  private async during(step: { during?: Operation; besides?: Operation; afterMs: number }, change: () => void): Promise<void> {
    if (!step.during) return change();
    const others = step.besides && step.besides.stack !== step.during.stack ? [this.operate(step.besides)] : [];
    await Promise.all([this.operate(step.during), ...others, this.world.clock.sleep(step.afterMs + 1).then(change)]);
  }

  private async operateTogether({ apartMs, operations: [one, other] }: Extract<Step, { kind: 'together' }>): Promise<void> {
    const { clock } = this.world;
    if (one.stack === other.stack) {
      await this.operate(one);
      await clock.sleep(PAUSE_MS);
      return this.operate(other);
    }
    this.story.tell(`at once, the second ${apartMs} ms later:`);
    await Promise.all([this.operate(one), clock.sleep(apartMs + 1).then(async () => this.operate(other))]);
  }

  private async move({ apartMs, from, nth, order, to }: Extract<Step, { kind: 'move' }>): Promise<void> {
    const app = (this.apps.get(from) ?? EMPTY).credentials;
    const moved = app[nth % app.length];
    if (!moved || from === to) return void this.story.tell('nothing to move');
    const arrive = async () => this.operate({ kind: 'deploy', stack: to, edits: [{ kind: 'put', ...moved }] });
    const depart = async () => this.operate({ kind: 'deploy', stack: from, edits: [{ kind: 'remove', nth: app.indexOf(moved) }] });
    this.story.tell(`${moved.logicalId} moves from ${from} to ${to}:`);
    if (order === 0) await Promise.all([arrive(), this.world.clock.sleep(apartMs + 1).then(depart)]);
    else for (const go of order > 0 ? [arrive, depart] : [depart, arrive]) await go();
  }

  private changeConnection(step: Extract<Step, { kind: 'makeConnection' | 'handshake' | 'deleteConnection' }>): void {
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

  private redeliver(back: number): void {
    const sent = this.world.sent.at(-1 - back);
    const isTooOld = sent && this.world.clock.now() - sent.at > sent.lambda.asynchronous.maximumEventAgeSeconds * 1_000;
    const isForgotten = sent && sent.at < this.recordDeletedAt;
    if (!sent || sent.lambda.isDeleted || isTooOld || isForgotten) return void this.story.tell('nothing to deliver again');
    this.story.tell(`Lambda delivers once more: ${describeEvent(sent.request)}`);
    sent.lambda.deliver(sent.request);
  }

  private async operate(operation: Operation): Promise<void> {
    const { stack } = operation;
    const before = this.world.status(stack);
    if (operation.kind === 'deploy') return this.deploy(operation, before);
    if (!before) return void this.story.tell(`${stack}: nothing to destroy`);
    const end = this.story.tell(describeOperation(operation, EMPTY));
    this.heard.delete(stack);
    await this.world.destroy(stack);
    const status = this.world.status(stack);
    end(` -> ${status ?? 'DELETE_COMPLETE'}`);
    if (!status) this.apps.delete(stack);
    else if (this.isUndisturbed) this.checks.violations.push(broken('G5', `${stack} cannot be destroyed`));
  }

  private get isUndisturbed(): boolean {
    return this.checks.circumstances.isFaultless && this.wereSecretsGood && this.labels.areSecretsGood;
  }

  private async deploy(operation: Deploy, before: string | undefined): Promise<void> {
    const { edits, failure, stack } = operation;
    const { checks, world } = this;
    const former = this.apps.get(stack) ?? EMPTY;
    const arns = checks.connections.all.filter(({ providerType }) => providerType === 'GitHub').map(({ arn }) => arn);
    const app = edits.reduce((contents, edit) => edited(contents, edit, arns), former);
    if (isEmpty(app) && isEmpty(former)) return void this.story.tell(`${stack}: nothing to deploy`);
    const end = this.story.tell(describeOperation(operation, app));
    const wasStuck = before?.endsWith('_FAILED') === true;
    const secrets = secretsOf(app);
    this.heard.set(stack, new Set([...this.heard.get(stack) ?? []].filter((number) => secrets.has(number))));
    const isFree = this.isFree(app);
    const failing = failure === undefined || failure === 'last' ? failure : 'beside';

    await world.deploy(stack, templateOf(app, failing), failure === undefined ? undefined : { logicalId: FAILING, afterMs: failure === 'last' ? undefined : failure });
    const status = world.status(stack);
    end(` -> ${status ?? 'DELETE_COMPLETE'}`);
    if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE') return void this.apps.set(stack, wasStuck ? former : app);
    checks.circumstances.hasFailures = true;
    if (!status || status === 'ROLLBACK_COMPLETE') this.apps.delete(stack);
    if (wasStuck) return;
    const { isUndisturbed } = this;
    if (isUndisturbed && status?.endsWith('_FAILED')) {
      checks.violations.push(broken('G4', `${stack} is stuck in ${status}`));
    } else if (checks.circumstances.isFaultless && status === 'UPDATE_ROLLBACK_FAILED' && !checks.circumstances.hasChanged(stack)) {
      // What nothing has changed yet can be taken back whatever has become of its secret.
      checks.violations.push(broken('G4', `${stack} is stuck in ${status}, though nothing was changed`));
    } else if (isUndisturbed && failure === undefined && isFree && this.isFree(app)) {
      checks.violations.push(broken('G5', `${stack} could not be deployed, for no reason`));
    }
  }

  /** Whether nothing that is there may be in the way of an app. */
  private isFree({ connections, credentials }: Contents): boolean {
    const { checks, world: { region } } = this;
    if (credentials.some((declared) => !declared.shouldOverwrite || !isFit(declared))) return false;
    const isUsable = (arn: string) => region.connections.find(arn)?.status === 'AVAILABLE' && !isMarkedForDeletion(region, arn);
    return connections.every(() => !checks.connections.areAmbiguous)
      && credentials.every(({ connectionArn }) => !connectionArn || isUsable(connectionArn));
  }
}
