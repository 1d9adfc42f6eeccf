import { createServer, request, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * A proxy that marks requests to an emulator as sent over TLS, as a TLS terminator does. The bucket of
 * `cdk bootstrap` denies all others. The loopback interface itself needs no TLS.
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
      // Keep the Host header as the client sent it, because the signature covers it.
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
