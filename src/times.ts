/*
 * Every time limit of the library, and what it depends on. Both the constructs and the handler use them. A test
 * checks that they are consistent. Limits of AWS begin with "AWS:".
 */

/** AWS: the longest timeout of a Lambda function. */
export const LONGEST_INVOCATION_SECONDS = 900;

/**
 * AWS: if the function fails, Lambda retries an event after one minute, and once more after two more minutes.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const RETRY_PAUSES_SECONDS = [60, 120];

/** Covers the delays of Lambda and CloudFormation between two steps. */
const SLACK_SECONDS = 30;

/** How long one request may take by default: a hundred stacks that deploy at the same moment need nearly half of it. */
export const DEFAULT_REQUEST_SECONDS = 300;

/** The shortest time for one request. It is too short to wait for IAM, but a request without waits takes seconds. */
export const SHORTEST_REQUEST_SECONDS = 30;

/** What an invocation that waits for a connection needs in addition: to begin, to check a last time, and to answer. */
export const WAIT_OVERHEAD_SECONDS = 60;

/** The longest wait that fits into one invocation. */
export const LONGEST_WAIT_SECONDS = LONGEST_INVOCATION_SECONDS - WAIT_OVERHEAD_SECONDS;

/**
 * The age at which Lambda drops an event: long enough for two retries of a request. A wait takes longer but does not
 * raise it: the setting applies to all events of the function, and no request may begin after CloudFormation has
 * timed it out.
 */
export function maximumEventAgeSeconds(requestSeconds: number): number {
  return RETRY_PAUSES_SECONDS.reduce((sum, pause) => sum + pause + requestSeconds, SLACK_SECONDS);
}

/**
 * How long CloudFormation waits for an answer, instead of one hour: until the end of the last attempt, which begins
 * before Lambda drops the event.
 *
 * @param requestSeconds how long a request may take
 * @param invocationSeconds how long this one may take
 */
export function serviceTimeoutSeconds(requestSeconds: number, invocationSeconds = requestSeconds): number {
  return maximumEventAgeSeconds(requestSeconds) + Math.max(requestSeconds, invocationSeconds) + SLACK_SECONDS;
}

/** The timeout of one attempt to send an answer to CloudFormation. */
export const ANSWER_TRY_MS = 5_000;

/** The pauses between the first three attempts. Further attempts follow while there is time. */
export const ANSWER_PAUSES_MS = [250, 500];

/** Reserved to stop sending the answer before Lambda terminates the process. */
export const ANSWER_MARGIN_MS = 1_000;

/** How long work that is out of time may take to fail with an error that says what it was waiting for. */
export const ABORT_GRACE_MS = 1_000;

/** Reserved for the answer at the end of a request: three attempts. A short request reserves half of its time. */
export const ANSWER_RESERVE_MS = ABORT_GRACE_MS + 3 * ANSWER_TRY_MS + ANSWER_PAUSES_MS[0] + ANSWER_PAUSES_MS[1] + ANSWER_MARGIN_MS;

/** Reserved at the end of an event of EventBridge, which needs no answer. */
export const EVENT_RESERVE_MS = 5_000;

/** AWS's clients: how long to wait for a connection, and for a reply. */
export const CONNECT_MS = 3_000;
export const REPLY_MS = 8_000;

/** The timeout of a request to a source provider. A deployment waits for it. */
export const PROVIDER_REPLY_MS = 4_000;

/** How many times a call is attempted if it is throttled or fails. The environment can override it (`AWS_MAX_ATTEMPTS`). */
export const CALL_ATTEMPTS = 5;

/**
 * How long a call is retried while access is denied. A policy that CloudFormation has just created or changed takes
 * effect after some seconds, rarely after a minute, and CloudFormation does not wait for that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export const IAM_RETRY_MS = 60_000;

/** Pauses between two attempts while access is denied: each is twice as long as the previous one, up to the longest. */
export const IAM_PAUSE_MS = { shortest: 1_000, longest: 8_000 };

/**
 * Pauses between two rounds of attempts while the account's quota is used up. All functions share the quota. The pauses
 * are random, so that functions that started together do not retry together.
 */
export const THROTTLING_PAUSE_MS = { shortest: 1_000, longest: 6_000 };

/** How long a request may take to ask another stack to restore its credential. */
export const RESTORE_REQUEST_MS = 10_000;

/** How long to wait before a secret is read again whose new version is not visible yet. */
export const STALE_READ_PAUSE_MS = 1_000;

/** The pause between two status checks while waiting for a connection's handshake. */
export const WAIT_INTERVAL_MS = 5_000;

/** The pause before the next attempt to create a connection, multiplied by the number of the attempt. */
export const CREATION_PAUSE_MS = 250;

/** How long something that was written or created may be missing in lists. */
export const LIST_DELAY_MS = 3_000;

/**
 * The pause before a connection is deleted. It is longer than a Create takes from its connection to its record: the
 * deletion must see that record.
 */
export const DELETION_PAUSE_MS = LIST_DELAY_MS + 2_000;

/** After this, a request that marked a connection for deletion is certainly over: longer than a Lambda function runs. */
export const LONGEST_DELETION_MS = 20 * 60_000;

/** How late a request may arrive after another one for its resource: longer than the age at which Lambda drops events. */
export const LATE_REQUEST_MS = 60 * 60_000;
