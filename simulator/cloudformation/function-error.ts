/** The function threw, timed out or was terminated. Lambda then retries an asynchronous event. */
export class FunctionError extends Error {}
