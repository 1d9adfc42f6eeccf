import { createServer, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface HttpRequest {
  readonly method: string;
  /** Path and query exactly as in the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborted when the client has received its response or hangs up. */
  readonly closed: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A response, a broken connection, or no response until the client hangs up. */
export type Reply = HttpResponse | 'reset' | 'never';

/** An HTTP server on a free port of the loopback interface. */
export class LoopbackServer {
  private readonly server = createServer((request, response) => void this.serve(request, response));

  constructor(private readonly handle: (request: HttpRequest) => Promise<Reply>) {}

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(0, '127.0.0.1', resolve);
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.close((error) => (error ? reject(error) : resolve()));
      // Idle and unanswered connections would keep the server open.
      this.server.closeAllConnections();
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => undefined);
    // Undefined if the client hung up before it had sent the whole body.
    if (body === undefined) return;
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    const reply = await this.handle({ method: request.method!, url: request.url!, headers: request.headers, body, closed: closed.signal })
      .catch(failure);
    if (reply === 'reset') {
      request.socket.resetAndDestroy();
    } else if (reply !== 'never') {
      response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) }).end(reply.body);
    }
  }
}

/** Returns a bug of the simulator as a response. Otherwise it would look like a network fault. */
function failure(error: Error): HttpResponse {
  return { status: 500, headers: { 'content-type': 'text/plain' }, body: `the AWS simulator failed: ${error.stack}` };
}
