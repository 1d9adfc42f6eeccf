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
import { look } from './schedule';
import { reconcile } from '../ownership/reconcile';

/** An event of EventBridge, as far as it matters here. */
export interface BusEvent {
  readonly 'detail-type': unknown;
  readonly 'resources'?: unknown;
  readonly 'detail'?: { readonly [name: string]: unknown } | null;
}

/** Whether an event is one of EventBridge's, and not one of CloudFormation's. */
export function isBusEvent(event: unknown): event is BusEvent {
  return typeof event === 'object' && event !== null && 'detail-type' in event;
}

/**
 * Makes CodeBuild hold again what it should. Each server type is handled separately; throws when one
 * of them failed, so that Lambda tries again and counts an error.
 */
export async function handleBusEvent(event: BusEvent, context: LambdaContext): Promise<void> {
  const stackId = process.env[STACK_ID_VARIABLE]!;
  // Does not wait for IAM: Lambda sends the event again, and a stack that is being deleted has no role any more.
  const deadline = new Deadline(context.getRemainingTimeInMillis() - EVENT_RESERVE_MS, 0);
  const work = workOf(event, stackId, deadline);
  const serverTypes = serverTypesOf(event);
  try {
    const results = await Promise.allSettled(serverTypes.map(work));
    const failed = results.flatMap((result, index) => result.status === 'rejected' ? { serverType: serverTypes[index], error: result.reason as unknown } : []);
    results.forEach((result, index) => {
      // An event about something else neither fails nor repairs anything.
      if (result.status === 'fulfilled' && result.value === false) return;
      publishMetrics(serverTypes[index], { RefreshFailures: Number(result.status === 'rejected') });
    });
    for (const { serverType, error } of failed) {
      log('error', 'could not make sure that CodeBuild holds the right credential', { serverType, event: String(event['detail-type']), reason: reasonOf(error) });
    }
    const worthAnotherTry = failed.filter(({ error }) => !(error instanceof TokenRefusal));
    if (worthAnotherTry.length > 0) throw new Error(worthAnotherTry.map(({ serverType, error }) => `${serverType}: ${reasonOf(error)}`).join('; '));
  } finally {
    deadline.end();
  }
}

/** What is to be done for each server type. Gives back false where the event is about something else. */
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
      return async (serverType) => look(serverType, stackId, deadline);
    default:
      throw new Error('not an event that this function handles');
  }
}

/** Only those that the stack has: the function may touch no others. */
function serverTypesOf({ detail }: BusEvent): ServerTypeName[] {
  const ofStack = (process.env[SERVER_TYPES_VARIABLE] ?? '').split(',');
  return SERVER_TYPES.filter((serverType) => ofStack.includes(serverType) && (detail?.serverType ?? serverType) === serverType);
}
