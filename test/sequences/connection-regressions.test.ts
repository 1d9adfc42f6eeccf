import { connect, fault, play, put } from './stories';

/* Stories of connections that went wrong once, or would without the part of the handler that they are about. */

test.each(['resetAfterApply', 'late', 'deathAfter'] as const)('the reply to CreateConnection is lost (%s)', async (kind) => play([
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ adopts: false })],
    faults: [fault({ kind, operation: 'CreateConnection', milliseconds: 40_000 })],
  },
]));

test.each(['throttle', 'serverError', 'reset'] as const)('CreateConnection is tried again (%s)', async (kind) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()], faults: [fault({ kind, operation: 'CreateConnection', times: 2 })] },
]));

test.each([20, 60, 100, 150, 200, 300, 1_000])('another name that is cancelled after %d ms', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ name: 'other' })], failure },
]));

test.each([20, 60, 100, 150, 200, 300, 1_000])('another provider that is cancelled after %d ms', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ provider: 'GitLab' })], failure },
]));

test('another name whose update fails after the connection was made', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ name: 'other' })],
    faults: [fault({ kind: 'throttle', operation: 'PutParameter', skip: 1, times: 5 })],
  },
]));

test('another name whose update dies three times after the connection was made', async () => play([
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

test('another name whose update dies, is cancelled, and is tried again', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [connect({ name: 'other' })],
    failure: 1_000,
    faults: [fault({ kind: 'deathBefore', operation: 'CreateConnection' })],
  },
]));

test.each([false, true])('a Delete comes again once the resource is back (RETAIN: %s)', async (retain) => play([
  { kind: 'makeConnection', provider: 'GitHub', name: 'ci', status: 'AVAILABLE' },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ retain }), connect({ logicalId: 'Five', name: 'other', adopts: false })] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'disconnect', nth: 0 }] },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ retain })] },
  { kind: 'redeliver', back: 1 },
]));

test('an Update that was cancelled comes again once the resource has gone', async () => play([
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

test.each([50, 100, 200])('two stacks want the same, the second %d ms later, and the first has to try again', async (apartMs) => play([
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Alpha', edits: [connect()] }, { kind: 'deploy', stack: 'Beta', edits: [connect()] }],
    apartMs,
    faults: [fault({ kind: 'throttle', operation: 'CreateConnection', times: 2 })],
  },
]));

test.each([20, 60, 100, 1_000])('a Create that is cancelled after %d ms is at work when its Delete comes', async (failure) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()], failure },
]));

test.each(['Alpha', 'Beta'] as const)('%s uses a connection by its ARN, whose creator goes', async (stack) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack, edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'disconnect', nth: 0 }] },
]));

test('a connection is used by a credential that CodeBuild does not hold, and its creator goes', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deploy', stack: 'Beta', edits: [{ kind: 'useConnection', logicalId: 'One', nth: 0 }] },
  { kind: 'deploy', stack: 'Gamma', edits: [put()] },
  { kind: 'destroy', stack: 'Alpha' },
]));

test.each([0, 100, 400, 2_000])('a connection goes while another stack begins to use it, %d ms later', async (apartMs) => play([
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

test('a Create that was cancelled dies and is tried again after its Delete', async () => play([
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
  ['its connection is deleted by hand, and another provider is rolled back', 'last', {}],
  ['its connection is deleted by hand, and another provider is cancelled', 20, { 'a stack that is stuck for a connection that was deleted by hand': 1 }],
] as const)('%s', async (_, failure, residuals) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [connect()] },
  { kind: 'deleteConnection', nth: 0 },
  { kind: 'deploy', stack: 'Alpha', edits: [connect({ provider: 'GitLab' })], failure },
], { residuals }));
