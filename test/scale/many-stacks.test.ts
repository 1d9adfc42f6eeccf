import { Effort, sum } from '../../bench/scale/effort';
import { ManyStacks } from '../../bench/scale/many-stacks';
import { StoredRecords } from '../stored-records';

// What takes seconds on an idle machine takes minutes on a busy one.
jest.setTimeout(300_000);

/*
 * Many stacks that own the credential of one server type all do something at the same moment: the built bundle in
 * processes of its own, over HTTP. None fails, nothing is left that is in the way of what follows, and none has more to
 * do because there are more of them. `npm run bench -- --only scale` does the same with more stacks.
 */

/* The bounds are the same for every number of stacks. Each counts for one step of the story. */

/** Of one stack's function, for each of its starts: it looks again when others change something meanwhile, eight times at most. */
const MOST_REQUESTS_OF_A_START = 25;
/** Of all functions, for each stack. */
const MOST_REQUESTS = 20;
const MOST_STARTS = 3;
const MOST_EVENTS = 2;

let stacks: ManyStacks;

afterEach(async () => stacks.close());

test.each([2, 10, 20])('%d stacks are created, rotated, changed and destroyed at once, with slow reads', async (count) => {
  stacks = await ManyStacks.open(count);
  stacks.slowDownReads();
  await story();
});

test('10 stacks are created, rotated, changed and destroyed at once, within the quotas of an account', async () => {
  stacks = await ManyStacks.open(10);
  stacks.region.quotas.enforce();
  const throttled = await story();
  expect(throttled).toBeGreaterThan(0);
});

/** Gives back how many requests were throttled. */
async function story(): Promise<number> {
  const { names } = stacks;
  const [changing, leaving] = [names.filter((_, index) => index % 3 === 0), names.filter((_, index) => index % 3 === 1)];
  const staying = names.filter((name) => !leaving.includes(name));

  const created = await stacks.atOnce(names, (name) => stacks.deploy(name));
  expect(created.outcomes).toEqual(new Set(['CREATE_COMPLETE']));
  expectInForce(names.length);

  const rotated = await stacks.atOnce(names, (name) => stacks.rotate(name));
  expectInForce(names.length);

  const changed = await stacks.atOnce(names, (name) => {
    if (changing.includes(name)) return stacks.deploy(name, 'second');
    return leaving.includes(name) ? stacks.destroy(name) : stacks.rotate(name);
  });
  expect(changed.outcomes).toEqual(new Set(['UPDATE_COMPLETE', 'DELETE_COMPLETE']));
  expectInForce(staying.length);

  const destroyed = await stacks.atOnce(staying, (name) => stacks.destroy(name));
  expect(destroyed.outcomes).toEqual(new Set(['DELETE_COMPLETE']));
  expectNothing();

  const efforts = [created, rotated, changed, destroyed];
  efforts.forEach(expectSteadyEffort);

  // Whatever was left does not stand in the way of the next one.
  stacks.aws.faults.clear();
  stacks.region.quotas.lift();
  const [name] = names;
  const again = await stacks.atOnce([name], () => stacks.deploy(name));
  expect([...again.outcomes]).toEqual(['CREATE_COMPLETE']);
  expect(again.starts.get(name)).toBe(1);
  expectInForce(1);
  const gone = await stacks.atOnce([name], () => stacks.destroy(name));
  expect([...gone.outcomes]).toEqual(['DELETE_COMPLETE']);
  expectNothing();
  return efforts.reduce((total, { throttled }) => total + throttled, 0);
}

/** So many stacks own the credential, and CodeBuild holds the present value of the one that was deployed last. */
function expectInForce(count: number): void {
  expect(liveOwners()).toHaveLength(count);
  expect(stacks.held).toBeDefined();
  expect(stacks.held).toBe(wanted());
}

/** The records that count as owners. */
function liveOwners() {
  const records = new StoredRecords(stacks.region);
  const removed = new Set(records.list('removed/').map(({ ownerId }) => ownerId));
  return records.owners().filter(({ name }) => !removed.has(name.slice('owners/'.length).split('/')[0]));
}

/** What the stack that was deployed last wants CodeBuild to hold, by the records; of two that were sent in one second the one with the greater id. */
function wanted(): string | undefined {
  const rank = ({ deployedAt, name }: Record<string, any>) => `${deployedAt} ${name}`;
  const [owner] = liveOwners().sort((one, other) => rank(one) < rank(other) ? 1 : -1);
  return owner && stacks.region.secrets.get(owner.credential.SecretId).versions.at(-1)!.value.toString();
}

function expectNothing(): void {
  expect(stacks.held).toBeUndefined();
  expect(liveOwners()).toEqual([]);
}

/** The active owner's function is started for each event that the others send, so starts are counted for all together. */
function expectSteadyEffort({ events, requests, starts }: Effort): void {
  const count = stacks.names.length;
  expect(sum(starts)).toBeLessThanOrEqual(MOST_STARTS * count);
  expect(sum(requests)).toBeLessThanOrEqual(MOST_REQUESTS * count);
  expect(events).toBeLessThanOrEqual(MOST_EVENTS * count);
  for (const [name, made] of requests) expect(made / starts.get(name)!).toBeLessThanOrEqual(MOST_REQUESTS_OF_A_START);
  expect(stacks.cloudFormation.droppedEvents).toEqual([]);
}
