'use strict';
const { readFileSync, writeSync } = require('node:fs');

/** Where the benchmark reads the peak memory. */
const REPORT = 3;

/**
 * Tells the processor time used, in microseconds, and the peak of the memory that was resident, in KiB, and ends the process with its connections
 * still open, as Lambda freezes it. Not `resourceUsage().maxRSS`: on Linux that begins with the
 * memory of the process that has started this one.
 */
exports.end = function end() {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const { user, system } = process.cpuUsage();
  writeSync(REPORT, JSON.stringify({ processorMicroseconds: user + system, peakKibibytes: Number(kibibytes) }));
  process.exit(0);
};
