import { createServer, request, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * Stands before an emulator as what ends TLS stands before a service, and tells it that a request came
 * over TLS: the bucket of `cdk bootstrap` refuses all others. Loopback needs no TLS itself.
 */
export class TlsFront {
  static async start(port: number): Promise<TlsFront> {
    const front = new TlsFront(port);
    await new Promise<void>((resolve, reject) => {
      front.server.once('error', reject);
      front.server.listen(0, '127.0.0.1', resolve);
    });
    return front;
  }

  private readonly server: Server;

  private constructor(port: number) {
    this.server = createServer((incoming, reply) => {
      const { method, url: path, headers } = incoming;
      // The host as the client knows it: it is signed.
      const forwarded = request({ host: '127.0.0.1', port, method, path, headers: { ...headers, 'x-forwarded-proto': 'https' } }, (answer) => {
        reply.writeHead(answer.statusCode!, answer.headers);
        pipeline(answer, reply, () => undefined);
      });
      pipeline(incoming, forwarded, (error) => error && reply.destroy(error));
      forwarded.on('error', (error) => reply.destroy(error));
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}
