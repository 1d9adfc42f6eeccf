let last: string | undefined;

/**
 * Prints what is being measured to stderr, so that stdout only contains the tables. On a terminal it updates the line;
 * otherwise it prints each measurement once.
 */
export function progress(what: string, state = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what} ${state}`);
  else if (what !== last) process.stderr.write(`${what}\n`);
  last = what;
}

/** Ends the progress line on a terminal. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
