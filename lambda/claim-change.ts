import { Deadline } from './deadline';
import type { LambdaContext } from './lifecycle';
import { heal } from './ownership';
import { AUTH_TYPES_OF_SERVER, claimParameterName, ServerTypeName, STACK_ID_VARIABLE } from '../src/properties';

/** EventBridge's event about a parameter, as far as it is needed. */
interface ParameterStoreChange {
  readonly id: string;
  readonly detail: { readonly name: string };
}

/** Kept for the function's own end. */
const RESERVE_MS = 5_000;

/**
 * Whether an event tells that a parameter has changed.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
 */
export function isParameterStoreChange(event: unknown): event is ParameterStoreChange {
  const { 'detail-type': detailType, id, detail } = (event ?? {}) as Record<string, unknown> & { detail?: { name?: unknown } };
  return detailType === 'Parameter Store Change' && typeof id === 'string' && typeof detail?.name === 'string';
}

/**
 * Somebody has changed a claim: where it has left an owner of this stack without its credential in
 * CodeBuild, it is brought back. Throws what went wrong, so that Lambda tries again and counts an error.
 */
export async function handleClaimChange({ id, detail }: ParameterStoreChange, context: LambdaContext): Promise<void> {
  const serverType = (Object.keys(AUTH_TYPES_OF_SERVER) as ServerTypeName[]).find((candidate) => claimParameterName(candidate) === detail.name);
  if (!serverType) throw new Error(`not a claim of this library: ${detail.name}`);

  // Not patient with IAM: Lambda sends the event again, and a stack that is deleted has no role any more.
  const deadline = new Deadline(context.getRemainingTimeInMillis() - RESERVE_MS, 0);
  try {
    await heal(serverType, process.env[STACK_ID_VARIABLE]!, id, deadline);
  } finally {
    deadline.end();
  }
}
