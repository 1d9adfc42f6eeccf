/** A call failed for good, or a request must not be carried out. */
export class Failure extends Error {}

/** The reply to a call was lost, so that the caller does not know whether it was carried out. */
export class LostReply extends Failure {}
