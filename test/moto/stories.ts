import { strict as assert } from 'node:assert';
import type { Moto } from './moto';
import { StoredRecord, Stacks } from './stacks';
import type { Deployment } from '../../simulator';

export interface Story {
  readonly title: string;
  run(stacks: Stacks, moto: Moto): Promise<void>;
}

const MANUAL_IMPORT = { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'imported-by-hand' } as const;

const HOUR_MS = 3_600_000;

/** The stories in order. Each starts from the state that the previous one left. */
export const STORIES: readonly Story[] = [
  {
    title: 'all stacks deploy in parallel with shouldOverwrite: false over a manually imported credential: all fail, and it stays',
    async run(stacks, moto) {
      stacks.sourceCredentials.importByHand(MANUAL_IMPORT);
      const deployments = await stacks.deploy({ shouldOverwrite: false });
      assert.deepEqual(deployments.map(answers), stacks.names.map(() => ['Create FAILED', 'Delete SUCCESS']));
      assert.deepEqual(new Set(deployments.map(({ status }) => status)), new Set(['ROLLBACK_COMPLETE']));
      deployments.forEach(({ events }) => assert.match(events.find(({ status }) => status === 'CREATE_FAILED')!.reason!, /shouldOverwrite is false/));
      assert.equal(held(stacks), MANUAL_IMPORT.token);
      assert.deepEqual(await owners(stacks), []);
      await requireSecrecy(stacks, moto);
      stacks.sourceCredentials.deleteByHand('GITHUB');
    },
  },
  {
    title: 'all stacks deploy in parallel: all succeed, and the active owner\'s token is in CodeBuild',
    async run(stacks, moto) {
      requireSuccess(await stacks.deploy(), 'CREATE_COMPLETE', 'Create');
      await requireActiveCredential(stacks, moto, stacks.names);
    },
  },
  {
    title: 'all secrets rotate in parallel: the active owner\'s new token is imported',
    async run(stacks, moto) {
      await stacks.rotate();
      await requireActiveCredential(stacks, moto, stacks.names);
    },
  },
  {
    title: 'a person deletes, then replaces the credential: the daily check restores it each time',
    async run(stacks, moto) {
      stacks.sourceCredentials.deleteByHand('GITHUB');
      await stacks.cloudFormation.schedulesComeDue();
      await requireActiveCredential(stacks, moto, stacks.names);
      stacks.sourceCredentials.importByHand(MANUAL_IMPORT);
      await stacks.cloudFormation.schedulesComeDue();
      await requireActiveCredential(stacks, moto, stacks.names);
    },
  },
  {
    title: 'half of the stacks are destroyed in parallel: an hour later, the daily check deletes their records',
    async run(stacks, moto) {
      const leaving = stacks.names.filter((_, index) => index % 2 === 1);
      const staying = stacks.names.filter((name) => !leaving.includes(name));
      requireSuccess(await stacks.destroy(leaving), 'DELETE_COMPLETE', 'Delete');
      await requireActiveCredential(stacks, moto, staying);

      const removals = (await stacks.records()).filter(isRemoval);
      // The stacks that were rolled back have left removals, too.
      assert.ok(removals.length >= leaving.length, `${removals.length} removals are recorded`);
      for (const { sentAt, ...removal } of removals) await stacks.putRecord({ ...removal, sentAt: sentAt - 2 * HOUR_MS });
      await stacks.cloudFormation.schedulesComeDue();
      assert.deepEqual((await stacks.records()).filter(isRemoval), []);
      await requireActiveCredential(stacks, moto, staying);
    },
  },
  {
    title: 'the other stacks are destroyed in parallel: CodeBuild holds nothing, and only records for late requests remain',
    async run(stacks, moto) {
      const staying = stacks.names.filter((_, index) => index % 2 === 0);
      requireSuccess(await stacks.destroy(staying), 'DELETE_COMPLETE', 'Delete');
      assert.deepEqual(stacks.sourceCredentials.list(), []);
      const records = await stacks.records();
      assert.equal(records.filter(isRemoval).length, staying.length);
      assert.deepEqual(records.filter((record) => !isRemoval(record) && record.name !== 'cleared'), []);
      await requireSecrecy(stacks, moto);
    },
  },
];

function requireSuccess(deployments: readonly Deployment[], status: string, requestType: string): void {
  const outcomes = deployments.map((deployment) => [deployment.status, ...answers(deployment), ...reasons(deployment)]);
  assert.deepEqual(outcomes, deployments.map(() => [status, `${requestType} SUCCESS`]));
}

/** Asserts that exactly these stacks own the credential, and that CodeBuild holds the active owner's current token. */
async function requireActiveCredential(stacks: Stacks, moto: Moto, names: readonly string[]): Promise<void> {
  const found = await owners(stacks);
  assert.deepEqual(found.map(stackOf).sort(), [...names].sort());
  assert.deepEqual(found.filter(({ unfinished }) => unfinished !== undefined), []);
  // Of two owners deployed in the same second, the one with the greater id is active.
  const rank = ({ deployedAt, name }: StoredRecord) => `${deployedAt} ${name}`;
  const [active] = found.sort((one, other) => rank(one) < rank(other) ? 1 : -1);
  assert.equal(held(stacks), stacks.tokenOf(stackOf(active)));
  await requireSecrecy(stacks, moto);
}

/** Asserts that no parameter has ever held a token. */
async function requireSecrecy(stacks: Stacks, moto: Moto): Promise<void> {
  for (const { name, values } of await moto.parameters()) {
    for (const token of [...stacks.tokens, MANUAL_IMPORT.token]) assert.ok(!values.some((value) => value.includes(token)), `${name} holds a token`);
  }
}

/** Returns the owner records without a `removed` record. */
async function owners(stacks: Stacks): Promise<StoredRecord[]> {
  const records = await stacks.records();
  const removed = new Set(records.filter(isRemoval).map(({ ownerId }) => ownerId));
  return records.filter(({ name }) => name.startsWith('owners/') && !removed.has(name.split('/')[1]));
}

function isRemoval({ name }: StoredRecord): boolean {
  return name.startsWith('removed/');
}

function stackOf({ stackId }: StoredRecord): string {
  return stackId.split('/')[1];
}

function held({ sourceCredentials }: Stacks): string | undefined {
  return sourceCredentials.held('GITHUB')?.token;
}

function answers({ events }: Deployment): string[] {
  return events.filter(({ request }) => request !== undefined).map(({ request, answer }) => `${request!.RequestType} ${answer?.Status ?? 'unanswered'}`);
}

function reasons({ events }: Deployment): string[] {
  return events.flatMap(({ reason, status }) => status.endsWith('_FAILED') ? reason ?? [] : []);
}
