import { Handler, loadHandler, MAX_BUNDLES, Outside } from './process-sandbox';

/** A process with the handler loaded. */
export interface Process {
  readonly accessKeyId: string;
  readonly environment: Record<string, string>;
  readonly outside: Outside;
  readonly handler: Handler;
}

const idle = new Map<string, Process[]>();
let loaded = 0;

/** A process that nothing unusual has happened to, or a new one. */
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

/** For another world: loading a process takes longer than most of what it does. */
export function release(bundle: string, process: Process): void {
  idle.set(bundle, [...idle.get(bundle) ?? [], process]);
}
