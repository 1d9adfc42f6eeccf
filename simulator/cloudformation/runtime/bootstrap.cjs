'use strict';
// What Lambda's Node.js runtime does for a function: load the handler once, then hand it one event after the other.
// Plain JavaScript, because it runs in a process of its own with no transpiler.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const sharedTime = require('../../time/shared-time.cjs');

const [hasSharedTime] = process.argv.slice(2);
if (hasSharedTime) sharedTime.share((waiting) => process.send({ waiting }));

const { LAMBDA_TASK_ROOT: root, _HANDLER: handlerName } = process.env;
const [moduleName, exportName] = handlerName.split('.');

async function load() {
  const file = ['.js', '.mjs', '.cjs'].map((extension) => join(root, moduleName + extension)).find((path) => existsSync(path));
  const loaded = await import(pathToFileURL(file).href);
  return loaded[exportName] ?? loaded.default[exportName];
}

const handler = load();

/** What goes through the console becomes lines of Lambda's own; what is written to stdout stays as it is. */
if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') {
  for (const level of ['debug', 'info', 'warn', 'error']) {
    console[level] = (...parts) => process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level: level.toUpperCase(), message: parts.join(' ') })}\n`);
  }
  console.log = console.info;
}

/** What it has printed takes another way than its result: this ends it. */
function endOutput() {
  for (const stream of [process.stdout, process.stderr]) stream.write('\u0000\n');
}

process.on('message', async ({ time, event, deadline, ...context }) => {
  if (time) sharedTime.hear(time);
  if (event === undefined) return;
  sharedTime.work();
  const answer = {};
  try {
    answer.result = await (await handler)(event, { ...context, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) });
  } catch (error) {
    answer.error = String(error?.stack ?? error);
  }
  sharedTime.rest();
  endOutput();
  process.send(answer);
});
process.on('disconnect', () => process.exit());

handler.then(() => process.send({ ready: true }), (error) => {
  console.error(error);
  process.exit(1);
});
