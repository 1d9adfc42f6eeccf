let last: string | undefined;

/**
 * Reports on stderr what is being measured, so that stdout only has the tables: on a terminal with the
 * progress, otherwise once.
 */
export function progress(what: string, howFar = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what} ${howFar}`);
  else if (what !== last) process.stderr.write(`${what}\n`);
  last = what;
}

/** Ends the progress line on a terminal. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
