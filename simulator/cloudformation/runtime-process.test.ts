import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeProcess } from './runtime-process';

const CODE = `
  let calls = 0;
  exports.handler = async ({ isSlow }) => {
    calls += 1;
    if (isSlow) setTimeout(() => undefined, 60_000);
    console.info('a line');
    return { calls, pid: process.pid, environment: { ...process.env }, folder: process.cwd() };
  };
`;

let folder: string;
let processes: RuntimeProcess[];
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'function-'));
  writeFileSync(join(folder, 'index.js'), CODE);
  processes = [];
  lines = [];
});

afterEach(() => {
  processes.forEach((one) => one.kill());
  rmSync(folder, { recursive: true });
});

/** Loads the function, with these environment variables in addition. */
async function load(variables: Record<string, string> = {}): Promise<RuntimeProcess> {
  const loaded = RuntimeProcess.load({ LAMBDA_TASK_ROOT: folder, _HANDLER: 'index.handler', ...variables }, true);
  loaded.onLine = (line) => lines.push(line);
  processes.push(loaded);
  await loaded.message();
  return loaded;
}

async function handle(loaded: RuntimeProcess, event: object = {}): Promise<any> {
  const { result } = await loaded.handle({ event, deadline: Date.now() + 60_000, time: { ahead: 0, turn: 1 } });
  await loaded.drained();
  return result;
}

/** Releases a process, and waits until it is idle or has ended. */
async function release(loaded: RuntimeProcess): Promise<void> {
  loaded.release();
  await loaded.message().catch(() => undefined);
}

test('runs the next function from its beginning, with the environment and the log of that function', async () => {
  const first = await load({ ONLY_OF: 'the first', AWS_LAMBDA_LOG_FORMAT: 'JSON' });
  const { pid } = await handle(first);
  expect(await handle(first)).toMatchObject({ calls: 2, pid, environment: { ONLY_OF: 'the first' } });
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['a line', 'a line']);
  await release(first);

  lines = [];
  const second = await load({ OF: 'the second' });
  expect(await handle(second)).toEqual({
    calls: 1, pid, environment: { LAMBDA_TASK_ROOT: folder, _HANDLER: 'index.handler', OF: 'the second' }, folder,
  });
  expect(lines).toEqual(['a line']);
});

test('loads changed code', async () => {
  const first = await load();
  const { pid } = await handle(first);
  await release(first);

  writeFileSync(join(folder, 'index.js'), 'exports.handler = async () => ({ pid: process.pid, isChanged: true });');
  expect(await handle(await load())).toEqual({ pid, isChanged: true });
});

test('is not used for two functions at the same time', async () => {
  await release(await load());
  const [first, second] = [await load(), await load()];
  expect((await handle(first)).pid).not.toBe((await handle(second)).pid);
});

test.each<[string, (loaded: RuntimeProcess) => Promise<void>]>([
  ['was killed', async (loaded) => loaded.kill()],
  ['was killed while it was idle', async (loaded) => {
    await release(loaded);
    loaded.kill();
  }],
  ['still has a timer of its function', async (loaded) => {
    await handle(loaded, { isSlow: true });
    await release(loaded);
  }],
])('is not used again if it %s', async (_, end) => {
  const first = await load();
  const { pid } = await handle(first);
  await end(first);
  expect((await handle(await load())).pid).not.toBe(pid);
});

test('is not used for a function with other variables that Node.js only reads at its start', async () => {
  const first = await load();
  const { pid } = await handle(first);
  await release(first);
  expect((await handle(await load({ NODE_NO_WARNINGS: '1' }))).pid).not.toBe(pid);
});
