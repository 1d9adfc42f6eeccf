'use strict';
const { readFileSync, writeSync } = require('node:fs');

/** The file descriptor from which the benchmark reads the report. */
const REPORT = 3;

/**
 * Reports the CPU time in microseconds and the peak resident memory in KiB. Then ends the process with its connections
 * still open, as Lambda freezes it. Does not use `resourceUsage().maxRSS`, which on Linux starts at the memory of the
 * parent process.
 */
exports.end = function end() {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const { user, system } = process.cpuUsage();
  writeSync(REPORT, JSON.stringify({ processorMicroseconds: user + system, peakKibibytes: Number(kibibytes) }));
  process.exit(0);
};
