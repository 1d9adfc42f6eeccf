let last: string | undefined;

/**
 * Tells on stderr what is being measured, so that stdout holds the tables alone: on a terminal with how
 * far it is, elsewhere once.
 */
export function progress(what: string, howFar = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what} ${howFar}`);
  else if (what !== last) process.stderr.write(`${what}\n`);
  last = what;
}

/** Ends the line that is written over and over on a terminal. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
