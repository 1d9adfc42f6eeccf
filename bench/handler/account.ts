/** The account of the benchmark's events. */
export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';
export const STACK_ID = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Infrastructure/00000000-0000-4000-8000-000000000000`;
