import type { Checks } from './checks';
import { Deployments, PAUSE_MS } from './deployments';
import type { Labels } from './labels';
import { People } from './people';
import { leftovers, recordedOwners } from './recorded';
import { Operation, Sequence, STACKS, Step } from './steps';
import { describeEvent, describeSecretChange, Story } from './story';
import { NUMBERS, SERVER_TYPES } from './templates';
import type { World } from '../../simulator';
import { broken } from '../model/guarantees';

/** Time from the last step to the daily checks at the end: a day, and the hour after which records are collected. */
const FINAL_WAIT_MS = 25 * 3_600_000;

/** Plays the steps of a sequence. */
export class Player {
  private readonly deployments: Deployments;
  private readonly people: People;
  private isClean = true;

  constructor(
    private readonly sequence: Sequence, private readonly world: World, private readonly labels: Labels,
    private readonly checks: Checks, private readonly story: Story,
  ) {
    this.deployments = new Deployments(world, labels, checks, story);
    this.people = new People(world, labels, checks, story);
  }

  /** Returns how many steps were played. */
  async play(): Promise<number> {
    const { steps } = this.sequence;
    for (const [index, step] of steps.entries()) {
      const isDailyCheck = step.kind === 'dailyCheck' && step.during === undefined;
      await this.step(`${index + 1}. `, async () => {
        this.world.network.arm(step.faults ?? []);
        this.world.twiceAfterMs = step.twiceAfterMs;
        this.checks.circumstances.hasCopies = step.twiceAfterMs !== undefined || step.kind === 'redeliver';
        await this.act(step);
      }, isDailyCheck);
      if (this.hasViolation) return index + 1;
    }
    await this.end();
    return steps.length;
  }

  private get hasViolation(): boolean {
    return this.checks.violations.length > 0;
  }

  /** Does something, waits until nothing is running, then checks. */
  private async step(prefix: string, act: () => Promise<void>, isDailyCheck = false): Promise<void> {
    const { checks, labels, story, world } = this;
    checks.beginStep();
    this.deployments.beginStep();
    await world.clock.run((async () => {
      await world.clock.sleep(PAUSE_MS);
      await act();
      await this.waitUntilIdle();
    })());
    world.network.arm([]);
    world.twiceAfterMs = undefined;
    this.isClean &&= checks.circumstances.isClean;
    checks.circumstances.wereSecretsGood &&= labels.areSecretsGood;
    story.endStep(prefix, checks.state);
    if (!this.hasViolation) await this.check(isDailyCheck);
  }

  /** Checks the result of a step. After a fault, it must be right after one daily check of each stack at the latest. */
  private async check(isAfterDailyCheck: boolean): Promise<void> {
    const { checks } = this;
    const problems = checks.problems(isAfterDailyCheck);
    if (problems.length > 0) {
      const { excuse } = checks.circumstances;
      if (excuse === undefined) return void checks.violations.push(...problems.map(({ text }) => text));
      problems.forEach(({ text }) => checks.countResidual(`${text.slice(0, 2)} until the daily check: ${excuse}`));
      await this.checkDaily('   ');
    }
    if (!this.hasViolation) checks.finishStep();
  }

  /** Runs every stack's daily check a day later. Then everything must be right. */
  private async checkDaily(indent = ''): Promise<void> {
    const { checks, story, world } = this;
    checks.beginStep();
    await world.clock.run((async () => {
      this.runDailyChecks();
      await this.waitUntilIdle();
    })());
    story.endStep(`${indent}a day later, `, checks.state);
    checks.violations.push(...checks.problems(true).map(({ text }) => `${text}, after each stack's daily check`));
  }

  private runDailyChecks(): void {
    this.story.tell('the daily check of every stack');
    this.world.runDailyChecks();
  }

  private async waitUntilIdle(): Promise<void> {
    if (!await this.world.idle()) this.checks.violations.push(broken('G5', 'the functions never finish'));
  }

  /** Repairs the secrets, runs every stack's daily check, then destroys all stacks without faults. */
  private async end(): Promise<void> {
    const { checks, deployments, labels, world } = this;
    for (const number of NUMBERS) {
      labels.change('show', number);
      if (labels.isBad(number)) labels.change('repair', number);
    }
    await world.clock.run((async () => {
      await this.waitUntilIdle();
      await world.clock.sleep(FINAL_WAIT_MS);
    })());
    await this.checkDaily();
    const hasStack = STACKS.some((stack) => world.status(stack));
    // A daily check that fails to import collects on the next day.
    if (hasStack && !this.hasViolation && checks.circumstances.excuse === undefined) this.checkLeftovers();
    if (!this.hasViolation) checks.finishStep();
    for (const stack of STACKS) {
      if (this.hasViolation) return;
      if (world.status(stack)) await this.step('end. ', async () => deployments.operate({ kind: 'destroy', stack }));
    }
    if (!this.isClean || this.hasViolation) return;
    const ownerIds = SERVER_TYPES.flatMap((serverType) => recordedOwners(world.region, serverType)).map(({ ownerId }) => ownerId);
    const left = checks.leftRecords(ownerIds);
    if (left.length > 0) checks.violations.push(broken('G6', `records of removed owners: ${left.join(', ')}`));
  }

  /** Checks that the daily check has collected old records, for the server types that a stack still has. */
  private checkLeftovers(): void {
    const { checks, deployments: { serverTypes }, world } = this;
    const isChecked = (name: string) => serverTypes.some((serverType) => name.includes(`/${serverType}/`));
    const left = leftovers(world.region, world.clock.now()).filter(isChecked);
    if (left.length > 0) checks.violations.push(`not collected: ${left.join(', ')}`);
  }

  private async act(step: Step): Promise<void> {
    const { checks: { circumstances }, deployments, labels, people, story, world } = this;
    switch (step.kind) {
      case 'deploy': case 'destroy': return deployments.operate(step);
      case 'together': return deployments.operateTogether(step);
      case 'move': return deployments.move(step);
      case 'dailyCheck': return this.during(step, () => this.runDailyChecks());
      case 'rotate': case 'spoil': case 'repair': case 'hide': case 'show':
        circumstances.wasRotatedMeanwhile = step.during !== undefined;
        return this.during(step, () => {
          story.tell(describeSecretChange(step));
          labels.change(step.kind, step.number);
          circumstances.wereSecretsGood &&= labels.areSecretsGood;
        });
      case 'importByHand': case 'deleteByHand': case 'deleteRecord': return people.changeCredential(step);
      case 'makeConnection': case 'handshake': case 'deleteConnection': return people.changeConnection(step);
      case 'redeliver': return this.redeliver(step.back);
      case 'wait':
        story.tell(`${step.milliseconds / 1000} seconds pass`);
        return world.clock.sleep(step.milliseconds);
    }
  }

  /** Makes a change, during the deployment of one or two stacks if the step names any. */
  private async during(step: { during?: Operation; besides?: Operation; afterMs: number }, change: () => void): Promise<void> {
    const { deployments } = this;
    if (!step.during) return change();
    const others = step.besides && step.besides.stack !== step.during.stack ? [deployments.operate(step.besides)] : [];
    await Promise.all([deployments.operate(step.during), ...others, this.world.clock.sleep(step.afterMs + 1).then(change)]);
  }

  private redeliver(back: number): void {
    const sent = this.world.sent.at(-1 - back);
    const isTooOld = sent && this.world.clock.now() - sent.at > sent.lambda.asynchronous.maximumEventAgeSeconds * 1_000;
    const isForgotten = sent && sent.at < this.people.recordDeletedAt;
    if (!sent || sent.lambda.isDeleted || isTooOld || isForgotten) return void this.story.tell('nothing to deliver again');
    this.story.tell(`Lambda delivers once more: ${describeEvent(sent.request)}`);
    sent.lambda.deliver(sent.request);
  }
}
