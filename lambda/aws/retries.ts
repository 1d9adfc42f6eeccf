import { once } from 'node:events';
import { isServerError, isThrottlingError, isTransientError, StandardRetryStrategy } from '@smithy/core/retry';

/** A request that is refused by throttling or a 5xx, or gets no reply, is made so often. */
const MAX_ATTEMPTS = 5;

/** The SDK's own strategy, which counts what all calls of a service have cost, waits longer each time, and gives up. */
export class Retries {
  private readonly strategy = new StandardRetryStrategy(MAX_ATTEMPTS);

  /** Makes the attempt until it succeeds, or throws the last error with the number of attempts in its `$metadata`. */
  async run<T>(attempt: () => Promise<T>, abortSignal: AbortSignal): Promise<T> {
    let token = await this.strategy.acquireInitialRetryToken('');
    for (;;) {
      try {
        const result = await attempt();
        this.strategy.recordSuccess(token);
        return result;
      } catch (thrown) {
        const error = thrown as SdkError;
        error.$metadata = { ...error.$metadata, attempts: token.getRetryCount() + 1 };
        // Waits, and throws when it is not worth to try again.
        const next = this.strategy.refreshRetryTokenForRetry(token, { error, errorType: errorType(error) }).catch(() => undefined);
        const granted = await Promise.race([next, aborted(abortSignal)]);
        if (!granted) throw error;
        token = granted;
      }
    }
  }
}

type SdkError = Parameters<typeof isServerError>[0];

/** Whether a request that failed in this way may succeed when it is made again. */
export function isRetryable(error: unknown): boolean {
  return errorType(error as SdkError) !== 'CLIENT_ERROR';
}

function errorType(error: SdkError) {
  if (isThrottlingError(error)) return 'THROTTLING';
  if (isTransientError(error)) return 'TRANSIENT';
  return isServerError(error) ? 'SERVER_ERROR' : 'CLIENT_ERROR';
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
}
