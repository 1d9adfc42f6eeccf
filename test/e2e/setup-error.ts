/** This machine, or the account, is not what the end-to-end tests need. The message is all that its user has to read. */
export class SetupError extends Error {}
