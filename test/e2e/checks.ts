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
 * The physical ids that the handler gives out: a credential's is the server type and the request that
 * made the resource, a connection's is its ARN.
 */
const PHYSICAL_ID = /^((GITHUB|GITHUB_ENTERPRISE|BITBUCKET|GITLAB|GITLAB_SELF_MANAGED)\/[\w-]{20,}|arn:\S+:connection\/\S+)$/;

/** The states in which a stack has no resources. */
const GONE = ['DELETE_COMPLETE', 'ROLLBACK_COMPLETE'];

/** How long what follows from an event may take. */
const PATIENCE_MS = 60_000;

export function succeeded({ status, output }: Result): void {
  assert.equal(status, 0, `the command ended with ${status}: ${tail(output)}`);
}

/** The command failed, and told its user why. */
export function failed({ status, output }: Result, reason: RegExp): void {
  assert.notEqual(status, 0, `the command did not fail: ${tail(output)}`);
  assert.match(output, reason);
}

/** CodeBuild holds exactly this, and exactly these server types have an owner. */
export async function holds(account: Account, expected: Held): Promise<void> {
  const shown = await account.sourceCredentials();
  assert.deepEqual(
    Object.fromEntries(shown.map(({ serverType, authType, resource }) => [serverType, { authType, resource }])),
    Object.fromEntries(Object.entries(expected).map(([serverType, { authType, from }]) =>
      [serverType, { authType, resource: from.startsWith('arn:') ? from : undefined }])),
    'what CodeBuild shows',
  );
  for (const [serverType, { from }] of Object.entries(expected)) {
    // Where only AWS's API can be asked, nobody is shown a token.
    if (account.place.tokenOf) assert.equal(account.place.tokenOf(serverType as ServerType), from, `the token that CodeBuild holds for ${serverType}`);
  }
  const owned = new Set((await account.owners()).map((name) => name.split('/')[2]));
  assert.deepEqual([...owned].sort(), Object.keys(expected).sort(), 'the server types with owners');
}

/** As `holds`, once what an event has started is done. */
export async function holdsSoon(account: Account, expected: Held): Promise<void> {
  for (const started = Date.now(); ;) {
    try {
      return await holds(account, expected);
    } catch (error) {
      if (Date.now() - started > PATIENCE_MS) throw error;
      await setTimeout(500);
    }
  }
}

export interface StackExpectation {
  readonly status: string;
  /** The construct whose resource failed, and what the stack tells of it. */
  readonly failure?: { readonly construct: string; readonly reason: RegExp };
}

/**
 * The stack is in the state that the deploy must lead to, on the way that it must take. What else it
 * tells is no matter: in an update ministack tells UPDATE_COMPLETE or UPDATE_FAILED of every resource,
 * also of new ones and of those that have not changed. See `answered`.
 */
export async function stackIs(account: Account, name: string, { status, failure }: StackExpectation): Promise<void> {
  const events = (await account.stacks.newEvents(name)).filter(isCustom);
  const failures = events.filter(({ ResourceStatus }) => ResourceStatus!.endsWith('_FAILED'));
  assert.deepEqual(
    failures.map(({ LogicalResourceId }) => constructOf(LogicalResourceId!)),
    failure ? [failure.construct] : [],
    `the failures that stack ${name} tells of: ${failures.map(({ ResourceStatusReason }) => ResourceStatusReason).join('; ')}`,
  );
  if (failure) assert.match(failures[0].ResourceStatusReason ?? '', failure.reason);
  assert.equal(await account.stacks.status(name), status, `the status of stack ${name}`);

  if (GONE.includes(status)) return;
  for (const physicalId of await account.stacks.physicalIds(name)) {
    assert.match(physicalId, PHYSICAL_ID, `a physical id in stack ${name}`);
  }
}

/** Nothing has happened in the stack since the last look. */
export async function stackIsUntouched(account: Account, name: string): Promise<void> {
  assert.deepEqual(await account.stacks.newEvents(name), [], `the events of stack ${name}`);
}

/** The handler has answered these requests since the last look, such as `Create SUCCESS GitHub`, in any order. */
export async function answered(account: Account, stack: string, expected: readonly string[]): Promise<void> {
  const answers: string[] = [];
  for (const started = Date.now(); answers.length < expected.length && Date.now() - started < PATIENCE_MS;) {
    const lines = await account.log.newLines(await account.stacks.logGroup(stack));
    answers.push(...lines.flatMap((line) => answerIn(line) ?? []).map(({ answer, logicalId }) => `${answer} ${constructOf(logicalId)}`));
    if (answers.length < expected.length) await setTimeout(500);
  }
  assert.deepEqual(answers.sort(), [...expected].sort(), `the answers of the handler of stack ${stack}`);
}

/** These requests, and no others, have changed what CodeBuild holds since the last look. Where only AWS's API can be asked, nobody tells. */
export function called({ place }: Account, expected: readonly string[]): void {
  if (place.takeCalls) assert.deepEqual(place.takeCalls(), expected, 'the calls that change what CodeBuild holds');
}

/** No secret's value is in what was printed, logged, recorded, or shown by CloudFormation. */
export async function nothingLeaked(account: Account): Promise<void> {
  const records = await account.records();
  const texts = [
    ['the records', JSON.stringify(records)],
    ['the stacks\' events', JSON.stringify(account.stacks.events)],
    ['the functions\' logs', account.log.lines.join('\n')],
    ...fs.readdirSync(LOGS).map((file) => [file, fs.readFileSync(path.join(LOGS, file), 'utf8')]),
  ];
  for (const [where, text] of texts) {
    // Not the value itself, which must not come into the report either.
    account.values.forEach((value, index) => assert.ok(!text.includes(value), `the value of secret ${index + 1} is in ${where}`));
  }
}

/** The id of the construct: after it, a logical id has the server type of a credential and a hash. */
function constructOf(logicalId: string): string {
  return logicalId.replace(/(GITHUB|GITHUBENTERPRISE|BITBUCKET|GITLAB|GITLABSELFMANAGED)?[0-9A-F]{8}$/, '');
}

function tail(output: string): string {
  return output.trim().split('\n').slice(-15).join('\n');
}
