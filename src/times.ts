/*
 * Every time limit of the library, with what it depends on. Both the constructs and the handler read it; the test
 * of this file holds them to one another. Limits of AWS are named so.
 */

/** AWS: the longest that a Lambda function runs. */
export const LONGEST_INVOCATION_SECONDS = 900;

/**
 * AWS: Lambda tries an event again after one minute and after two more, when the function has died.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const RETRY_PAUSES_SECONDS = [60, 120];

/** For what Lambda and CloudFormation take between two steps. */
const SLACK_SECONDS = 30;

/** One request may take this long, unless the user says otherwise: a hundred stacks at the same moment need nearly half of it. */
export const DEFAULT_REQUEST_SECONDS = 300;

/** The shortest time for one request: waiting for IAM needs longer, but a request that waits for nobody takes seconds. */
export const SHORTEST_REQUEST_SECONDS = 30;

/** What a wait for a connection needs beside its own time: to begin, for the last look, and to answer. */
export const AROUND_WAIT_SECONDS = 60;

/** The longest wait that fits into one invocation. */
export const LONGEST_WAIT_SECONDS = LONGEST_INVOCATION_SECONDS - AROUND_WAIT_SECONDS;

/**
 * After this Lambda drops an event: two more attempts at a request fit. A wait, which takes longer, does not make it
 * longer: the function has one age for all events, and no request may begin after CloudFormation has given it up.
 */
export function maximumEventAgeSeconds(requestSeconds: number): number {
  return RETRY_PAUSES_SECONDS.reduce((sum, pause) => sum + pause + requestSeconds, SLACK_SECONDS);
}

/**
 * How long CloudFormation waits for an answer, in place of its hour: until the last attempt, which begins within the
 * event's age, has ended.
 *
 * @param requestSeconds how long a request may take
 * @param invocationSeconds how long this one may take
 */
export function serviceTimeoutSeconds(requestSeconds: number, invocationSeconds = requestSeconds): number {
  return maximumEventAgeSeconds(requestSeconds) + Math.max(requestSeconds, invocationSeconds) + SLACK_SECONDS;
}

/** One try to deliver an answer to CloudFormation. */
export const ANSWER_TRY_MS = 5_000;

/** The pauses between the first three tries; further ones are as long as there is time. */
export const ANSWER_PAUSES_MS = [250, 500];

/** Kept for giving up the answer in an orderly way, before Lambda ends the process. */
export const ANSWER_MARGIN_MS = 1_000;

/** For work whose time is up to say what it was waiting for. */
export const LAST_WORDS_MS = 1_000;

/** Kept for the answer at the end of a request: three tries. A short request keeps half of its time. */
export const ANSWER_RESERVE_MS = LAST_WORDS_MS + 3 * ANSWER_TRY_MS + ANSWER_PAUSES_MS[0] + ANSWER_PAUSES_MS[1] + ANSWER_MARGIN_MS;

/** Kept for the function's own end, where nobody is answered: events of EventBridge. */
export const EVENT_RESERVE_MS = 5_000;

/** AWS's clients: until a connection is there, and until a reply is. */
export const CONNECT_MS = 3_000;
export const REPLY_MS = 8_000;

/** One request to a source provider takes this long at most: a deployment waits for it. */
export const PROVIDER_REPLY_MS = 4_000;

/** A call that is throttled or fails is sent so often, unless the environment says otherwise (`AWS_MAX_ATTEMPTS`). */
export const CALL_ATTEMPTS = 5;

/**
 * A policy that CloudFormation has just created or changed takes effect some seconds later, rarely a minute.
 * CloudFormation does not wait for that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export const IAM_PATIENCE_MS = 60_000;

/** Pauses between two tries while access is denied: each is twice as long as the one before, up to the longest. */
export const IAM_PAUSE_MS = { shortest: 1_000, longest: 8_000 };

/**
 * Pauses between two rounds of tries while an account's quota is used up. The quota is shared: the pauses differ by
 * chance, so that functions that began together do not come back together.
 */
export const THROTTLING_PAUSE_MS = { shortest: 1_000, longest: 6_000 };

/** How long another stack's affairs may keep a request. */
export const RESTORE_REQUEST_MS = 10_000;

/** A version of a secret that an event has told of is there at once, or after a moment. */
export const STALE_READ_PAUSE_MS = 1_000;

/** Between two looks at a connection whose handshake is waited for. */
export const WAIT_INTERVAL_MS = 5_000;

/** Before a connection is created once more, times the number of the try. */
export const CREATION_PAUSE_MS = 250;

/** What was written or created within this time may not be listed yet. */
export const LIST_DELAY_MS = 3_000;

/** Longer than a Create takes from its connection to its record: whoever deletes a connection must not miss its user. */
export const DELETION_PAUSE_MS = LIST_DELAY_MS + 2_000;

/** Whoever marked a connection for deletion has finished by then, or died: longer than a Lambda function runs. */
export const LONGEST_DELETION_MS = 20 * 60_000;

/** How long a request may still arrive after another one for its resource: longer than the age at which Lambda drops it. */
export const LATE_REQUEST_MS = 60 * 60_000;
