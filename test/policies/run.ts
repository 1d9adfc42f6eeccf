import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { Account } from './account';
import { deployAll } from './deployments';
import { Judge, Verdict } from './judge';
import { Candidate, elementsOf } from './needs';
import { Recorder, withoutIds } from './recorder';
import type { Decision } from '../../simulator';
import { Report } from '../e2e/report';
import { sequences } from '../sequences/generator';
import { EVERYTHING, Mixture } from '../sequences/mixtures';
import { run } from '../sequences/run';

/*
 * Checks the synthesized policies with iam-simulate. Its decision must equal the simulator's for every request of the
 * handler, and the handler must need every action and resource of a policy.
 */

const SEQUENCES: readonly Mixture[] = [EVERYTHING, { ...EVERYTHING, connections: 12, together: 6 }];
const SEQUENCES_OF_EACH = 60;

async function main(report: Report): Promise<void> {
  const recorder = new Recorder();
  const judge = await report.step('install iam-simulate', async () => Judge.install());
  await report.step('deploy stacks with every kind of permission', async () => {
    const account = new Account(recorder.record);
    await deployAll(account).finally(() => account.close());
  });
  await report.step(`${SEQUENCES.length * SEQUENCES_OF_EACH} random sequences: no violations`, () => playSequences(recorder));

  const { count, decisions } = recorder;
  const verdicts = new Map<Decision, Verdict>();
  await report.step(`iam-simulate agrees with all ${count} decisions (${decisions.length} different ones)`, async () => {
    judge.decide(decisions).forEach((verdict, index) => verdicts.set(decisions[index], verdict));
    assert.deepEqual(decisions.flatMap((decision) => disagreement(decision, verdicts.get(decision)!)), []);
  });
  const statements = distinct(decisions.flatMap((decision) => decision.statements));
  await report.step(`${statements.length} different statements contain only actions and condition keys that AWS defines`, async () => {
    const unknown = judge.examine(statements).flatMap((examination, index) =>
      examination.unknown.map((name) => `${name} in ${JSON.stringify(statements[index])}`));
    assert.deepEqual(unknown, []);
  });
  const elements = elementsOf(decisions);
  await report.step(`all of their ${elements.length} actions, resources and condition values are needed`, async () => {
    const candidates = elements.flatMap((element) => element.candidates);
    const verdictsWithout = new Map(judge.decide(candidates.map(({ question }) => question)).map((verdict, index) => [candidates[index], verdict]));
    const isSameWithout = (candidate: Candidate) => verdictsWithout.get(candidate)!.decision === verdicts.get(candidate.decision)!.decision;
    const unneeded = elements.filter((element) => element.candidates.every(isSameWithout));
    assert.deepEqual(unneeded.map(({ description }) => description), []);
  });
}

async function playSequences(recorder: Recorder): Promise<void> {
  for (const [seed, mixture] of SEQUENCES.entries()) {
    for (const sequence of fc.sample(sequences(mixture), { numRuns: SEQUENCES_OF_EACH, seed })) {
      const { story, violations } = await run(sequence, { onDecision: recorder.record });
      if (violations.length > 0) throw new Error(story.join('\n'));
    }
  }
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [withoutIds(value), value])).values()];
}

/** Describes a decision that differs from iam-simulate's, or that iam-simulate could not evaluate. */
function disagreement({ isAllowed, request, statements }: Decision, { decision, errors, unknownKeys = [] }: Verdict): object[] {
  const isSame = (decision === 'Allowed') === isAllowed && decision !== 'Invalid' && unknownKeys.length === 0;
  return isSame ? [] : [{ request, isAllowed, iamSimulate: decision, errors, unknownKeys, statements: JSON.stringify(statements) }];
}

const report = new Report();
void main(report).catch((error) => {
  console.error(error);
  process.exitCode = 1;
}).finally(() => report.print());
