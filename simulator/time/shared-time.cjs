'use strict';
// Makes this process use the time of a JumpingClock, and reports whenever the process only waits.
// The code under test does not notice: all timers and clocks are replaced before it is loaded.
const { AsyncResource } = require('node:async_hooks');
const { subscribe } = require('node:diagnostics_channel');
const module_ = require('node:module');
const net = require('node:net');
const timers = require('node:timers');
const promises = require('node:timers/promises');
const { promisify } = require('node:util');

const real = { Date, setTimeout, clearTimeout, setImmediate, clearInterval };

/** How many milliseconds the clock is ahead of the machine's. */
let ahead = 0;
let turn = 0;
let tell;
let isWorking = false;
let requests = 0;
let isChecking = false;
let hasChanged = false;
const pending = new Set();

const now = () => real.Date.now() + ahead;

class Timer {
  constructor(callback, milliseconds, args, isRepeated) {
    this.callback = AsyncResource.bind(() => callback(...args));
    this.milliseconds = milliseconds >= 1 && milliseconds < 2 ** 31 ? Math.trunc(milliseconds) : 1;
    this.isRepeated = isRepeated;
    this.isReferenced = true;
    this.refresh();
  }

  refresh() {
    this.until = now() + this.milliseconds;
    pending.add(this);
    this.arm();
    changed();
    return this;
  }

  arm() {
    real.clearTimeout(this.timer);
    this.timer = real.setTimeout(() => this.ring(), this.until - now());
    if (!this.isReferenced) this.timer.unref();
  }

  ring() {
    if (this.until > now()) return this.arm();
    if (this.isRepeated) this.refresh();
    else this.close();
    this.callback();
  }

  close() {
    real.clearTimeout(this.timer);
    pending.delete(this);
    changed();
    return this;
  }

  ref() {
    this.isReferenced = true;
    this.timer.ref();
    return this;
  }

  unref() {
    this.isReferenced = false;
    this.timer.unref();
    return this;
  }

  hasRef() {
    return this.isReferenced;
  }

  [Symbol.dispose]() {
    this.close();
  }
}

/** Call this when an operation starts or ends. Reports what the process waits for once it is idle. */
function changed() {
  hasChanged = true;
  if (!tell || isChecking || !isWorking) return;
  isChecking = true;
  real.setImmediate(check);
}

function check() {
  if (!isWorking) return void (isChecking = false);
  if (hasChanged) {
    hasChanged = false;
    return void real.setImmediate(check);
  }
  // Pending file, DNS and network operations.
  if (process.getActiveResourcesInfo().some((name) => /Req|Write|Shutdown/.test(name))) return void real.setTimeout(check, 1);
  isChecking = false;
  tell({ turn, requests, until: pending.size > 0 ? Math.min(...Array.from(pending, ({ until }) => until)) : undefined });
}

function replaceDate() {
  globalThis.Date = new Proxy(real.Date, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
    apply: () => new real.Date(now()).toString(),
    get: (target, key) => key === 'now' ? now : Reflect.get(target, key),
  });
  const realNow = performance.now.bind(performance);
  performance.now = () => realNow() + ahead;
}

function replaceTimers() {
  const cancel = (timer) => timer instanceof Timer ? void timer.close() : real.clearTimeout(timer);
  const replacements = {
    setTimeout: (callback, milliseconds, ...args) => new Timer(callback, milliseconds, args, false),
    setInterval: (callback, milliseconds, ...args) => new Timer(callback, milliseconds, args, true),
    clearTimeout: cancel,
    clearInterval: cancel,
  };
  replacements.setTimeout[promisify.custom] = sleep;
  Object.assign(timers, replacements);
  Object.assign(globalThis, replacements);
  promises.setTimeout = sleep;
}

async function sleep(milliseconds, value, { ref = true, signal } = {}) {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = new Timer(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, milliseconds, [], false);
    if (!ref) timer.unref();
    const abort = () => {
      timer.close();
      reject(Object.assign(new Error('The operation was aborted', { cause: signal.reason }), { name: 'AbortError', code: 'ABORT_ERR' }));
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Timeouts that Node.js implements with internal timers. */
function replaceTimeouts() {
  AbortSignal.timeout = (milliseconds) => {
    const controller = new AbortController();
    new Timer(() => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), milliseconds, [], false).unref();
    return controller.signal;
  };
  const idle = new WeakMap();
  net.Socket.prototype.setTimeout = function (milliseconds, callback) {
    idle.get(this)?.close();
    this.timeout = milliseconds;
    if (callback) this[milliseconds > 0 ? 'once' : 'removeListener']('timeout', callback);
    if (milliseconds > 0) idle.set(this, idleTimer(this, milliseconds));
    return this;
  };
}

function idleTimer(socket, milliseconds) {
  const bytesMoved = () => socket.bytesRead + socket.bytesWritten;
  let before = bytesMoved();
  const timer = new Timer(() => {
    if (socket.destroyed) return;
    if (bytesMoved() === before) return void socket.emit('timeout');
    before = bytesMoved();
    timer.refresh();
  }, milliseconds, [], false).unref();
  socket.once('close', () => timer.close());
  return timer;
}

function countRequests() {
  const begin = () => {
    requests += 1;
    changed();
  };
  const end = () => {
    requests -= 1;
    changed();
  };
  // Counted from its creation: it may wait for a proxy and for TLS before it is sent.
  subscribe('http.client.request.created', ({ request }) => {
    begin();
    request.once('close', end);
  });
  // fetch
  subscribe('undici:request:create', begin);
  subscribe('undici:request:trailers', end);
  subscribe('undici:request:error', end);
}

/** Replaces timers and clocks. `tellClock` sends a report to the clock. */
exports.install = (tellClock) => {
  tell = tellClock;
  replaceDate();
  replaceTimers();
  replaceTimeouts();
  countRequests();
  module_.syncBuiltinESMExports();
};

/** Receives the time from the clock. */
exports.setTime = (time) => {
  ({ ahead, turn } = time);
  [...pending].sort((one, other) => one.until - other.until).forEach((timer) => timer.arm());
  changed();
};

exports.startEvent = () => {
  isWorking = true;
  changed();
};

exports.endEvent = () => {
  isWorking = false;
};

exports.clearTimers = () => {
  for (const timer of pending) timer.close();
};
