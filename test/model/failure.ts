/** A call that has failed for good, or a request that must not be carried out. */
export class Failure extends Error {}

/** Nobody knows whether the call was carried out. */
export class LostReply extends Failure {}
