import fc from 'fast-check';
import { bundleWith } from './changed-handler';
import { run } from './run';
import { Mixture, QUIET, sequences } from './steps';

/** One part of the protocol, taken out. */
export interface Mutation {
  readonly part: string;
  readonly changes: ReadonlyArray<{ readonly file: string; readonly from: string; readonly to: string }>;
  /** The kind of sequences that the part is there for. */
  readonly aim?: Partial<Mixture>;
}

const FAULTY: Partial<Mixture> = { ...QUIET, faults: 9 };
const DEADLY: Partial<Mixture> = { ...FAULTY, calledOff: 5, deaths: 25, serverTypes: 1, secrets: 0 };
const CONNECTIONS: Partial<Mixture> = { ...QUIET, connections: 20, secrets: 0 };
const CROWDED: Partial<Mixture> = { ...QUIET, together: 14, serverTypes: 1 };

export const MUTATIONS: Mutation[] = [
  { part: 'nothing', changes: [] },
  {
    part: 'lease (waiting for others)',
    aim: CROWDED,
    changes: [{ file: 'claim.ts', from: 'if (!pending || Date.now() - pending.at >= LEASE_MS) return current;', to: 'return pending ? current : current;' }],
  },
  {
    part: 'lease (the version decides a race)',
    aim: CROWDED,
    changes: [{ file: 'claim.ts', from: 'if (version === newest + 1) return new Lease', to: 'return new Lease' }],
  },
  {
    part: 'a version that lost a race is void',
    aim: { ...CROWDED, faults: 9 },
    changes: [{ file: 'claim.ts', from: 'claim.pending.base !== version - 1) {', to: 'claim.pending.base > version) {' }],
  },
  {
    part: 'what was written is not written again',
    aim: { ...CROWDED, faults: 9, lostReplies: 20 },
    changes: [{ file: 'aws/service.ts', from: 'tries++ > 0 && await isDone()', to: 'tries++ < 0 && await isDone()' }],
  },
  {
    part: 'CodeBuild is looked at once nobody changes it',
    aim: { ...CROWDED, faults: 9, lostReplies: 20 },
    changes: [
      { file: 'ownership.ts', from: 'let before: Held | undefined;', to: 'const before = await find(serverType, deadline);' },
      { file: 'ownership.ts', from: 'before = held;', to: '' },
      { file: 'ownership.ts', from: 'return isShownAs(held, wanted)', to: 'return isShownAs(before, wanted)' },
    ],
  },
  { part: 'what pending tried is a proof', aim: DEADLY, changes: [{ file: 'claim.ts', from: ', ...this.pending.tried];', to: '];' }] },
  {
    part: 'a dead attempt is settled by the next',
    aim: DEADLY,
    changes: [
      { file: 'ownership.ts', from: 'const isToSettle = !isRetained && (dead || (top && isOurs(top)));', to: 'const isToSettle = !isRetained && (top && isOurs(top)); void dead;' },
    ],
  },
  { part: 'settling after an ambiguous end', aim: FAULTY, changes: [{ file: 'ownership.ts', from: 'keepOwners(isUntouched && dead === undefined,', to: 'keepOwners(true,' }] },
  { part: 'ring of finished requests', aim: { ...QUIET, duplicates: 14 }, changes: [{ file: 'claim.ts', from: '...request ? [request] : []', to: '...request ? [] : []' }] },
  {
    part: 'CodeBuild before the claim, on Delete',
    aim: FAULTY,
    changes: [{
      file: 'ownership.ts',
      from: 'const ownership = isToSettle ?',
      to: 'if (isToSettle) await lease.commit(kept); const ownership = isToSettle ?',
    }],
  },
  { part: 'force is a proof', aim: { ...QUIET, hands: 0 }, changes: [{ file: 'claim.ts', from: '...this.claim.force ? [this.claim.force] : []', to: '...this.claim.force ? [] : []' }] },
  { part: 'only what is proved is deleted', aim: { ...QUIET, hands: 10 }, changes: [{ file: 'ownership.ts', from: 'if (held && lease.proofs.some((proof) => isShownAs(held, proof))) await delete', to: 'if (held) await delete' }] },
  { part: 'healing by the event of the claim', aim: { ...QUIET, together: 6 }, changes: [{ file: 'restoration.ts', from: 'concerns: ({ id }, force) => force?.id !== id,', to: 'concerns: () => false,' }] },
  {
    part: 'refresh by the event of the secret',
    aim: { ...QUIET, secrets: 10 },
    changes: [{ file: 'restoration.ts', from: 'concerns: ({ spec }) => isFrom(spec, [event.resources].flat()[0], name),', to: 'concerns: ({ spec }) => isFrom(spec, [event.resources].flat()[0], name) && false,' }],
  },
  { part: 'a refresh waits for a lease', aim: { ...QUIET, secrets: 40, serverTypes: 2 }, changes: [{ file: 'ownership.ts', from: 'const { owners, force, pending } = await awaitClaim(serverType, deadline);', to: 'const { owners, force, pending } = await readClaim(serverType, deadline);' }] },
  {
    part: 'an echo of a failed restoration is passed over',
    aim: { ...FAULTY, secrets: 8 },
    changes: [{ file: 'ownership.ts', from: 'if (mayBeEcho && pending?.id.startsWith(RESTORER)', to: 'if (mayBeEcho && false && pending?.id.startsWith(RESTORER)' }],
  },
  {
    part: "CloudFormation's made-up id is matched",
    aim: DEADLY,
    changes: [{ file: 'source-credentials.ts', from: ': isSameResource(identity, request);', to: ': isSameResource(identity, request) && false;' }],
  },
  {
    part: 'what has gone is remembered',
    aim: { ...QUIET, calledOff: 8 },
    changes: [{ file: 'claim.ts', from: '|| gone.some((other) =>', to: '|| gone.slice(gone.length).some((other) =>' }],
  },
  {
    part: 'an update that was called off is left',
    aim: { ...QUIET, calledOff: 8 },
    changes: [{ file: 'source-credentials.ts', from: 'await leaveAttempt(request, properties, deadline);', to: 'void leaveAttempt;' }],
  },
  {
    part: 'the value is read inside the lease',
    aim: { ...CROWDED, secrets: 12 },
    changes: [
      { file: 'ownership.ts', from: 'let before: Held | undefined;', to: 'let before: Held | undefined; let early: Credential;' },
      { file: 'ownership.ts', from: 'before = held;', to: 'before = held; early = wanted;' },
      { file: 'ownership.ts', from: 'const credential = await readCredential(serverType, owner.spec, accountOf(owner), lease.deadline);\n    isUntouched', to: 'const credential = early!;\n    isUntouched' },
    ],
  },
  { part: 'a unique physical id', aim: { ...QUIET, duplicates: 6, calledOff: 3, failures: 5 }, changes: [{ file: 'source-credentials.ts', from: 'return `${serverType}/${requestId}`;', to: 'return `${serverType}/the-one${requestId.slice(0, 0)}`;' }] },
  { part: 'a rollback may find everything as it was', aim: { ...QUIET, secrets: 10, failures: 5 }, changes: [{ file: 'source-credentials.ts', from: "log('warn', 'left as it was", to: "if (String(requestOf)) throw error;\n    log('warn', 'left as it was" }, { file: 'source-credentials.ts', from: 'function outcome(', to: "const requestOf = 'request';\n\nfunction outcome(" }] },
  { part: 'one answer', changes: [{ file: 'lifecycle.ts', from: 'await putAnswer(envelope', to: 'await putAnswer(envelope.responseUrl, answer, () => context.getRemainingTimeInMillis());\n  await putAnswer(envelope' }] },
  {
    part: 'connections: one request after the other',
    aim: { ...CONNECTIONS, together: 40, maxSteps: 4, faults: 9 },
    changes: [{ file: 'claim.ts', from: 'if (!pending || Date.now() - pending.at >= LEASE_MS) return current;', to: 'return pending ? current : current;' }],
  },
  { part: 'connections: a lost reply is looked for', aim: { ...CONNECTIONS, faults: 9 }, changes: [{ file: 'connection.ts', from: 'if (made) return made.arn;', to: 'void made;' }] },
  { part: 'connections: its own is found again', aim: { ...CONNECTIONS, faults: 9, deaths: 25 }, changes: [{ file: 'connection.ts', from: 'if (own) return own.arn;', to: 'void own;' }] },
  {
    part: 'connections: an update that was called off is left',
    aim: { ...CONNECTIONS, stacks: 1, together: 0, failures: 0, calledOff: 5, maxSteps: 14 },
    changes: [{ file: 'connection.ts', from: 'await patiently(deadline, async () => leaveAttempt(request, properties.spec, deadline));', to: 'void leaveAttempt;' }],
  },
  {
    part: 'connections: a Create that was called off ends',
    aim: { ...CONNECTIONS, calledOff: 9, duplicates: 8 },
    changes: [{ file: 'connection.ts', from: 'if (lease.claim.done.includes(request.requestId) || lease.isOvertaken(request)) {', to: 'if (lease.claim.done.length < 0) {' }],
  },
  {
    part: 'connections: a Delete that comes twice',
    aim: { ...CONNECTIONS, stacks: 1, together: 0, failures: 0, duplicates: 12, hands: 3, maxSteps: 16 },
    changes: [{ file: 'connection.ts', from: 'if (lease.claim.done.includes(request.requestId)) return;', to: '' }],
  },
  { part: 'connections: nobody else has it', aim: { ...CONNECTIONS, together: 6 }, changes: [{ file: 'connection.ts', from: 'if (!retain && !isUsed &&', to: 'void isUsed; if (!retain &&' }] },
  { part: "connections: only the creator's stack deletes it", aim: { ...CONNECTIONS, hands: 6 }, changes: [{ file: 'connection.ts', from: '&& tags[CREATOR_TAG] === request.stackId) {', to: ') {' }] },
  { part: 'patience with IAM', aim: QUIET, changes: [{ file: 'deadline.ts', from: 'const IAM_PATIENCE_MS = 60_000;', to: 'const IAM_PATIENCE_MS = 0;' }] },
];

/** So many violations tell how much a part is worth; the rest of its sequences would tell the same. */
const ENOUGH = 12;

/** Prints how often sequences go wrong without each part; every part must be worth something. */
export async function measureMutations(count: number, seed: number): Promise<void> {
  const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : '';
  console.log(`seed ${seed}, at most ${count} sequences each\n${'part taken out'.padEnd(50)}violations per 1,000`);
  for (const mutation of MUTATIONS.filter(({ part }) => part.includes(only))) {
    const bundle = bundleWith(mutation.changes.map(({ file, from, to }) => ({ file, change: (source) => source.replace(from, () => to) })));
    let wrong = 0;
    let played = 0;
    let first: string | undefined;
    // A sample has no shrinking: each sequence counts once.
    for (const sequence of fc.sample(sequences({ ...QUIET, ...mutation.aim }), { numRuns: count, seed })) {
      const { violations } = await run(sequence, { bundle });
      played += 1;
      if (violations.length > 0) wrong += 1;
      first ??= violations[0];
      if (wrong === ENOUGH) break;
    }
    const rate = `${Math.round(wrong * 1000 / played)} (${wrong} of ${played})`;
    console.log(`${mutation.part.padEnd(50)}${rate.padStart(16)}   ${first?.split('\n')[0].slice(0, 110) ?? ''}`);
    if ((wrong === 0) !== (mutation.changes.length === 0)) process.exitCode = 1;
  }
}
