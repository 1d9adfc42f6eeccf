import { readFileSync } from 'node:fs';
import { createServer as createProxy, IncomingMessage, ServerResponse } from 'node:http';
import * as https from 'node:https';
import { AddressInfo, connect, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { BitbucketApi } from './bitbucket';
import { GitHubApi } from './github';
import { ProviderApi, ProviderReply, ProviderRequest } from './provider-api';
import { Clock, RealClock } from '../time/clock';

/** How a response is delivered, if at all. */
export type Delivery = 'whole' | 'reset' | 'never' | 'slow body' | 'endless body';

const CERTIFICATES = join(__dirname, 'certificates');
const certificate = (name: string) => ({ key: readFileSync(join(CERTIFICATES, `${name}.key`)), cert: readFileSync(join(CERTIFICATES, `${name}.pem`)) });

/**
 * Simulated source providers: a proxy that forwards TLS connections for the providers' real host names. A client
 * needs no changes except environment variables that Node.js documents.
 *
 * @see https://nodejs.org/api/http.html#built-in-proxy-support
 */
export class SourceProviders {
  /** Whether this Node.js uses the proxy from environment variables, as 24.5, 22.21 and newer do. */
  static readonly isSupported = process.allowedNodeEnvironmentFlags.has('--use-env-proxy');

  /** `clock` is the clock of the client processes. */
  static async start(clock: Clock = new RealClock()): Promise<SourceProviders> {
    const providers = new SourceProviders(clock);
    await Promise.all(providers.servers.map(async (server) => new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    })));
    return providers;
  }

  readonly gitHub = new GitHubApi();
  readonly gitHubEnterprise = new GitHubApi('/api/v3');
  readonly gitHubWithDataResidency = new GitHubApi();
  readonly bitbucket = new BitbucketApi();
  /** The requests after TLS, in order of arrival. */
  readonly requests: ProviderRequest[] = [];
  /** The requests to the proxy: `CONNECT api.github.com:443`, or one without TLS. */
  readonly proxied: string[] = [];
  delivery: Delivery = 'whole';
  /** Whether the certificates are self-signed instead of signed by the known authority. */
  isStranger = false;
  /** Whether the proxy refuses all tunnels. */
  isProxyClosed = false;

  private readonly hosts: Readonly<Record<string, ProviderApi>> = {
    'api.github.com': this.gitHub,
    'github.example.com': this.gitHubEnterprise,
    'api.example.ghe.com': this.gitHubWithDataResidency,
    'api.bitbucket.org': this.bitbucket,
  };
  private readonly known = https.createServer(certificate('server'), (request, response) => this.serve(request, response));
  private readonly stranger = https.createServer(certificate('stranger'), (request, response) => this.serve(request, response));
  private readonly proxy = createProxy((request, response) => {
    this.proxied.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  private readonly servers: Server[] = [this.known, this.stranger, this.proxy];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly clock: Clock) {
    this.proxy.on('connect', (request: IncomingMessage, socket: Socket) => this.openTunnel(request.url!, socket));
    for (const server of this.servers) {
      server.on('connection', (socket: Socket) => {
        this.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
      });
    }
  }

  /** Environment variables that send the requests of a process to the simulated providers. */
  get environment(): Record<string, string> {
    // Without the proxy the tokens would go to the real providers.
    if (!SourceProviders.isSupported) throw new Error(`the simulated source providers need Node.js 24.5, or 22.21, or newer; this is ${process.versions.node}`);
    const proxy = `http://127.0.0.1:${portOf(this.proxy)}`;
    return { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NODE_USE_ENV_PROXY: '1', NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'authority.pem') };
  }

  /** An agent that sends the requests of this process to the simulated providers, without the proxy. */
  get agent(): https.Agent {
    const agent = new https.Agent({ ca: readFileSync(join(CERTIFICATES, 'authority.pem')) });
    agent.createConnection = (options) => connectTls({ ...options as object, host: '127.0.0.1', port: this.port });
    return agent;
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await Promise.all(this.servers.map(async (server) => new Promise((resolve) => server.close(resolve))));
  }

  private get port(): number {
    return portOf(this.isStranger ? this.stranger : this.known);
  }

  private openTunnel(authority: string, socket: Socket): void {
    this.proxied.push(`CONNECT ${authority}`);
    const [host] = authority.split(':');
    if (this.isProxyClosed) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (!(host in this.hosts)) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const server = connect(this.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      pipeline(socket, server, socket, () => undefined);
    });
  }

  private serve({ method, url, headers, socket }: IncomingMessage, response: ServerResponse): void {
    const request = { host: headers.host!, method: method!, path: url!, headers };
    this.requests.push(request);
    if (this.delivery === 'never') return this.hold(response);
    if (this.delivery === 'reset') return void socket.destroy();
    deliver(this.hosts[request.host].answer(request), response, this.delivery);
  }

  /** Sends no response until the client hangs up. */
  private hold(response: ServerResponse): void {
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    void this.clock.holdRequest(Infinity, closed.signal);
  }
}

/** The delay between two characters of a slow body. */
const SLOW_MS = 50;

function deliver({ status, headers, body }: ProviderReply, response: ServerResponse, delivery: Delivery): void {
  response.writeHead(status, headers);
  if (delivery === 'whole') return void response.end(body);
  const characters = delivery === 'slow body' ? [...body] : undefined;
  const filler = ' '.repeat(65_536);
  const timer = setInterval(() => response.write(characters ? characters.shift() ?? ' ' : filler), characters ? SLOW_MS : 1);
  response.on('close', () => clearInterval(timer));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
