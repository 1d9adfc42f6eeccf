import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ServerType } from '@aws-sdk/client-codebuild';
import { Account, Held } from './account';
import { LOGS } from './folders';
import { answerIn } from './function-log';
import type { Result } from './processes';
import { isCustom } from './stacks';

/**
 * Physical ids that the handler returns: server type and id of the Create request for a credential, the ARN
 * for a connection.
 */
const PHYSICAL_ID = /^((GITHUB|GITHUB_ENTERPRISE|BITBUCKET|GITLAB|GITLAB_SELF_MANAGED)\/[\w-]{20,}|arn:\S+:connection\/\S+)$/;

/** Statuses of a stack without resources. */
const GONE = ['DELETE_COMPLETE', 'ROLLBACK_COMPLETE'];

/** Time limit for the effects of an event. */
const EVENT_TIMEOUT_MS = 60_000;

export function succeeded({ status, output }: Result): void {
  assert.equal(status, 0, `the command ended with ${status}: ${tail(output)}`);
}

/** Asserts that the command failed with this reason in its output. */
export function failed({ status, output }: Result, reason: RegExp): void {
  assert.notEqual(status, 0, `the command did not fail: ${tail(output)}`);
  assert.match(output, reason);
}

/** Asserts that CodeBuild holds exactly these credentials, and that exactly these server types have an owner. */
export async function holds(account: Account, expected: Held): Promise<void> {
  const shown = await account.sourceCredentials();
  assert.deepEqual(
    Object.fromEntries(shown.map(({ serverType, authType, resource }) => [serverType, { authType, resource }])),
    Object.fromEntries(Object.entries(expected).map(([serverType, { authType, from }]) =>
      [serverType, { authType, resource: from.startsWith('arn:') ? from : undefined }])),
    'what CodeBuild shows',
  );
  for (const [serverType, { from }] of Object.entries(expected)) {
    // AWS's API never returns tokens: only the emulator can check them.
    if (account.place.tokenOf) assert.equal(account.place.tokenOf(serverType as ServerType), from, `the token that CodeBuild holds for ${serverType}`);
  }
  const owned = new Set((await account.owners()).map((name) => name.split('/')[2]));
  assert.deepEqual([...owned].sort(), Object.keys(expected).sort(), 'the server types with owners');
}

/** Repeats `holds` until it succeeds or the time limit for events has passed. */
export async function holdsSoon(account: Account, expected: Held): Promise<void> {
  for (const started = Date.now(); ;) {
    try {
      return await holds(account, expected);
    } catch (error) {
      if (Date.now() - started > EVENT_TIMEOUT_MS) throw error;
      await setTimeout(500);
    }
  }
}

export interface StackExpectation {
  readonly status: string;
  /** The construct whose resource failed, and the reason in the stack events. */
  readonly failure?: { readonly construct: string; readonly reason: RegExp };
}

/**
 * Asserts the status of a stack and which custom resource failed since the last check. Ignores other events: in an
 * update, ministack reports UPDATE_COMPLETE or UPDATE_FAILED for every resource, even a new or unchanged one.
 * See `answered`.
 */
export async function stackIs(account: Account, name: string, { status, failure }: StackExpectation): Promise<void> {
  const events = (await account.stacks.newEvents(name)).filter(isCustom);
  const failures = events.filter(({ ResourceStatus }) => ResourceStatus!.endsWith('_FAILED'));
  assert.deepEqual(
    failures.map(({ LogicalResourceId }) => constructOf(LogicalResourceId!)),
    failure ? [failure.construct] : [],
    `the failures that stack ${name} reports: ${failures.map(({ ResourceStatusReason }) => ResourceStatusReason).join('; ')}`,
  );
  if (failure) assert.match(failures[0].ResourceStatusReason ?? '', failure.reason);
  assert.equal(await account.stacks.status(name), status, `the status of stack ${name}`);

  if (GONE.includes(status)) return;
  for (const physicalId of await account.stacks.physicalIds(name)) {
    assert.match(physicalId, PHYSICAL_ID, `a physical id in stack ${name}`);
  }
}

/** Asserts that the stack has no new events since the last check. */
export async function stackIsUntouched(account: Account, name: string): Promise<void> {
  assert.deepEqual(await account.stacks.newEvents(name), [], `the events of stack ${name}`);
}

/** Asserts which requests the handler has answered since the last check, in any order, for example `Create SUCCESS GitHub`. */
export async function answered(account: Account, stack: string, expected: readonly string[]): Promise<void> {
  const answers: string[] = [];
  for (const started = Date.now(); answers.length < expected.length && Date.now() - started < EVENT_TIMEOUT_MS;) {
    const lines = await account.log.newLines(await account.stacks.logGroup(stack));
    answers.push(...lines.flatMap((line) => answerIn(line) ?? []).map(({ answer, logicalId }) => `${answer} ${constructOf(logicalId)}`));
    if (answers.length < expected.length) await setTimeout(500);
  }
  assert.deepEqual(answers.sort(), [...expected].sort(), `the answers of the handler of stack ${stack}`);
}

/** Asserts which calls have changed CodeBuild's credentials since the last check. Only the emulator records these calls. */
export function called({ place }: Account, expected: readonly string[]): void {
  if (place.takeCalls) assert.deepEqual(place.takeCalls(), expected, 'the calls that change what CodeBuild holds');
}

/** Asserts that outputs, logs, records and stack events contain no secret value. */
export async function nothingLeaked(account: Account): Promise<void> {
  const records = await account.records();
  const texts = [
    ['the records', JSON.stringify(records)],
    ['the stacks\' events', JSON.stringify(account.stacks.events)],
    ['the functions\' logs', account.log.lines.join('\n')],
    ...fs.readdirSync(LOGS).map((file) => [file, fs.readFileSync(path.join(LOGS, file), 'utf8')]),
  ];
  for (const [where, text] of texts) {
    // The message has the secret's number: its value must not appear in the report either.
    account.values.forEach((value, index) => assert.ok(!text.includes(value), `the value of secret ${index + 1} is in ${where}`));
  }
}

/** Extracts the construct id from a logical id: removes the hash and a credential's server type. */
function constructOf(logicalId: string): string {
  return logicalId.replace(/(GITHUB|GITHUBENTERPRISE|BITBUCKET|GITLAB|GITLABSELFMANAGED)?[0-9A-F]{8}$/, '');
}

function tail(output: string): string {
  return output.trim().split('\n').slice(-15).join('\n');
}
