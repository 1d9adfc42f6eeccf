/** This machine or the account does not meet the tests' requirements. Only the message is printed, without a stack trace. */
export class SetupError extends Error {}
