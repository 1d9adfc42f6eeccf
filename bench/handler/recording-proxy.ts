import { createServer, IncomingMessage, request, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exchange, Stage } from './exchange';

/** The delay of each call, long enough for concurrent calls to overlap. */
const DELAY_MS = 100;

/** A proxy between the handler and the simulator that records all requests and replies. */
export class RecordingProxy {
  static async start(endpoint: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(new URL(endpoint));
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  private readonly server: Server = createServer((incoming, outgoing) => void this.forward(incoming, outgoing));
  private stages: Exchange[][] = [];
  private pendingCalls = 0;

  private constructor(private readonly aws: URL) {}

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Returns what was recorded since the last call. */
  take(): Stage[] {
    return this.stages.splice(0);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (this.pendingCalls === 0) this.stages.push([]);
    const stage = this.stages.at(-1)!;
    this.pendingCalls += 1;
    const body = await buffer(incoming);
    await sleep(DELAY_MS);
    const reply = await this.ask(incoming, body);
    stage.push({ ...describe(incoming), body: body.toString(), reply });
    this.pendingCalls -= 1;
    outgoing.writeHead(reply.status, reply.headers).end(reply.body);
  }

  /** Forwards the headers unchanged, since they are signed. */
  private async ask({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Exchange['reply']> {
    const { hostname, port } = this.aws;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ hostname, port, method, path: url, headers }, resolve).on('error', reject).end(body);
    });
    const { 'content-type': contentType = '', 'x-amzn-errortype': errorType } = response.headers as Record<string, string | undefined>;
    return {
      status: response.statusCode!,
      headers: { 'content-type': contentType, ...errorType !== undefined && { 'x-amzn-errortype': errorType } },
      body: (await buffer(response)).toString(),
    };
  }
}

function describe({ method, url, headers }: IncomingMessage): Omit<Exchange, 'body' | 'reply'> {
  const [, region, service] = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  return {
    method: method!,
    path: url!,
    target: headers['x-amz-target'] as string | undefined,
    contentType: headers['content-type'] ?? '',
    service,
    region,
  };
}
