'use strict';
// Makes this process live `scale` times as fast: timers end early and the clock runs ahead. The code under test
// cannot tell, since everything by which it measures or spends time is patched before it is loaded.
const module_ = require('node:module');
const net = require('node:net');
const timers = require('node:timers');
const promises = require('node:timers/promises');
const { promisify } = require('node:util');

module.exports = function accelerate(epoch, scale) {
  const RealDate = Date;
  const now = () => Math.floor(epoch + (RealDate.now() - epoch) * scale);
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => key === 'now' ? now : Reflect.get(target, key),
  });

  const realNow = performance.now.bind(performance);
  performance.now = () => realNow() * scale;

  for (const name of ['setTimeout', 'setInterval']) {
    const real = timers[name];
    const scaled = (callback, milliseconds = 0, ...args) => real(callback, milliseconds / scale, ...args);
    const realPromise = promises[name];
    promises[name] = (milliseconds = 0, ...args) => realPromise(milliseconds / scale, ...args);
    if (real[promisify.custom]) scaled[promisify.custom] = promises[name];
    timers[name] = globalThis[name] = scaled;
  }

  // Timeouts that Node.js keeps with timers of its own.
  const realAbortTimeout = AbortSignal.timeout;
  AbortSignal.timeout = (milliseconds) => realAbortTimeout.call(AbortSignal, Math.ceil(milliseconds / scale));
  const realSocketTimeout = net.Socket.prototype.setTimeout;
  net.Socket.prototype.setTimeout = function (milliseconds, callback) {
    return realSocketTimeout.call(this, milliseconds / scale, callback);
  };

  module_.syncBuiltinESMExports();
};
