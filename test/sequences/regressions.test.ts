import { fault, play, put } from './stories';

/* Stories that went wrong once. */

/** The statuses that the story tells, one a line of an operation. */
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

test('a new permission that does not count yet is waited for, also after another fault', async () => {
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

test('a Delete dies while it brings the former owner of its stack back', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ authType: 'SECRETS_MANAGER' })] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [{ kind: 'rename', nth: 0, logicalId: 'Two' }],
    failure: 'last',
    faults: [fault({ kind: 'deathBefore', operation: 'ImportSourceCredentials', skip: 1, times: 2 })],
  },
]));

test('a change of server type fails for a secret that has become useless', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'spoil', number: 1, afterMs: 0 },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ serverType: 'GITHUB_ENTERPRISE' })] },
], { residuals: { 'the credential of the active owner cannot be imported': 2, 'an event that was given up': 1 } }));

test('a change of server type is rolled back while another stack is active', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ shouldOverwrite: false })] },
  { kind: 'deploy', stack: 'Beta', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ serverType: 'BITBUCKET' })], failure: 'last' },
]));

test('the active stack goes after a person has imported a token', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'OAUTH' },
  { kind: 'destroy', stack: 'Beta' },
]));

test('a record that was written, though its reply is late, is not written again after its owner has gone', async () => play([
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Alpha', edits: [put()] }, { kind: 'deploy', stack: 'Beta', edits: [put()] }],
    apartMs: 100,
    faults: [fault({ kind: 'late', operation: 'PutParameter', skip: 1, milliseconds: 9_000 })],
  },
  { kind: 'destroy', stack: 'Alpha' },
]));

test.each([2, 5, 6])('a credential goes while another stack is about to import one just like it, and fails to, %d', async (seed) => play([
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

test.each([1, 2, 3])('a secret gets a new version while a credential is imported that did not use it before, %d', async (seed) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET', number: 2 })] },
  { kind: 'rotate', number: 2, afterMs: 200, during: { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] } },
], { order: 'sequential', seed }));

test('a Delete follows its Create so soon that every list is stale', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 'last',
    faults: [fault({ kind: 'stale', operation: 'GetParametersByPath', skip: 3, times: 6, milliseconds: 2_000 })],
  },
], { order: 'sequential' }));

test('the last owner retains its credential, beside one whose Delete has failed after all it had to do', async () => play([
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

test('a cancelled Update has written its record, and the secret that its rollback needs is gone', async () => play([
  { kind: 'deploy', stack: 'Beta', edits: [put()] },
  { kind: 'hide', number: 1, afterMs: 0 },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2, authType: 'SECRETS_MANAGER' })], failure: 18_000 },
], {
  residuals: { 'the credential of the active owner cannot be imported': 1, 'an Update whose end is unknown': 1 },
  latencyMs: 400,
  propagationMs: 15_000,
}));
