import { connect, fault, play, put } from './stories';

/* Stories of connections that once broke a guarantee, or would without one part of the handler. */

test.each(['resetAfterApply', 'late', 'deathAfter'] as const)('the reply to CreateConnection is lost (%s)', async (kind) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ adopts: false })],
    faults: [fault({ kind, operation: 'CreateConnection', milliseconds: 40_000 })],
  },
]));

test.each(['throttle', 'serverError', 'reset'] as const)('CreateConnection is retried (%s)', async (kind) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()], faults: [fault({ kind, operation: 'CreateConnection', times: 2 })] },
]));

test.each([20, 60, 100, 150, 200, 300, 1_000])('an Update to another name is cancelled after %d ms', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ name: 'other' })], failure },
]));

test.each([20, 60, 100, 150, 200, 300, 1_000])('an Update to another provider is cancelled after %d ms', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ provider: 'GitLab' })], failure },
]));

test('an Update to another name fails after it created the connection', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ name: 'other' })],
    faults: [fault({ kind: 'throttle', operation: 'PutParameter', skip: 1, times: 5 })],
  },
]));

test('an Update to another name dies three times after it created the connection', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ name: 'other' })],
    faults: [
      fault({ kind: 'deathAfter', operation: 'CreateConnection' }),
      fault({ kind: 'deathBefore', operation: 'ListTagsForResource', times: 2 }),
    ],
  },
]));

test('an Update to another name dies, is cancelled, and is retried', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ name: 'other' })],
    failure: 1_000,
    faults: [fault({ kind: 'deathBefore', operation: 'CreateConnection' })],
  },
]));

test.each([false, true])('a Delete is delivered again after the resource was created again (RETAIN: %s)', async (retain) => play([
  { kind: 'makeConnection', provider: 'GitHub', name: 'ci', status: 'AVAILABLE' },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ retain }), connect({ logicalId: 'Five', name: 'other', adopts: false })] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'disconnect', nth: 0 }] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ retain })] },
  { kind: 'redeliver', back: 1 },
]));

test('a cancelled Update is delivered again after the resource was removed', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ adopts: false })] },
  {
    kind: 'rotate',
    number: 1,
    afterMs: 0,
    during: { kind: 'deploy', stack: 'Alpha', edits: [connect(), put()], failure: 20 },
  },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'reconnect', nth: 0, logicalId: 'Five' }] },
  { kind: 'redeliver', back: 3 },
]));

test.each([50, 100, 200])('two stacks want the same connection %d ms apart, and the first one must retry', async (apartMs) => play([
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Alpha', edits: [connect()] }, { kind: 'deploy', stack: 'Beta', edits: [connect()] }],
    apartMs,
    faults: [fault({ kind: 'throttle', operation: 'CreateConnection', times: 2 })],
  },
]));

test.each([20, 60, 100, 1_000])('a Create that is cancelled after %d ms still runs when its Delete arrives', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()], failure },
]));

test.each(['Alpha', 'Beta'] as const)('the creator of a connection is removed while %s uses it by its ARN', async (stack) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack, edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'disconnect', nth: 0 }] },
]));

test('the creator of a connection is removed while an inactive owner uses it', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Beta', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
  { kind: 'deploy', stack: 'Gamma', edits: [put()] },
  { kind: 'destroy', stack: 'Alpha' },
]));

test.each([0, 100, 400, 2_000])('another stack begins to use a connection %d ms after its creator\'s removal began', async (apartMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'together',
    operations: [
      { kind: 'destroy', stack: 'Alpha' },
      { kind: 'deploy', stack: 'Beta', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
    ],
    apartMs,
  },
]));

test('a cancelled Create dies and is retried after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ name: 'other' })] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ logicalId: 'Five' })],
    failure: 100,
    faults: [fault({ kind: 'deathBefore', operation: 'CreateConnection' })],
  },
]));

test.each([
  ['another provider is rolled back', { provider: 'GitLab' }, 'last'],
  ['another provider is cancelled', { provider: 'GitLab' }, 20],
  ['another name is rolled back', { name: 'other' }, 'last'],
  ['another name is cancelled', { name: 'other' }, 20],
  ['another name with RETAIN is cancelled', { name: 'other', retain: true }, 20],
] as const)('a person deletes the connection, and an Update to %s', async (_, changes, failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ adopts: false })] },
  { kind: 'deleteConnection', nth: 0 },
  { kind: 'deploy', stack: 'Alpha', edits: [connect(changes)], failure },
]));

test('a person deletes the connection, and a cancelled Update to another name retries until after its rollback', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ adopts: false })] },
  { kind: 'deleteConnection', nth: 0 },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ name: 'other' })],
    failure: 20,
    faults: [fault({ kind: 'throttle', operation: 'CreateConnection', times: 3 })],
  },
], { seed: 1 }));

test('a third stack adopts a connection while one of its two users is removed', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Beta', edits: [connect()] },
  {
    kind: 'together',
    operations: [{ kind: 'destroy', stack: 'Alpha' }, { kind: 'deploy', stack: 'Gamma', edits: [connect()] }],
    apartMs: 1_000,
  },
], { seed: 1 }));

test('a Delete arrives before any list shows the user that its Create recorded', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect()],
    failure: 'last',
    faults: [fault({ kind: 'stale', operation: 'GetParametersByPath', skip: 2, times: 6, milliseconds: 1_000 })],
  },
], { seed: 1 }));

test('a person deletes the connection, and an Update to another name fails with the rest of the stack', async () => play([
  { kind: 'deploy', stack: 'Gamma', edits: [connect({ adopts: false }), put()] },
  { kind: 'deleteConnection', nth: 0 },
  {
    kind: 'deploy',
    stack: 'Gamma',
    edits: [put({ serverType: 'GITHUB_ENTERPRISE', authType: 'SECRETS_MANAGER' }), connect({ name: 'other', retain: true })],
  },
]));

test.each([
  ['is in ERROR', { kind: 'handshake', nth: 0, status: 'ERROR' }],
  ['was deleted by hand', { kind: 'deleteConnection', nth: 0 }],
] as const)('a rollback restores a credential whose connection %s', async (_, change) => play([
  { kind: 'makeConnection', provider: 'GitHub', name: 'ci', status: 'AVAILABLE' },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
  change,
  { kind: 'deploy', stack: 'Alpha', edits: [put()], failure: 'last' },
]));

test('a copy of a cancelled Update arrives after its rollback', async () => play([
  { kind: 'deploy', stack: 'Gamma', edits: [connect()] },
  { kind: 'deploy', stack: 'Gamma', edits: [connect({ name: 'other' })], failure: 20, twiceAfterMs: 20_000 },
]));

test('a cancelled Update retries CreateConnection until after its rollback', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ provider: 'GitLab', name: 'other' })] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ provider: 'GitLab' })],
    failure: 20,
    faults: [fault({ kind: 'throttle', operation: 'CreateConnection', times: 2 })],
  },
]));

test('an Update to another name is cancelled, with RETAIN', async () => play([
  { kind: 'deploy', stack: 'Gamma', edits: [connect({ name: 'other', adopts: false, retain: true })] },
  { kind: 'deploy', stack: 'Gamma', edits: [connect({ adopts: false, retain: true })], failure: 20 },
]));

test('a cancelled Update to another provider waits for IAM until after its rollback', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ provider: 'GitLab', retain: true })] },
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ adopts: false }), { kind: 'source', nth: 0, authType: 'PERSONAL_ACCESS_TOKEN', number: 2 }], failure: 20 },
], { propagationMs: 4_000 }));

test('a stack adopts a connection that its credential uses while the creator is removed', async () => play([
  { kind: 'deploy', stack: 'Gamma', edits: [connect({ adopts: false })] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
  {
    kind: 'together',
    operations: [{ kind: 'destroy', stack: 'Gamma' }, { kind: 'deploy', stack: 'Alpha', edits: [connect()] }],
    apartMs: 5_000,
  },
]));

test.each([0, 100, 2_000])('another stack wants a connection %d ms after its creator\'s removal began', async (apartMs) => play([
  { kind: 'deploy', stack: 'Gamma', edits: [connect()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ name: 'other' })] },
  {
    kind: 'together',
    operations: [{ kind: 'destroy', stack: 'Gamma' }, { kind: 'deploy', stack: 'Alpha', edits: [connect()] }],
    apartMs,
  },
]));

test.each(['ci', 'other'] as const)('a stack wants a connection that another stack just created and is rolling back (%s)', async (name) => play([{
  kind: 'rotate',
  number: 1,
  afterMs: 0,
  during: { kind: 'deploy', stack: 'Alpha', edits: [connect({ name })], failure: 'last' },
  besides: { kind: 'deploy', stack: 'Gamma', edits: [connect({ name }), put()] },
}], { order: 'sequential', propagationMs: 4_000 }));

test('one of two new connections of the same name is deleted with its resource', async () => play([{
  kind: 'deploy',
  stack: 'Alpha',
  edits: [connect({ logicalId: 'Five', adopts: false }), connect()],
  failure: 20,
  twiceAfterMs: 1,
}], { order: 'sequential', seed: 749_986 }));

test.each([
  { kind: 'deathBefore', operation: 'DeleteConnection' },
  { kind: 'deathAfter', operation: 'CreateConnection', times: 2 },
  { kind: 'frozen', operation: 'CreateConnection', milliseconds: 40_000 },
  { kind: 'late', operation: 'CreateConnection', milliseconds: 40_000 },
  { kind: 'resetAfterApply', operation: 'ListConnections', times: 6 },
] as const)('two runs of one Create meet the fault $kind in $operation', async (faults) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()], faults: [fault(faults)], twiceAfterMs: 1 },
]));

test('a connection is created again after a person deleted it: the Delete of the old one keeps the new one', async () => play([
  { kind: 'deploy', stack: 'Gamma', edits: [connect()] },
  { kind: 'deleteConnection', nth: 0 },
  { kind: 'deploy', stack: 'Gamma', edits: [connect({ adopts: false })] },
]));

// The credential writes its record after the deletion has looked for users for the last time.
test.each(Array.from({ length: 13 }, (_, index) => 5_000 + 30 * index))('a credential begins to use a connection %d ms after its creator\'s removal began', async (apartMs) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'together',
    operations: [
      { kind: 'destroy', stack: 'Alpha' },
      { kind: 'deploy', stack: 'Beta', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
    ],
    apartMs,
  },
]));

test('a credential freezes after its check of a connection while the creator is removed', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'together',
    operations: [
      { kind: 'deploy', stack: 'Beta', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
      { kind: 'destroy', stack: 'Alpha' },
    ],
    apartMs: 30,
    faults: [fault({ kind: 'frozen', operation: 'PutParameter', milliseconds: 20_000 })],
  },
]));

test('the creator of a connection is removed while another stack adopts it and is rolled back', async () => play([
  { kind: 'deploy', stack: 'Beta', edits: [connect()] },
  {
    kind: 'rotate',
    number: 1,
    afterMs: 0,
    during: { kind: 'deploy', stack: 'Alpha', edits: [connect()], failure: 'last' },
    besides: { kind: 'destroy', stack: 'Beta' },
  },
]));

test('a copy of a Create creates a connection while its stack is deleted, and loses the permission to undo that', async () => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect()],
    failure: 'last',
    twiceAfterMs: 1,
    faults: [fault({ kind: 'throttle', operation: 'CreateConnection', skip: 1, times: 2 })],
  },
], { latencyMs: 400, residuals: { 'a connection of a Create whose permissions are gone': 1 } }));

test('two Creates of connections with one name and RETAIN are cancelled', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ retain: true }), connect({ logicalId: 'Five', retain: true })], failure: 20 },
], { residuals: { 'a second connection, of a Create that was cancelled': 1 } }));

test('a Create of a connection with RETAIN is cancelled while another stack creates one of that name', async () => play([
  {
    kind: 'rotate',
    number: 1,
    afterMs: 0,
    during: { kind: 'deploy', stack: 'Beta', edits: [connect()] },
    besides: { kind: 'deploy', stack: 'Alpha', edits: [connect({ retain: true })], failure: 20 },
    twiceAfterMs: 1,
  },
], { residuals: { 'a second connection, of a Create that was cancelled': 2 } }));

test('a cancelled Create uses the connection that a cancelled Update of the same stack created', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ name: 'other' }), connect({ logicalId: 'Five', name: 'other' })], failure: 20 },
]));

test.each(['GetParametersByPath', 'ListConnections'] as const)('a cancelled Create freezes at %s until its Delete has ended', async (operation) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect()],
    failure: 5_000,
    faults: [fault({ kind: 'frozen', operation, milliseconds: 10_000 })],
  },
], { latencyMs: 35, seed: 14 }));

test.each([
  [9_900, {}],
  [10_000, { 'a connection of a Create whose permissions are gone': 1 }],
  [10_200, {}],
])('the CreateConnection of a cancelled Create is delayed by %d ms while its Delete ends', async (milliseconds, residuals) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect()],
    failure: 5_000,
    faults: [fault({ kind: 'frozen', operation: 'CreateConnection', milliseconds })],
  },
], { residuals, latencyMs: 35, seed: 14 }));

test('a cancelled Update keeps the connection that it created and another stack adopted', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ adopts: false })] },
  {
    kind: 'together',
    operations: [
      { kind: 'deploy', stack: 'Beta', edits: [connect({ logicalId: 'Five', name: 'other' })] },
      { kind: 'deploy', stack: 'Alpha', edits: [connect({ name: 'other', adopts: false })], failure: 20 },
    ],
    apartMs: 0,
    faults: [fault({ kind: 'throttle' })],
  },
  { kind: 'deploy', stack: 'Beta', edits: [connect({ logicalId: 'Five' })] },
], { latencyMs: 35 }));

test('a stack begins to use a connection that is being deleted', async () => play([
  { kind: 'deploy', stack: 'Gamma', edits: [connect({ adopts: false })] },
  { kind: 'handshake', nth: 0, status: 'AVAILABLE' },
  {
    kind: 'together',
    operations: [
      { kind: 'destroy', stack: 'Gamma' },
      { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
    ],
    apartMs: 5_200,
  },
], { latencyMs: 35 }));

test('a rollback restores a connection that is gone although a person has deleted the record of its owner', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ retain: true })] },
  { kind: 'deploy', stack: 'Gamma', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
  { kind: 'deleteConnection', nth: 0 },
  { kind: 'deleteRecord', serverType: 'GITHUB', nth: 0 },
  { kind: 'deploy', stack: 'Gamma', edits: [put()], failure: 'last' },
]));
