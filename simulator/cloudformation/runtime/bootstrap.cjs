'use strict';
// Simulates Lambda's Node.js runtime: loads a function, then calls it with one event after the other. Afterwards it can
// unload the function, and load another one.
// Plain JavaScript, because it runs in its own process without a transpiler.
const { readFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { dirname, join } = require('node:path');
const { constants, Script } = require('node:vm');
const sharedTime = require('../../time/shared-time.cjs');

const [hasSharedTime] = process.argv.slice(2);
if (hasSharedTime) sharedTime.install((waiting) => process.send({ waiting }));

const ownConsole = { ...console };
/** The compiled code of the functions. A function that is loaded again runs from its beginning, without a second compilation. */
const compiled = new Map();
let handler;

/** Loads a function. The process has these environment variables and no others. */
function load(environment) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  process.chdir(environment.LAMBDA_TASK_ROOT);
  if (environment.AWS_LAMBDA_LOG_FORMAT === 'JSON') wrapConsole();
  const [moduleName, exportName] = environment._HANDLER.split('.');
  handler = run(join(environment.LAMBDA_TASK_ROOT, `${moduleName}.js`))[exportName];
  process.send({ isLoaded: true });
}

/** Runs a CommonJS module, and returns its exports. */
function run(file) {
  const code = readFileSync(file, 'utf8');
  if (!compiled.has(code)) compiled.set(code, new Script(wrap(code), { filename: file, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }));
  const loaded = { exports: {} };
  compiled.get(code).runInThisContext()(loaded.exports, createRequire(file), loaded, file, dirname(file));
  return loaded.exports;
}

/** In the JSON log format, Lambda wraps the console's lines. It does not change what the handler writes to stdout. */
function wrapConsole() {
  for (const level of ['debug', 'info', 'warn', 'error']) {
    console[level] = (...parts) => process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level: level.toUpperCase(), message: parts.join(' ') })}\n`);
  }
  console.log = console.info;
}

/** Removes all traces of the function. Ends the process if the function still has timers, requests or connections. */
function unload() {
  if (process.getActiveResourcesInfo().some((name) => name !== 'PipeWrap')) process.exit();
  handler = undefined;
  Object.assign(console, ownConsole);
  sharedTime.clearTimers();
  process.send({ isUnloaded: true });
}

/** Marks the end of an event's output, which arrives on other streams than the result. */
function endOutput() {
  for (const stream of [process.stdout, process.stderr]) stream.write('\u0000\n');
}

async function handle({ event, deadline, ...context }) {
  sharedTime.startEvent();
  const answer = {};
  try {
    answer.result = await handler(event, { ...context, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) });
  } catch (error) {
    answer.error = String(error?.stack ?? error);
  }
  sharedTime.endEvent();
  endOutput();
  process.send(answer);
}

process.on('message', async ({ environment, mustUnload, time, ...invocation }) => {
  if (time) sharedTime.setTime(time);
  if (environment) load(environment);
  if (mustUnload) unload();
  if (invocation.event !== undefined) await handle(invocation);
});
process.on('disconnect', () => process.exit());
