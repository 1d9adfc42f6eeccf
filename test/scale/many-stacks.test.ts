import { Effort, sum } from '../../bench/scale/effort';
import { ManyStacks } from '../../bench/scale/many-stacks';
import { StoredRecords } from '../stored-records';

// On a busy machine this takes minutes.
jest.setTimeout(300_000);

/*
 * Many stacks that own the credential of one server type act concurrently. Their functions run the built bundle in
 * separate processes, over HTTP. No stack fails, nothing is left over, and the requests per stack do not
 * depend on the number of stacks. `npm run bench -- --only scale` does the same with more stacks.
 */

/* Limits for one step. They are the same for every number of stacks. */

/** Requests of one stack's function for each invocation. It lists again, at most eight times, if other stacks change something. */
const MOST_REQUESTS_OF_A_START = 25;
/** Events of all functions for each stack. */
const MOST_REQUESTS = 20;
const MOST_STARTS = 3;
const MOST_EVENTS = 2;

let stacks: ManyStacks;

afterEach(async () => stacks.close());

test.each([2, 10, 20])('%d stacks are created, rotated, changed and destroyed at once, with slow reads', async (count) => {
  stacks = await ManyStacks.open(count);
  stacks.slowDownReads();
  await playSteps();
});

test('10 stacks are created, rotated, changed and destroyed at once, within the quotas of an account', async () => {
  stacks = await ManyStacks.open(10);
  stacks.region.quotas.enforce();
  const throttled = await playSteps();
  expect(throttled).toBeGreaterThan(0);
});

/** Returns how many requests were throttled. */
async function playSteps(): Promise<number> {
  const { names } = stacks;
  const [changing, leaving] = [names.filter((_, index) => index % 3 === 0), names.filter((_, index) => index % 3 === 1)];
  const staying = names.filter((name) => !leaving.includes(name));

  const created = await stacks.atOnce(names, (name) => stacks.deploy(name));
  expect(created.outcomes).toEqual(new Set(['CREATE_COMPLETE']));
  expectActive(names.length);

  const rotated = await stacks.atOnce(names, (name) => stacks.rotate(name));
  expectActive(names.length);

  const changed = await stacks.atOnce(names, (name) => {
    if (changing.includes(name)) return stacks.deploy(name, 'second');
    return leaving.includes(name) ? stacks.destroy(name) : stacks.rotate(name);
  });
  expect(changed.outcomes).toEqual(new Set(['UPDATE_COMPLETE', 'DELETE_COMPLETE']));
  expectActive(staying.length);

  const destroyed = await stacks.atOnce(staying, (name) => stacks.destroy(name));
  expect(destroyed.outcomes).toEqual(new Set(['DELETE_COMPLETE']));
  expectNothing();

  const efforts = [created, rotated, changed, destroyed];
  efforts.forEach(expectSteadyEffort);

  // Nothing is left over that prevents the next deployment.
  stacks.aws.faults.clear();
  stacks.region.quotas.lift();
  const [name] = names;
  const again = await stacks.atOnce([name], () => stacks.deploy(name));
  expect([...again.outcomes]).toEqual(['CREATE_COMPLETE']);
  expect(again.starts.get(name)).toBe(1);
  expectActive(1);
  const gone = await stacks.atOnce([name], () => stacks.destroy(name));
  expect([...gone.outcomes]).toEqual(['DELETE_COMPLETE']);
  expectNothing();
  return efforts.reduce((total, { throttled }) => total + throttled, 0);
}

/** Expects this many owners, and the current value of the most recently deployed one in CodeBuild. */
function expectActive(count: number): void {
  expect(liveOwners()).toHaveLength(count);
  expect(stacks.held).toBeDefined();
  expect(stacks.held).toBe(wanted());
}

/** Returns the records of owners that were not removed. */
function liveOwners() {
  const records = new StoredRecords(stacks.region);
  const removed = new Set(records.list('removed/').map(({ ownerId }) => ownerId));
  return records.owners().filter(({ name }) => !removed.has(name.slice('owners/'.length).split('/')[0]));
}

/** Returns the credential of the most recently deployed stack according to its record. Within one second, the greater id counts as later. */
function wanted(): string | undefined {
  const rank = ({ deployedAt, name }: Record<string, any>) => `${deployedAt} ${name}`;
  const [owner] = liveOwners().sort((one, other) => rank(one) < rank(other) ? 1 : -1);
  return owner && stacks.region.secrets.get(owner.credential.SecretId).versions.at(-1)!.value.toString();
}

function expectNothing(): void {
  expect(stacks.held).toBeUndefined();
  expect(liveOwners()).toEqual([]);
}

/** Invocations are counted for all functions together, because each event of another stack invokes the active owner's function. */
function expectSteadyEffort({ events, requests, starts }: Effort): void {
  const count = stacks.names.length;
  expect(sum(starts)).toBeLessThanOrEqual(MOST_STARTS * count);
  expect(sum(requests)).toBeLessThanOrEqual(MOST_REQUESTS * count);
  expect(events).toBeLessThanOrEqual(MOST_EVENTS * count);
  for (const [name, made] of requests) expect(made / starts.get(name)!).toBeLessThanOrEqual(MOST_REQUESTS_OF_A_START);
  expect(stacks.cloudFormation.droppedEvents).toEqual([]);
}
