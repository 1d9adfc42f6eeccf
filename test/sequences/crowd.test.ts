import { Labels, NOTHING } from './labels';
import { openWorld } from './open-world';
import { liveOwnerIds } from './recorded';
import { Declared, templateOf } from './templates';
import { Attempt, BUNDLE } from '../../simulator';

// Ten seconds on an idle machine become a minute on a busy one.
jest.setTimeout(300_000);

/*
 * Many stacks want the same credential at the same moment (G5). No stack waits for another, and no request takes more
 * calls. Each request that finds another stack active sends it an event, and that stack imports once more for each event.
 */

/** The work of all stacks' functions in one step. */
interface Effort {
  /** Average per stack. */
  readonly starts: number;
  readonly calls: number;
  /** The largest number of calls of one start. */
  readonly most: number;
}

class Crowd {
  readonly world = openWorld({
    bundleOf: () => BUNDLE, hasSkewedClocks: true, latencyMs: 400, order: 'sequential', propagationMs: 4_000, seed: 1,
  });
  readonly labels = new Labels(this.world.region);
  private starts: Attempt[] = [];

  constructor(private readonly count: number) {
    const nothing = () => undefined;
    const attempt = (start: Attempt) => void this.starts.push(start);
    this.world.observer = {
      requested: nothing, apply: nothing, applied: nothing, fault: nothing, exchange: nothing, givenUp: nothing, log: nothing, attempt,
    };
  }

  get held(): string {
    return this.labels.held(this.world.region.sourceCredentials.held('GITHUB'));
  }

  /** Makes every stack act at the same moment, and returns the work of their functions. */
  async all(act: (stackName: string, index: number) => Promise<void>): Promise<Effort> {
    const { clock } = this.world;
    this.starts = [];
    await clock.run((async () => {
      await clock.sleep(2_000);
      await Promise.all(this.names.map(act));
      await this.world.idle();
    })());
    const calls = this.starts.map((start) => start.calls);
    const sum = calls.reduce((one, other) => one + other, 0);
    return { starts: this.starts.length / this.count, calls: sum / this.count, most: Math.max(...calls) };
  }

  statuses(): Set<string | undefined> {
    return new Set(this.names.map((name) => this.world.status(name)));
  }

  private get names(): string[] {
    return Array.from({ length: this.count }, (_, index) => `Stack${index + 1}`);
  }
}

const GITHUB: Declared = {
  logicalId: 'One', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', number: 1, shouldOverwrite: true, retain: false,
};

test.each([1, 2, 10, 40])('the work per stack stays the same when %d stacks deploy, rotate, update, run a daily check and are destroyed at once', async (count) => {
  const crowd = new Crowd(count);
  const { labels, world } = crowd;
  const deploy = async (name: string, number: number) => world.deploy(name, templateOf({ credentials: [{ ...GITHUB, number }], connections: [] }));

  const deployed = await crowd.all(async (name, index) => deploy(name, 1 + index % 2));
  expect(crowd.statuses()).toEqual(new Set(['CREATE_COMPLETE']));
  expect(crowd.held).toMatch(/^secret [12] v1$/);

  const rotated = await crowd.all(async (_, index) => { if (index < 2) labels.change('rotate', index + 1); });
  expect(crowd.held).toMatch(/^secret [12] v2$/);

  const updated = await crowd.all(async (name, index) => deploy(name, 2 - index % 2));
  expect(crowd.statuses()).toEqual(new Set(['UPDATE_COMPLETE']));

  const checked = await crowd.all(async (_, index) => { if (index === 0) world.runDailyChecks(); });
  expect(crowd.held).toMatch(count === 1 ? 'secret 2 v1' : /^secret [12] v2$/);

  const destroyed = await crowd.all(async (name) => world.destroy(name));
  expect(crowd.statuses()).toEqual(new Set([undefined]));
  expect(crowd.held).toBe(NOTHING);
  expect(liveOwnerIds(world.region, 'GITHUB')).toEqual([]);
  world.close();

  for (const { calls, most, starts } of [deployed, rotated, updated, checked, destroyed]) {
    expect(starts).toBeLessThanOrEqual(3);
    expect(calls).toBeLessThanOrEqual(20);
    expect(most).toBeLessThanOrEqual(15);
  }
});
