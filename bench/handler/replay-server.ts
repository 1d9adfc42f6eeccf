import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Exchange } from './exchange';

/*
 * Sends the recorded replies from a separate process, without verifying signatures. With the simulator instead, its own
 * time would be added to all contenders and hide differences.
 */

/** Sent by the benchmark: the next expected requests. */
export type Load = readonly Exchange[];

/** Sent to the benchmark: the server's address, and the result of the previous requests. */
export interface Loaded {
  readonly endpoint: string;
  /** Unexpected requests. */
  readonly unexpected: number;
  /** Expected requests that did not arrive. */
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

/** Returns the reply to the first expected request with this operation, preferably one with the same body. */
function take(target: string | undefined, body: string): Exchange['reply'] {
  const index = Math.max(
    awaited.findIndex((exchange) => exchange.target === target && exchange.body === body),
    awaited.findIndex((exchange) => exchange.target === target),
  );
  if (index >= 0) return awaited.splice(index, 1)[0].reply;
  unexpected += 1;
  return { status: 400, headers: { 'content-type': 'text/plain' }, body: 'unexpected request' };
}

process.on('message', (exchanges: Load) => {
  const { port } = server.address() as AddressInfo;
  process.send!({ endpoint: `http://127.0.0.1:${port}`, unexpected, missing: awaited.length } satisfies Loaded);
  awaited = [...exchanges];
  unexpected = 0;
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send!('ready'));
