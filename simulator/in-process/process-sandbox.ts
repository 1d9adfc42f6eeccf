import * as crypto from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Timer, VirtualClock } from './virtual-clock';

/** The handler under test: the bundle of `npx projen bundle`, or a mutated one from `HANDLER_BUNDLE`. */
export const BUNDLE = process.env.HANDLER_BUNDLE ?? join(__dirname, '..', '..', 'assets', 'lambda', 'handler', 'index.js');

export type Handler = (event: unknown, context: unknown) => Promise<unknown>;

export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export type WireReply = { readonly status: number; readonly headers: Record<string, string>; readonly body: string } | 'reset';

/** Sends a request; `reply` is called once, or never. */
export type Send = (request: WireRequest, reply: (reply: WireReply) => void) => void;

/** What connects a simulated process with its world. The pool replaces the members when another world reuses an idle process. */
export interface Outside {
  clock: VirtualClock;
  /** How far this process's clock is ahead of AWS's. */
  skewMs: number;
  random: () => number;
  send: Send;
  log: (line: string) => void;
}

const require_ = createRequire(__filename);
const PARAMETERS = [
  'require', 'module', 'exports', 'process', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'AbortSignal',
  'console', 'Math',
];
/** Enough for two releases side by side, and the latest mutated bundles. */
export const MAX_BUNDLES = 4;
const compiled = new Map<string, Function>();

/**
 * Loads the bundle into this process, with its own environment, clock, randomness and network. `outside` is the owner
 * of its timers.
 */
export function loadHandler(bundle: string, environment: Record<string, string>, outside: Outside): Handler {
  const module: { exports: { handler?: Handler } } = { exports: {} };
  const setTimer = (ring: (...args: unknown[]) => void, milliseconds?: number, ...args: unknown[]): Timer =>
    outside.clock.setTimeout(outside, () => ring(...args), milliseconds);
  const print = (...parts: unknown[]) => outside.log(parts.map(String).join(' '));
  const real = pick(process, ['version', 'versions', 'platform', 'arch', 'release', 'pid', 'nextTick']);
  const stdout = { write: (text: string) => outside.log(text.replace(/\n$/, '')) };
  const process_ = { ...real, env: environment, stdout, emitWarning: () => undefined };
  compile(bundle)(
    requireFor(outside, process_), module, module.exports, process_,
    setTimer, (timer: Timer) => outside.clock.clear(timer), () => { throw new Error('not simulated: setInterval'); }, () => undefined,
    dateOf(outside), abortSignalOf(outside),
    { log: print, info: print, warn: print, error: print, debug: () => undefined, trace: () => undefined },
    Object.create(Math, { random: { value: () => outside.random() } }),
  );
  return module.exports.handler!;
}

function compile(bundle: string): Function {
  let function_ = compiled.get(bundle);
  if (!function_) {
    if (compiled.size >= MAX_BUNDLES) compiled.clear();
    // Code in `new Function` cannot use `import()`.
    const code = readFileSync(bundle, 'utf8').replace(/\bimport\(("node:[\w/]+")\)/g, 'Promise.resolve(require($1))');
    function_ = new Function(...PARAMETERS, code);
    compiled.set(bundle, function_);
  }
  return function_;
}

/** A shared error. The clients keep it forever, and the stack of a new error would keep the objects of its caller alive. */
const NO_FILE = Object.assign(new Error('no such file'), { code: 'ENOENT' });

function requireFor(outside: Outside, process_: object): (name: string) => unknown {
  const http = { Agent, request: requestWith(outside) };
  const hashes = { createHash: { value: createHash }, createHmac: { value: createHash } };
  const noFile = () => { throw NO_FILE; };
  const replaced: Record<string, unknown> = {
    'node:http': http,
    'node:https': http,
    'node:process': process_,
    'node:crypto': Object.create(require_('node:crypto') as object, hashes),
    'node:fs/promises': { readFile: async () => noFile() },
    'node:fs': { promises: { readFile: async () => noFile() }, readFileSync: noFile },
    'node:timers/promises': { setTimeout: sleepWith(outside) },
  };
  return (name) => replaced[name] ?? require_(name);
}

/** Skips digests in bytes: the clients only use them for signatures, which take time and are not verified here. */
function createHash(algorithm: string) {
  let text = '';
  const hash = {
    copy: () => hash,
    update: (more: unknown) => {
      text += typeof more === 'string' ? more : '';
      return hash;
    },
    digest: (encoding?: crypto.BinaryToTextEncoding) => encoding ? crypto.createHash(algorithm).update(text).digest(encoding) : SIGNATURE,
  };
  return hash;
}

const SIGNATURE = Buffer.alloc(32);

function sleepWith(outside: Outside) {
  return async (milliseconds: number, value?: unknown, { signal }: { signal?: AbortSignal } = {}) => new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError());
    const timer = outside.clock.setTimeout(outside, () => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, milliseconds);
    const abort = () => {
      outside.clock.clear(timer);
      reject(abortError());
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function dateOf(outside: Outside): unknown {
  return class extends Date {
    static override now(): number {
      return outside.clock.now() + outside.skewMs;
    }

    constructor(...args: unknown[]) {
      if (args.length === 0) super(outside.clock.now() + outside.skewMs);
      else super(...args as [number]);
    }
  };
}

function abortSignalOf(outside: Outside): unknown {
  const timeout = (milliseconds: number) => {
    const controller = new AbortController();
    outside.clock.setTimeout(outside, () => controller.abort(Object.assign(new Error('timeout'), { name: 'TimeoutError' })), milliseconds);
    return controller.signal;
  };
  // Node.js keeps its own combined signals in memory as long as they have listeners, even after their simulated process has died.
  const any = (signals: AbortSignal[]) => {
    const controller = new AbortController();
    signals.forEach((signal) => signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true }));
    if (signals.some(({ aborted }) => aborted)) controller.abort();
    return controller.signal;
  };
  const replaced: Record<string | symbol, unknown> = { any, timeout };
  return new Proxy(AbortSignal, { get: (target, name) => replaced[name] ?? Reflect.get(target, name) });
}

function abortError(): Error {
  return Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' });
}

class Agent {
  destroy(): void {}
}

/** Returns `http.request` with the arguments that the handler and AWS's clients use. */
function requestWith(outside: Outside) {
  return (...args: any[]): ClientRequest => {
    const callback = args.pop() as (response: Readable) => void;
    const [target, options = {}] = args[0] instanceof URL ? [{ path: args[0].pathname + args[0].search }, args[1]] : [args[0]];
    const { headers, method, path } = { ...target, ...options };
    return new ClientRequest(outside.send, { path, headers, method, signal: options.signal }, callback);
  };
}

interface RequestOptions {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, unknown>;
  readonly signal?: AbortSignal;
}

const noop = () => undefined;
const SOCKET = { connecting: false, setTimeout: noop, setKeepAlive: noop, removeListener: noop, destroy: noop };

class ClientRequest extends EventEmitter {
  readonly socket = SOCKET;
  private isOver = false;

  constructor(
    private readonly send: Send, private readonly options: RequestOptions, private readonly callback: (response: Readable) => void,
  ) {
    super();
    options.signal?.addEventListener('abort', () => this.destroy(abortError()));
  }

  end(body: Buffer | string = ''): void {
    const { headers, method, path } = this.options;
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
    this.send({ method, url: path, headers: sent, body: Buffer.from(body as string) }, (reply) => this.receive(reply));
  }

  destroy(error?: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    if (error) this.emit('error', error);
    this.emit('close');
  }

  private receive(reply: WireReply): void {
    if (this.isOver) return;
    if (reply === 'reset') return this.destroy(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    this.isOver = true;
    const response = new Readable({ read: () => undefined });
    Object.assign(response, { statusCode: reply.status, statusMessage: '', headers: reply.headers });
    this.emit('response', response);
    this.callback(response);
    response.push(reply.body);
    response.push(null);
    this.emit('close');
  }
}

function pick<T extends object, K extends keyof T>(from: T, names: K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>;
}
