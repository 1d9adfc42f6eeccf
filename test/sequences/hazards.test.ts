import { fault, play, put } from './stories';

/* What can go wrong with records in place of a lock: the shortest story of each hazard. */

const BETA_OVER_ALPHA = [
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
] as const;

test('the active owner goes, and the former one belongs to another stack, which has to be told', async () => play([
  ...BETA_OVER_ALPHA,
  { kind: 'destroy', stack: 'Beta' },
]));

test('the event that tells it is lost: its daily check finds out', async () => play([
  ...BETA_OVER_ALPHA,
  { kind: 'destroy', stack: 'Beta', faults: [fault({ kind: 'lost', operation: 'Event' })] },
], { residuals: { 'G1 until the daily check: a fault': 1 } }));

test('the function that hears of it dies three times: its daily check finds out', async () => play([
  ...BETA_OVER_ALPHA,
  { kind: 'destroy', stack: 'Beta', faults: [fault({ kind: 'deathBefore', operation: 'GetSecretValue', times: 3 })] },
], { residuals: { 'an event that was given up': 1, 'G1 until the daily check: a fault': 1 } }));

test('what a person deletes is back after a daily check, whatever becomes of other server types', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET', number: 2 })] },
  { kind: 'hide', number: 1, afterMs: 0 },
  { kind: 'deleteByHand', serverType: 'BITBUCKET' },
  { kind: 'dailyCheck', afterMs: 0 },
], { residuals: { 'the credential of the active owner cannot be imported': 3, 'an event that was given up': 1 } }));

test('what a person imports over a credential is overwritten by a daily check', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' },
  { kind: 'dailyCheck', afterMs: 0 },
]));

test('a person drops the active owner by deleting its record: a daily check brings the former one back', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
  { kind: 'deleteRecord', serverType: 'GITHUB', nth: 0 },
  { kind: 'deleteRecord', serverType: 'GITHUB', nth: 1 },
  { kind: 'dailyCheck', afterMs: 0 },
]));

test.each([20, 100, 250])('a Create that is cancelled after %d ms is at work when its Delete comes', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()], failure },
]));

test.each([20, 100, 250])('the same where every call is slow, %d ms', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()], failure },
], { latencyMs: 400, seed: 999984 }));

test('a Create that was cancelled dies and is tried again after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [{ kind: 'rename', nth: 0, logicalId: 'Two' }],
    failure: 1_000,
    faults: [fault({ kind: 'deathBefore', operation: 'ListSourceCredentials' })],
  },
]));

test('a Create that has failed is delivered again after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [{ kind: 'rename', nth: 0, logicalId: 'Two' }],
    twiceAfterMs: 20_000,
    faults: [fault({ kind: 'throttle', operation: 'GetSecretValue', times: 5 })],
  },
]));

test('a Create comes once more when its Delete has long been done', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'remove', nth: 0 }] },
  { kind: 'redeliver', back: 2 },
]));

test.each([0, 40, 80, 150, 200])('a secret rotates while its credential is deleted, %d ms after the beginning', async (afterMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  { kind: 'rotate', number: 1, during: { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'remove', nth: 0 }] }, afterMs },
]));

test.each([0, 80, 150, 300])('an old value is imported late, over that of another stack (%d ms)', async (afterMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'rotate',
    number: 1,
    during: { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
    afterMs,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
]));

test.each([0, 30, 100, 400])('two stacks deploy at once, %d ms apart, and one of the imports is late', async (apartMs) => play([
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Alpha', edits: [put()] }, { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] }],
    apartMs,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
]));

test.each([0, 30, 100, 400])('the last two owners go at once, %d ms apart', async (apartMs) => play([
  ...BETA_OVER_ALPHA,
  { kind: 'together', operations: [{ kind: 'destroy', stack: 'Alpha' }, { kind: 'destroy', stack: 'Beta' }], apartMs },
]));

test.each([0, 30, 100, 400])('the last owner goes while another stack creates one, %d ms later', async (apartMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'together',
    operations: [{ kind: 'destroy', stack: 'Alpha' }, { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] }],
    apartMs,
  },
]));

const TYPES = ['PERSONAL_ACCESS_TOKEN', 'SECRETS_MANAGER'] as const;
test.each(TYPES)('a Create imports (%s) and dies before it can record that it has, three times', async (authType) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put({ authType })],
    faults: [fault({ kind: 'deathAfter', operation: 'ImportSourceCredentials', times: 3 })],
  },
]));

test('a Create dies before its import, where a person has imported a token: that stays', async () => play([
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    faults: [fault({ kind: 'deathBefore', operation: 'ImportSourceCredentials', times: 3 })],
  },
]));

test('a Create fails after its import, the event about it is lost, and the former owner goes', async () => play([
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

test('a person imports a token within the hour after one of ours has gone: it stays', async () => play([
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

test('a token is retained: no later owner deletes it unless it has overwritten it', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ retain: true })] },
  { kind: 'destroy', stack: 'Alpha' },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2, shouldOverwrite: false })] },
]));

test.each([20, 100, 250])('an Update that is cancelled after %d ms goes on after its rollback', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put({ number: 2 })],
    failure,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
]));

test.each([1, 2, 3, 4])('an Update and its rollback are sent within one second, %d', async (seed) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })], failure: 20 },
], { seed }));

test('a Create stands still while an Update of the same resource is carried out', async () => play([
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

test('an event makes a function import while the last owner is being deleted', async () => play([
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
])('a daily check imports while the last owner is being deleted, and is held up for %d ms', async (milliseconds, residuals) => play([
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
])('a cancelled Create imports while its Delete ends, held up for %d ms', async (milliseconds, residuals) => play([
  {
    kind: 'deploy',
    stack: 'Gamma',
    edits: [put()],
    failure: 1_000,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds })],
  },
], { residuals, latencyMs: 35, propagationMs: 15_000, seed: 1 }));

/* The Delete of a Create that says it has changed nothing does nothing: what a copy of that Create does is left. */
const CONTRADICTED = { 'a copy of a Create that was answered as one that had changed nothing': 1 };

test.each([
  ['GetSecretValue', CONTRADICTED],
  ['ListSourceCredentials', {}],
] as const)('a Create is delivered twice, and one of the two fails at %s', async (operation, residuals) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    twiceAfterMs: 1,
    faults: [fault({ kind: 'accessDenied', operation, skip: 1, times: 20 })],
  },
], { residuals }));

test('a copy of a Create dies and leaves a record: after an hour the owner before it counts again', async () => play([
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

test('the rollback of an Update that died does not make its stack the active one', async () => {
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
] as const)('of two copies of a Create one finds the secret gone, %d ms after the other began', async (afterMs, residuals) => play([
  {
    kind: 'hide',
    number: 1,
    during: { kind: 'deploy', stack: 'Alpha', edits: [put()] },
    afterMs,
    twiceAfterMs: 60,
  },
], { residuals }));

/* What only shows where lists lag, calls are slow, or requests come in another order than they were sent. */

const TWO_SERVER_TYPES = [{ kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET', number: 2 })] }] as const;

test('a Delete follows its Create so soon that no list shows the Create yet', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 'last',
    faults: [fault({ kind: 'stale', operation: 'GetParametersByPath', skip: 4, times: 6, milliseconds: 1_000 })],
  },
]));

test('the last owner goes; what it has looked for is imported after its look, and fails', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'together',
    operations: [{ kind: 'destroy', stack: 'Alpha' }, { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })], failure: 'last' }],
    apartMs: 400,
  },
], { latencyMs: 400, seed: 1 }));

test('an import that a rotation began is carried out after that of a new owner of another stack', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'rotate',
    number: 1,
    during: { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
    afterMs: 0,
    faults: [fault({ kind: 'frozen', operation: 'ImportSourceCredentials', milliseconds: 10_000 })],
  },
], { latencyMs: 400 }));

test.each([[1_200, 1], [1_500, 2]])('a secret rotates between its first reading and the import, %d ms after the beginning', async (afterMs, seed) => play([
  ...TWO_SERVER_TYPES,
  { kind: 'rotate', number: 2, afterMs, during: { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] } },
], { latencyMs: 400, order: 'sequential', seed }));

test('a cancelled Create waits for its permission to import until its Delete has ended and the permission goes', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 20_000,
    faults: [fault({ kind: 'accessDenied', operation: 'ImportSourceCredentials', times: 4 })],
  },
], { latencyMs: 400, propagationMs: 4_000, seed: 4 }));

test('a rotation is imported while the only owner is rolled back, after CodeBuild was seen empty', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put()],
    failure: 'last',
    faults: [fault({ kind: 'deathAfter', operation: 'DeleteParameter' })],
  },
], { order: 'sequential', seed: 963_219 }));

test.each([1, 2, 3, 4])('a cancelled Update begins when its rollback has found nothing to do, within the same second (%d)', async (seed) => play([
  ...TWO_SERVER_TYPES,
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [put({ number: 2 })],
    failure: 20,
    faults: [fault({ kind: 'frozen', operation: 'GetParametersByPath', milliseconds: 200 })],
  },
], { seed }));

test('a Create comes once more after an Update of its resource, and fails', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] },
  { kind: 'redeliver', back: 2, faults: [fault({ kind: 'accessDenied', operation: 'ImportSourceCredentials', times: 30 })] },
]));
