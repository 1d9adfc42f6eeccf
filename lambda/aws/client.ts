import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { EndpointParameters, EndpointV2, HandlerExecutionContext, Logger, Pluggable } from '@smithy/types';
import { CALL_ATTEMPTS, CONNECT_MS, REPLY_MS } from '../../src/times';

/** Shared by all clients, so that they reuse connections. */
const requestHandler = new NodeHttpHandler({ connectionTimeout: CONNECT_MS, requestTimeout: REPLY_MS, throwOnRequestTimeout: true });

/** The common configuration of all clients. Everything else is the SDK's default, which the environment can change. */
export function clientConfig(region: string) {
  return {
    region,
    requestHandler,
    // CloudTrail shows it.
    customUserAgent: 'cdk-codebuild-source-credentials',
    ...process.env.AWS_MAX_ATTEMPTS === undefined && { maxAttempts: CALL_ATTEMPTS },
  };
}

/** The parts of a client that are changed here. */
interface Client {
  readonly config: { endpointProvider: (parameters: EndpointParameters, context?: { logger?: Logger }) => EndpointV2 };
  readonly middlewareStack: { use(plugin: Pluggable<any, any>): void };
}

/** Returns a function that creates one client for each set of arguments, on first use. */
export function clients<A extends unknown[], C extends Client>(create: (...args: A) => C): (...args: A) => C {
  const known = new Map<string, C>();
  return (...args) => {
    const key = JSON.stringify(args);
    const client = known.get(key) ?? create(...args);
    if (!known.has(key)) client.middlewareStack.use(THROW_LAST_ERROR);
    known.set(key, client);
    return client;
  };
}

/**
 * Makes the SDK throw the error of the last attempt. By default it throws its parser's error if a gateway responds with
 * HTML, and only an AbortError if the time is up between two attempts.
 */
const THROW_LAST_ERROR: Pluggable<any, any> = {
  applyToStack(stack) {
    const lastErrors = new WeakMap<HandlerExecutionContext, unknown>();
    stack.add((next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw lastErrors.get(context) ?? error;
      }
    }, { step: 'initialize', priority: 'high', name: 'throwLastError' });
    stack.add((next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const lastError = errorOfStatus(error) ?? error;
        lastErrors.set(context, lastError);
        throw lastError;
      }
    }, { step: 'finalizeRequest', name: 'keepLastError' });
  },
};

/** An error with the HTTP status, if the response has no error that can be read: a gateway may send HTML or other JSON. */
function errorOfStatus(error: unknown): Error | undefined {
  const { $fault, $response, message, name } = error as Error & { $fault?: unknown; $response?: { statusCode: number } };
  const isServiceError = $fault !== undefined && !(name === 'Unknown' && message === 'UnknownError');
  if (isServiceError || $response === undefined || $response.statusCode < 400) return undefined;
  const { statusCode: httpStatusCode } = $response;
  return Object.assign(new Error(`HTTP status ${httpStatusCode}`), {
    name: 'UnknownError', $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode }, $response,
  });
}

/** Runs something before each attempt at a command, also before the SDK's retries. It can throw to prevent the attempt. */
export function beforeEachAttempt(act: () => Promise<void>): Pluggable<any, any> {
  return {
    applyToStack(stack) {
      stack.add((next) => async (args) => {
        await act();
        return next(args);
      }, { step: 'finalizeRequest', name: 'beforeEachAttempt' });
    },
  };
}

/**
 * Makes a client call another service, whose endpoints follow the same rules with another name. The client's
 * configuration sets the protocol and the name in signatures.
 */
export function renameEndpoint<C extends Client>(client: C, name: string | RegExp, newName: string): C {
  const { endpointProvider } = client.config;
  client.config.endpointProvider = (parameters, context) => {
    const endpoint = endpointProvider(parameters, context);
    // The environment sets this endpoint explicitly.
    if (parameters.Endpoint !== undefined) return endpoint;
    const url = new URL(endpoint.url);
    url.hostname = url.hostname.replace(name, newName);
    return { ...endpoint, url };
  };
  return client;
}
