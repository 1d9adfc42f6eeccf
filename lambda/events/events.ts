import {
  RESTORE_DETAIL_TYPE, SERVER_TYPES, SERVER_TYPES_VARIABLE, ServerTypeName, STACK_ID_VARIABLE,
} from '../../src/contract';
import { EVENT_RESERVE_MS } from '../../src/times';
import type { LambdaContext } from '../cloudformation/lifecycle';
import { TokenRefusal } from '../credentials/token-check';
import { Deadline } from '../deadline';
import { reasonOf } from '../failure';
import { log } from '../log';
import { publishMetrics } from '../metrics';
import { refresh } from './rotation';
import { runDailyCheck } from './schedule';
import { reconcile } from '../ownership/reconcile';

/** The parts of an EventBridge event that the handler uses. */
export interface BusEvent {
  readonly 'detail-type': unknown;
  readonly 'resources'?: unknown;
  readonly 'detail'?: { readonly [name: string]: unknown } | null;
}

/** Whether an event is from EventBridge, not from CloudFormation. */
export function isBusEvent(event: unknown): event is BusEvent {
  return typeof event === 'object' && event !== null && 'detail-type' in event;
}

/**
 * Handles an event of EventBridge, separately for each server type. Throws if one of them failed, so that Lambda retries
 * the event and counts an error.
 */
export async function handleBusEvent(event: BusEvent, context: LambdaContext): Promise<void> {
  const stackId = process.env[STACK_ID_VARIABLE]!;
  // Does not wait for IAM: Lambda retries the event, and a stack that is being deleted no longer has a role.
  const deadline = new Deadline(context.getRemainingTimeInMillis() - EVENT_RESERVE_MS, 0);
  const work = workOf(event, stackId, deadline);
  const serverTypes = serverTypesOf(event);
  try {
    const results = await Promise.allSettled(serverTypes.map(work));
    const failed = results.flatMap((result, index) => result.status === 'rejected' ? { serverType: serverTypes[index], error: result.reason as unknown } : []);
    results.forEach((result, index) => {
      // An event that does not concern this server type is neither a failure nor a success.
      if (result.status === 'fulfilled' && result.value === false) return;
      publishMetrics(serverTypes[index], { RefreshFailures: Number(result.status === 'rejected') });
    });
    for (const { serverType, error } of failed) {
      log('error', 'could not refresh the credential', { serverType, event: String(event['detail-type']), reason: reasonOf(error) });
    }
    const toRetry = failed.filter(({ error }) => !(error instanceof TokenRefusal));
    if (toRetry.length > 0) throw new Error(toRetry.map(({ serverType, error }) => `${serverType}: ${reasonOf(error)}`).join('; '));
  } finally {
    deadline.end();
  }
}

/** Returns the work for each server type. The work returns false if the event does not concern the server type. */
function workOf({ 'detail-type': detailType, detail, resources }: BusEvent, stackId: string, deadline: Deadline): (serverType: ServerTypeName) => Promise<unknown> {
  switch (detailType) {
    case RESTORE_DETAIL_TYPE:
      if (detail?.stackId !== stackId) throw new Error('not an event for this stack');
      return async (serverType) => reconcile({ serverType, stackId, isRestore: true }, deadline);
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
    case 'Secret Label Updated': {
      const { name, versionId } = detail ?? {};
      const [secretArn] = [resources].flat();
      return async (serverType) => refresh(serverType, stackId, { name, secretArn, versionId }, deadline);
    }
    case 'Scheduled Event':
      return async (serverType) => runDailyCheck(serverType, stackId, deadline);
    default:
      throw new Error('not an event that this function handles');
  }
}

/** The server types of the event, limited to those of the stack: the function may not access others. */
function serverTypesOf({ detail }: BusEvent): ServerTypeName[] {
  const ofStack = (process.env[SERVER_TYPES_VARIABLE] ?? '').split(',');
  return SERVER_TYPES.filter((serverType) => ofStack.includes(serverType) && (detail?.serverType ?? serverType) === serverType);
}
