import { fault, play, put } from './stories';

/* Stories that once broke a guarantee. */

/** Extracts the stack statuses from a story, one per operation. */
function statuses(story: readonly string[]): string[] {
  return story.flatMap((line) => [...line.matchAll(/-> ([A-Z_]+)/g)].map(([, status]) => status));
}

test('a first deployment that cannot reach Parameter Store can be deleted', async () => {
  const { story } = await play([
    {
      kind: 'deploy',
      stack: 'Alpha',
      edits: [put()],
      faults: [fault({ kind: 'accessDenied', operation: 'GetParametersByPath', times: 1_000 })],
    },
  ]);
  expect(statuses(story)[0]).toBe('ROLLBACK_COMPLETE');
});

test('a Create waits for a new permission to take effect, even after another fault', async () => {
  const { story } = await play([
    { kind: 'deploy', stack: 'Alpha', edits: [put()], faults: [fault({ kind: 'throttle', operation: 'ImportSourceCredentials' })] },
  ], { propagationMs: 15_000 });
  expect(statuses(story)[0]).toBe('CREATE_COMPLETE');
});

test.each(['resetAfterApply', 'late'] as const)('a Create that must not overwrite loses the reply to its import (%s)', async (kind) => {
  const { story } = await play([
    {
      kind: 'deploy',
      stack: 'Alpha',
      edits: [put({ shouldOverwrite: false })],
      faults: [fault({ kind, operation: 'ImportSourceCredentials', milliseconds: 40_000 })],
    },
  ]);
  expect(statuses(story)[0]).toBe('CREATE_COMPLETE');
});

test('a Delete dies while it restores the previous owner of its stack', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ authType: 'SECRETS_MANAGER' })] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [{ kind: 'rename', nth: 0, logicalId: 'Two' }],
    failure: 'last',
    faults: [fault({ kind: 'deathBefore', operation: 'ImportSourceCredentials', skip: 1, times: 2 })],
  },
]));

test('a change of server type fails because the secret has lost its token', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'spoil', number: 1, afterMs: 0 },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ serverType: 'GITHUB_ENTERPRISE' })] },
], { residuals: { 'the credential of the active owner cannot be imported': 2, 'an event that was given up': 1 } }));

test('a change of server type is rolled back while another stack is active', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ shouldOverwrite: false })] },
  { kind: 'deploy', stack: 'Beta', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ serverType: 'BITBUCKET' })], failure: 'last' },
]));

test('the active stack is destroyed after a person imported a token', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'OAUTH' },
  { kind: 'destroy', stack: 'Beta' },
]));

test('a record whose reply is late is not written again after its owner was removed', async () => play([
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Alpha', edits: [put()] }, { kind: 'deploy', stack: 'Beta', edits: [put()] }],
    apartMs: 100,
    faults: [fault({ kind: 'late', operation: 'PutParameter', skip: 1, milliseconds: 9_000 })],
  },
  { kind: 'destroy', stack: 'Alpha' },
]));

test.each([2, 5, 6])('a credential is removed while another stack fails to import an equal one (seed %d)', async (seed) => play([
  { kind: 'deploy', stack: 'Gamma', edits: [put()] },
  {
    kind: 'move',
    from: 'Gamma',
    to: 'Alpha',
    nth: 0,
    order: 0,
    apartMs: 0,
    faults: [fault({ kind: 'resetAfterApply', operation: 'ImportSourceCredentials', times: 6, milliseconds: 100 })],
  },
], { seed }));

test.each([1, 2, 3])('a secret rotates while an Update imports it for the first time (seed %d)', async (seed) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET', number: 2 })] },
  { kind: 'rotate', number: 2, afterMs: 200, during: { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] } },
], { order: 'sequential', seed }));

test('a Delete follows its Create while every list is stale', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 'last',
    faults: [fault({ kind: 'stale', operation: 'GetParametersByPath', skip: 3, times: 6, milliseconds: 2_000 })],
  },
], { order: 'sequential' }));

test('the last owner retains its credential after the Delete of another owner did its work but failed', async () => play([
  {
    kind: 'deploy',
    stack: 'Beta',
    edits: [put()],
    failure: 'last',
    faults: [fault({ kind: 'resetAfterApply', operation: 'DeleteParameter', times: 5 })],
  },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ retain: true })] },
  { kind: 'destroy', stack: 'Alpha' },
]));

test('a cancelled Update wrote its record, and the secret of its rollback is deleted', async () => play([
  { kind: 'deploy', stack: 'Beta', edits: [put()] },
  { kind: 'hide', number: 1, afterMs: 0 },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2, authType: 'SECRETS_MANAGER' })], failure: 18_000 },
], {
  residuals: { 'the credential of the active owner cannot be imported': 1, 'an Update whose end is unknown': 1 },
  latencyMs: 400,
  propagationMs: 15_000,
}));

test('a secret rotates while a deployment that is rolled back has replaced the credential by one of another server type', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Three', serverType: 'GITHUB_ENTERPRISE', number: 2 })] },
  {
    kind: 'rotate',
    number: 2,
    during: { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'serverType', nth: 1, serverType: 'BITBUCKET' }], failure: 'last' },
    afterMs: 40,
  },
], {
  latencyMs: 35,
  residuals: { 'G4 until the daily check: an event while its stack was deployed without the server type': 1 },
}));

test('a cancelled Create waits for a quota, and writes its record after its Delete has ended', async () => play([
  { kind: 'deploy', stack: 'Beta', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })], failure: 250 },
], { latencyMs: 35, residuals: { 'a record of a Create whose permissions are gone': 1 } }));
