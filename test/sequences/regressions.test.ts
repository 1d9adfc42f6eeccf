import { run } from './run';
import type { Edit, Sequence } from './steps';
import type { Declared } from './templates';

/* Stories that went wrong once, as short as the random sequences could make them. */

const GITHUB: Declared = {
  logicalId: 'One', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', number: 1, shouldOverwrite: true, retain: false,
};

function put(changes: Partial<Declared> = {}): Edit {
  return { kind: 'put', ...GITHUB, ...changes };
}

const RENAME: Edit = { kind: 'rename', nth: 0, logicalId: 'Two' };

async function play(steps: Sequence['steps'], options: Partial<Sequence> = {}): Promise<void> {
  const { story, violations } = await run({ order: 'parallel', propagationMs: 0, seed: 0, steps, ...options });
  if (violations.length > 0) throw new Error(story.join('\n'));
}

test('a Create that was called off is at work when its Delete comes', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [RENAME], failure: 20 },
]));

test('a Create that was called off dies and is tried again after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [RENAME],
    failure: 1_000,
    faults: [{ kind: 'deathBefore', operation: 'ListSourceCredentials', skip: 0, times: 1, milliseconds: 0 }],
  },
]));

test.each([1, 2, 3, 4])('the same within one second, %d', async (seed) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [RENAME],
    failure: 100,
    faults: [{ kind: 'deathBefore', operation: 'ListSourceCredentials', skip: 0, times: 1, milliseconds: 0 }],
  },
], { seed }));

test('a Create that has failed is delivered again after its Delete', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  {
    kind: 'deploy',
    stack: 'Alpha',
    edits: [RENAME],
    twiceAfterMs: 20_000,
    faults: [{ kind: 'throttle', operation: 'GetSecretValue', skip: 0, times: 5, milliseconds: 0 }],
  },
]));

test('an Update to another server type is called off', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET' })] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ logicalId: 'Three', serverType: 'GITHUB_ENTERPRISE' })] },
  { kind: 'deploy', stack: 'Alpha', edits: [{ kind: 'source', nth: 1, authType: 'SECRETS_MANAGER', number: 1 }, put({ logicalId: 'Three' })] },
]));

test('a change of the server type fails for a secret that has become useless', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'spoil', number: 1, afterMs: 0 },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ serverType: 'GITHUB_ENTERPRISE' })] },
]));

test('a change of the server type is rolled back while another stack is in force', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put({ shouldOverwrite: false })] },
  { kind: 'deploy', stack: 'Beta', edits: [put()] },
  { kind: 'deploy', stack: 'Alpha', edits: [put({ serverType: 'BITBUCKET' })], failure: 'last' },
]));

test('the stack in force goes after somebody has imported by hand', async () => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put()] },
  { kind: 'deploy', stack: 'Beta', edits: [put({ number: 2 })] },
  { kind: 'importByHand', serverType: 'GITHUB', authType: 'OAUTH' },
  { kind: 'destroy', stack: 'Beta' },
]));

test('a claim that was written, though its reply is late, is not written again over what another stack has written since', async () => play([
  {
    kind: 'together',
    operations: [{ kind: 'deploy', stack: 'Alpha', edits: [put()] }, { kind: 'deploy', stack: 'Beta', edits: [put()] }],
    apartMs: 100,
    faults: [{ kind: 'late', operation: 'PutParameter', skip: 1, times: 1, milliseconds: 9_000 }],
  },
  { kind: 'destroy', stack: 'Alpha' },
]));

test('a claim whose last write was cut off by the time is not written over what another stack has written since', async () => play([
  { kind: 'deploy', stack: 'Beta', edits: [put()] },
  { kind: 'deploy', stack: 'Gamma', edits: [put({ logicalId: 'Three' })] },
  {
    kind: 'together',
    operations: [
      { kind: 'deploy', stack: 'Gamma', edits: [put({ logicalId: 'Three', number: 2 })] },
      { kind: 'destroy', stack: 'Beta' },
    ],
    apartMs: 100,
    faults: [
      { kind: 'late', operation: 'ImportSourceCredentials', skip: 0, times: 6, milliseconds: 9_000 },
      { kind: 'late', operation: 'PutParameter', skip: 0, times: 2, milliseconds: 9_000 },
    ],
  },
  { kind: 'destroy', stack: 'Gamma' },
], { order: 'sequential' }));

test.each([2, 5, 6])('a credential goes while another stack is about to import one just like it, and fails to, %d', async (seed) => play([
  { kind: 'deploy', stack: 'Gamma', edits: [put()] },
  {
    kind: 'move',
    from: 'Gamma',
    to: 'Alpha',
    nth: 0,
    order: 0,
    apartMs: 0,
    faults: [{ kind: 'resetAfterApply', operation: 'ImportSourceCredentials', skip: 0, times: 6, milliseconds: 100 }],
  },
], { seed }));

test.each([1, 2, 3])('a secret gets a new version while a credential is imported that did not use it before, %d', async (seed) => play([
  { kind: 'deploy', stack: 'Alpha', edits: [put(), put({ logicalId: 'Two', serverType: 'BITBUCKET', number: 2 })] },
  { kind: 'rotate', number: 2, afterMs: 200, during: { kind: 'deploy', stack: 'Alpha', edits: [put({ number: 2 })] } },
], { order: 'sequential', seed }));
