import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { EndpointParameters, EndpointV2, HandlerExecutionContext, Logger, Pluggable } from '@smithy/types';
import { CALL_ATTEMPTS, CONNECT_MS, REPLY_MS } from '../../src/times';

/** For all clients, so that its connections are used again. */
const requestHandler = new NodeHttpHandler({ connectionTimeout: CONNECT_MS, requestTimeout: REPLY_MS, throwOnRequestTimeout: true });

/** What the clients of all services have in common. Everything else is the SDK's default, which the environment can change. */
export function clientConfig(region: string) {
  return {
    region,
    requestHandler,
    // Stands in CloudTrail.
    customUserAgent: 'cdk-codebuild-source-credentials',
    ...process.env.AWS_MAX_ATTEMPTS === undefined && { maxAttempts: CALL_ATTEMPTS },
  };
}

/** What of a client is changed here. */
interface Client {
  readonly config: { endpointProvider: (parameters: EndpointParameters, context?: { logger?: Logger }) => EndpointV2 };
  readonly middlewareStack: { use(plugin: Pluggable<any, any>): void };
}

/** One client of AWS's SDK for each set of arguments, made when it is first asked for. */
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
 * Makes the SDK throw what went wrong with the last try. On its own it throws its parser's error where a
 * gateway answers with HTML, and a mere AbortError where the time is up between two tries.
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

/** What a gateway on the way answers may be no JSON, or JSON that says nothing: then only its status tells anything. */
function errorOfStatus(error: unknown): Error | undefined {
  const { $fault, $response, message, name } = error as Error & { $fault?: unknown; $response?: { statusCode: number } };
  const isTold = $fault !== undefined && !(name === 'Unknown' && message === 'UnknownError');
  if (isTold || $response === undefined || $response.statusCode < 400) return undefined;
  const { statusCode: httpStatusCode } = $response;
  return Object.assign(new Error(`HTTP status ${httpStatusCode}`), {
    name: 'UnknownError', $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode }, $response,
  });
}

/** For one command: acts before each try, those that the SDK repeats included, and forbids the try by throwing. */
export function beforeEachTry(act: () => Promise<void>): Pluggable<any, any> {
  return {
    applyToStack(stack) {
      stack.add((next) => async (args) => {
        await act();
        return next(args);
      }, { step: 'finalizeRequest', name: 'beforeEachTry' });
    },
  };
}

/**
 * Has a client speak to a service that has the same rules for endpoints, under another name. The protocol and the
 * name in signatures are the client's configuration.
 */
export function renameEndpoint<C extends Client>(client: C, name: string | RegExp, newName: string): C {
  const { endpointProvider } = client.config;
  client.config.endpointProvider = (parameters, context) => {
    const endpoint = endpointProvider(parameters, context);
    // Whoever names an endpoint means that one.
    if (parameters.Endpoint !== undefined) return endpoint;
    const url = new URL(endpoint.url);
    url.hostname = url.hostname.replace(name, newName);
    return { ...endpoint, url };
  };
  return client;
}
