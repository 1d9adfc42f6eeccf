'use strict';
// Simulates Lambda's Node.js runtime: loads the handler once, then calls it with one event after the other.
// Plain JavaScript, because it runs in its own process without a transpiler.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const sharedTime = require('../../time/shared-time.cjs');

const [hasSharedTime] = process.argv.slice(2);
if (hasSharedTime) sharedTime.install((waiting) => process.send({ waiting }));

const { LAMBDA_TASK_ROOT: root, _HANDLER: handlerName } = process.env;
const [moduleName, exportName] = handlerName.split('.');

async function load() {
  const file = ['.js', '.mjs', '.cjs'].map((extension) => join(root, moduleName + extension)).find((path) => existsSync(path));
  const loaded = await import(pathToFileURL(file).href);
  return loaded[exportName] ?? loaded.default[exportName];
}

const handler = load();

/** In the JSON log format, Lambda wraps the console's lines. It does not change what the handler writes to stdout. */
if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') {
  for (const level of ['debug', 'info', 'warn', 'error']) {
    console[level] = (...parts) => process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level: level.toUpperCase(), message: parts.join(' ') })}\n`);
  }
  console.log = console.info;
}

/** Marks the end of an event's output, which arrives on other streams than the result. */
function endOutput() {
  for (const stream of [process.stdout, process.stderr]) stream.write('\u0000\n');
}

process.on('message', async ({ time, event, deadline, ...context }) => {
  if (time) sharedTime.setTime(time);
  if (event === undefined) return;
  sharedTime.startEvent();
  const answer = {};
  try {
    answer.result = await (await handler)(event, { ...context, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) });
  } catch (error) {
    answer.error = String(error?.stack ?? error);
  }
  sharedTime.endEvent();
  endOutput();
  process.send(answer);
});
process.on('disconnect', () => process.exit());

handler.then(() => process.send({ ready: true }), (error) => {
  console.error(error);
  process.exit(1);
});
