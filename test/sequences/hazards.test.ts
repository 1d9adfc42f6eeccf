import { fault, play, put } from './stories';

/* The hazards of using records instead of a lock: the shortest story of each. */

const BETA_OVER_ALPHA = [
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
] as const;

test('the active owner is removed: the previous owner is restored although it belongs to another stack', async () => play([
  ...BETA_OVER_ALPHA,
  { kind: 'destroy', stack: 'Beta' },
]));

test('the event to the previous owner\'s stack is lost: its daily check restores the credential', async () => play([
  ...BETA_OVER_ALPHA,
  { kind: 'destroy', stack: 'Beta', faults: [fault({ kind: 'lost', operation: 'Event' })] },
], { residuals: { 'G1 until the daily check: a fault': 1 } }));

test('the function that receives the event dies three times: its daily check restores the credential', async () => play([
  ...BETA_OVER_ALPHA,
  { kind: 'destroy', stack: 'Beta', faults: [fault({ kind: 'deathBefore', operation: 'GetSecretValue', times: 3 })] },
], { residuals: { 'an event that was given up': 1, 'G1 until the daily check: a fault': 1 } }));

test('a person deletes a credential: a daily check restores it even if that of another server type fails', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET', number: 2 })] },
  { kind: 'hide', number: 1, afterMs: 0 },
  { kind: 'deleteByHand', serverType: 'BITBUCKET' },
  { kind: 'dailyCheck', afterMs: 0 },
], { residuals: { 'the credential of the active owner cannot be imported': 3, 'an event that was given up': 1 } }));

test('a person overwrites a credential: a daily check restores it', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' },
  { kind: 'dailyCheck', afterMs: 0 },
]));

test('a person deletes the active owner\'s record: a daily check restores the previous owner', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
  { kind: 'deleteRecord', serverType: 'GITHUB', nth: 0 },
  { kind: 'deleteRecord', serverType: 'GITHUB', nth: 1 },
  { kind: 'dailyCheck', afterMs: 0 },
]));

test.each([20, 100, 250])('a Create that is cancelled after %d ms still runs when its Delete arrives', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()], failure },
]));

test.each([20, 100, 250])('a Create that is cancelled after %d ms still runs when its Delete arrives, and every call is slow', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()], failure },
], { latencyMs: 400, seed: 999984 }));

test('a cancelled Create dies and is retried after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [{ kind: 'rename', nth: 0, logicalId: 'Two' }],
    failure: 1_000,
    faults: [fault({ kind: 'deathBefore', operation: 'ListSourceCredentials' })],
  },
]));

test('a failed Create is delivered again after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [{ kind: 'rename', nth: 0, logicalId: 'Two' }],
    twiceAfterMs: 20_000,
    faults: [fault({ kind: 'throttle', operation: 'GetSecretValue', times: 5 })],
  },
]));

test('a Create is delivered again long after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'remove', nth: 0 }] },
  { kind: 'redeliver', back: 2 },
]));

test.each([0, 40, 80, 150, 200])('a secret rotates %d ms after the deletion of its credential began', async (afterMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  { kind: 'rotate', number: 1, during: { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'remove', nth: 0 }] }, afterMs },
]));

test.each([0, 80, 150, 300])('a rotation after %d ms imports an old value late, over the credential of another stack', async (afterMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'rotate',
    number: 1,
    during: { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
    afterMs,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
]));

test.each([0, 30, 100, 400])('two stacks deploy %d ms apart, and one import is late', async (apartMs) => play([
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Alpha', edits: [put()] }, { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] }],
    apartMs,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
]));

test.each([0, 30, 100, 400])('the last two owners are removed %d ms apart', async (apartMs) => play([
  ...BETA_OVER_ALPHA,
  { kind: 'together', operations: [{ kind: 'destroy', stack: 'Alpha' }, { kind: 'destroy', stack: 'Beta' }], apartMs },
]));

test.each([0, 30, 100, 400])('another stack creates an owner %d ms after the removal of the last owner began', async (apartMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'together',
    operations: [{ kind: 'destroy', stack: 'Alpha' }, { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] }],
    apartMs,
  },
]));

const TYPES = ['PERSONAL_ACCESS_TOKEN', 'SECRETS_MANAGER'] as const;
test.each(TYPES)('a Create (%s) dies three times between its import and its record of it', async (authType) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put({ authType })],
    faults: [fault({ kind: 'deathAfter', operation: 'ImportSourceCredentials', times: 3 })],
  },
]));

test('a Create dies before its import: the token of a person stays', async () => play([
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    faults: [fault({ kind: 'deathBefore', operation: 'ImportSourceCredentials', times: 3 })],
  },
]));

test('a Create fails after its import, its event is lost, and the previous owner is removed', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ authType: 'SECRETS_MANAGER' })] },
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] }, { kind: 'destroy', stack: 'Alpha' }],
    apartMs: 70_000,
    faults: [
      fault({ kind: 'accessDenied', operation: 'PutParameter', skip: 1, times: 9 }),
      fault({ kind: 'lost', operation: 'Event', times: 3 }),
    ],
  },
]));

test('a person imports a token within an hour after the last owner was removed: it stays', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'destroy', stack: 'Alpha' },
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' },
  { kind: 'deploy', stack: 'Beta', edits: [put({ shouldOverwrite: false })] },
  {
    kind: 'deploy',
    stack: 'Gamma',
    edits: [put({ authType: 'SECRETS_MANAGER' })],
    faults: [fault({ kind: 'deathBefore', operation: 'ImportSourceCredentials', times: 3 })],
  },
]));

test('a retained token stays: a later owner deletes it only if it has overwritten it', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ retain: true })] },
  { kind: 'destroy', stack: 'Alpha' },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2, shouldOverwrite: false })] },
]));

test.each([20, 100, 250])('an Update that is cancelled after %d ms continues after its rollback', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put({ number: 2 })],
    failure,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
]));

test.each([1, 2, 3, 4])('an Update and its rollback are sent within one second (seed %d)', async (seed) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })], failure: 20 },
], { seed }));

test('a Create freezes while an Update of the same resource runs', async () => play([
  {
    kind: 'together',
    operations: [
      { kind: 'deploy', stack: 'Alpha', edits: [put()] },
      { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] },
    ],
    apartMs: 0,
    twiceAfterMs: 1,
    faults: [fault({ kind: 'frozen', operation: 'PutParameter', milliseconds: 40_000 })],
  },
]));

test('an event triggers an import while the last owner is removed', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  {
    kind: 'rotate',
    number: 1,
    during: { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'remove', nth: 0 }] },
    afterMs: 0,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000, times: 3 })],
  },
]));

test.each([
  [0, {}],
  [280, { 'G2 by an import that ended after its stack\'s last Delete': 1 }],
  [600, {}],
])('the import of a daily check is delayed by %d ms while the last owner is removed', async (milliseconds, residuals) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'dailyCheck',
    during: { kind: 'destroy', stack: 'Alpha' },
    afterMs: 0,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds })],
  },
], { residuals, seed: 1 }));

test.each([
  [900, {}],
  [1_100, { 'G2 by an import that ended after its stack\'s last Delete': 1 }],
  [1_300, {}],
])('the import of a cancelled Create is delayed by %d ms while its Delete ends', async (milliseconds, residuals) => play([
  {
    kind: 'deploy',
    stack: 'Gamma',
    edits: [put()],
    failure: 1_000,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds })],
  },
], { residuals, latencyMs: 35, propagationMs: 15_000, seed: 1 }));

/* The Delete after a Create that claims to have changed nothing does nothing. So the changes of a copy of that Create stay. */
const CONTRADICTED = { 'a copy of a Create that was answered as one that had changed nothing': 1 };

test.each([
  ['GetSecretValue', CONTRADICTED],
  ['ListSourceCredentials', {}],
] as const)('a Create is delivered twice, and one copy fails at %s', async (operation, residuals) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    twiceAfterMs: 1,
    faults: [fault({ kind: 'accessDenied', operation, skip: 1, times: 20 })],
  },
], { residuals }));

test('a copy of a Create dies and leaves a record: after an hour the previous owner is active again', async () => play([
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
  {
    kind: 'hide',
    number: 1,
    during: { kind: 'deploy', stack: 'Alpha', edits: [put()] },
    afterMs: 150,
    twiceAfterMs: 60,
    faults: [fault({ kind: 'deathBefore', operation: 'ImportSourceCredentials', times: 3 })],
  },
  // Too early, then late enough.
  { kind: 'rotate', number: 2, afterMs: 0 },
  { kind: 'wait', milliseconds: 4_000_000 },
  { kind: 'dailyCheck', afterMs: 0 },
], { residuals: { [Object.keys(CONTRADICTED)[0]]: 3 }, seed: 1 }));

test('the rollback of an Update that died does not make its owner active', async () => {
  const { story } = await play([
    ...BETA_OVER_ALPHA,
    {
      kind: 'deploy',
      stack: 'Alpha',
      edits: [put({ authType: 'SECRETS_MANAGER' })],
      faults: [fault({ kind: 'deathBefore', operation: 'ImportSourceCredentials', times: 3 })],
    },
  ], { seed: 1 });
  expect(story).toContain('   => GITHUB: secret 2 v1 (Alpha UPDATE_ROLLBACK_COMPLETE, Beta CREATE_COMPLETE)');
});

test.each([1, 60, 200])('a Create that must not overwrite is delivered twice, %d ms apart', async (twiceAfterMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ shouldOverwrite: false })], twiceAfterMs },
]));

test.each([
  [0, {}],
  [80, {}],
  [150, CONTRADICTED],
] as const)('two copies of a Create run, and the secret is deleted %d ms after the first began', async (afterMs, residuals) => play([
  {
    kind: 'hide',
    number: 1,
    during: { kind: 'deploy', stack: 'Alpha', edits: [put()] },
    afterMs,
    twiceAfterMs: 60,
  },
], { residuals }));

/* Hazards that need stale lists, slow calls, or requests that arrive out of order. */

const TWO_SERVER_TYPES = [{ kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET', number: 2 })] }] as const;

test('a Delete arrives before any list shows the record of its Create', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 'last',
    faults: [fault({ kind: 'stale', operation: 'GetParametersByPath', skip: 4, times: 6, milliseconds: 1_000 })],
  },
]));

test('a Create of another stack imports after the last owner\'s Delete has looked, and is rolled back', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'together',
    operations: [{ kind: 'destroy', stack: 'Alpha' }, { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })], failure: 'last' }],
    apartMs: 400,
  },
], { latencyMs: 400, seed: 1 }));

test('the import of a rotation takes effect after that of a new owner in another stack', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'rotate',
    number: 1,
    during: { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
    afterMs: 0,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
], { latencyMs: 400 }));

test.each([[1_200, 1], [1_500, 2]])('a secret rotates after %d ms, between its first reading and its import', async (afterMs, seed) => play([
  ...TWO_SERVER_TYPES,
  { kind: 'rotate', number: 2, afterMs, during: { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] } },
], { latencyMs: 400, order: 'sequential', seed }));

test('a cancelled Create waits for its import permission until its Delete ends and the permission is removed', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 20_000,
    faults: [fault({ kind: 'accessDenied', operation: 'ImportSourceCredentials', times: 4 })],
  },
], { latencyMs: 400, propagationMs: 4_000, seed: 4 }));

test('a rotation is imported while the only owner is rolled back, after CodeBuild was found empty', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 'last',
    faults: [fault({ kind: 'deathAfter', operation: 'DeleteParameter' })],
  },
], { order: 'sequential', seed: 963_219 }));

test.each([1, 2, 3, 4])('a cancelled Update begins in the same second after its rollback found nothing to do (seed %d)', async (seed) => play([
  ...TWO_SERVER_TYPES,
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put({ number: 2 })],
    failure: 20,
    faults: [fault({ kind: 'frozen', operation: 'GetParametersByPath', milliseconds: 200 })],
  },
], { seed }));

test('a Create is delivered again after an Update of its resource, and fails', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] },
  { kind: 'redeliver', back: 2, faults: [fault({ kind: 'accessDenied', operation: 'ImportSourceCredentials', times: 30 })] },
]));
