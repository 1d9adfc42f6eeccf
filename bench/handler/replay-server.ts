import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Exchange } from './exchange';

/*
 * Gives the replies that were taken down. In a process of its own, and without looking at signatures:
 * the time that the simulator takes would be part of everybody's and make all alike.
 */

/** From the benchmark: what will be asked for next. */
export type Load = readonly Exchange[];

/** To the benchmark: where to ask, and what has become of what was awaited before. */
export interface Loaded {
  readonly endpoint: string;
  /** Requests that nobody awaited. */
  readonly unexpected: number;
  /** Requests that were awaited and did not come. */
  readonly missing: number;
}

let awaited: Exchange[] = [];
let unexpected = 0;

const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await text(incoming);
  const { status, headers, body: reply } = take(incoming.headers['x-amz-target'] as string | undefined, body);
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(reply) }).end(reply);
}

/** The first one of its operation; among those made at the same time, the one that was asked for in the same words. */
function take(target: string | undefined, body: string): Exchange['reply'] {
  const index = Math.max(
    awaited.findIndex((exchange) => exchange.target === target && exchange.body === body),
    awaited.findIndex((exchange) => exchange.target === target),
  );
  if (index >= 0) return awaited.splice(index, 1)[0].reply;
  unexpected += 1;
  return { status: 400, headers: { 'content-type': 'text/plain' }, body: 'nobody has asked for this before' };
}

process.on('message', (exchanges: Load) => {
  const { port } = server.address() as AddressInfo;
  process.send!({ endpoint: `http://127.0.0.1:${port}`, unexpected, missing: awaited.length } satisfies Loaded);
  awaited = [...exchanges];
  unexpected = 0;
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send!('ready'));
