import { Handler, loadHandler, MAX_BUNDLES, Outside } from './process-sandbox';

/** A simulated process that has loaded the handler. */
export interface Process {
  readonly accessKeyId: string;
  readonly environment: Record<string, string>;
  readonly outside: Outside;
  readonly handler: Handler;
}

const idle = new Map<string, Process[]>();
let loaded = 0;

/** Returns an idle process, or loads a new one. */
export function acquire(bundle: string, endpoint: string, outside: Outside): Process {
  if (!idle.has(bundle) && idle.size >= MAX_BUNDLES) idle.clear();
  const process = idle.get(bundle)?.pop();
  if (process) {
    Object.assign(process.outside, outside);
    return process;
  }
  loaded += 1;
  const accessKeyId = `ASIA${String(loaded).padStart(16, '0')}`;
  const environment: Record<string, string> = {
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  };
  return { accessKeyId, environment, outside, handler: loadHandler(bundle, environment, outside) };
}

/** Keeps a process for the next world, since loading the handler takes longer than most of its work. */
export function release(bundle: string, process: Process): void {
  idle.set(bundle, [...idle.get(bundle) ?? [], process]);
}
