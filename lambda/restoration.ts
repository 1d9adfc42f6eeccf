import { Deadline } from './deadline';
import type { LambdaContext } from './lifecycle';
import { Occasion, restore } from './ownership';
import { claimParameterName, CredentialProperties, REFRESH_KEY, SERVER_TYPES, ServerTypeName, STACK_ID_VARIABLE } from '../src/properties';

/** An event after which a credential of this stack may have to be imported again. */
export interface RestorationEvent {
  readonly 'detail-type'?: string;
  readonly 'resources'?: unknown;
  readonly 'detail'?: { readonly name?: unknown };
  readonly [REFRESH_KEY]?: string;
}

/** Kept for the function's own end. */
const RESERVE_MS = 5_000;

/** Whether an event is one of EventBridge's, and not one of CloudFormation's. */
export function isRestorationEvent(event: unknown): event is RestorationEvent {
  return typeof event === 'object' && event !== null && ('detail-type' in event || REFRESH_KEY in event);
}

/**
 * Imports again what has to be. Throws what went wrong, so that Lambda tries again and counts an
 * error.
 */
export async function handleRestorationEvent(event: RestorationEvent, context: LambdaContext): Promise<void> {
  const stackId = process.env[STACK_ID_VARIABLE]!;
  // Not patient with IAM: Lambda sends the event again, and a stack that is deleted has no role any more.
  const deadline = new Deadline(context.getRemainingTimeInMillis() - RESERVE_MS, 0);
  try {
    const occasions = concernedBy(event);
    await Promise.all(occasions.map((occasion) => restore({ ...occasion, stackId, eventId: context.awsRequestId }, deadline)));
  } finally {
    deadline.end();
  }
}

type Concern = Pick<Occasion, 'serverType' | 'concerns' | 'mayBeEcho'>;

function concernedBy(event: RestorationEvent): Concern[] {
  const name = event.detail?.name;
  switch (event['detail-type']) {
    // https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
    case 'Parameter Store Change':
      return [{
        serverType: serverTypeWhere((serverType) => claimParameterName(serverType) === name),
        concerns: ({ id }, force) => force?.id !== id,
        mayBeEcho: true,
      }];
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
    case 'Secret Label Updated':
      return SERVER_TYPES.map((serverType) => ({
        serverType,
        concerns: ({ spec }) => isFrom(spec, [event.resources].flat()[0], name),
        mayBeEcho: false,
      }));
    default:
      return [{ serverType: serverTypeWhere((serverType) => event[REFRESH_KEY] === serverType), concerns: () => true, mayBeEcho: false }];
  }
}

function serverTypeWhere(fits: (serverType: ServerTypeName) => boolean): ServerTypeName {
  const found = SERVER_TYPES.find(fits);
  if (!found) throw new Error('not an event about a claim or a secret of this library');
  return found;
}

/** Whether the credential was read from the secret and is to follow it. */
function isFrom(spec: CredentialProperties, secretArn: unknown, name: unknown): boolean {
  return 'RefreshOnSecretChange' in spec && spec.RefreshOnSecretChange === 'true'
    && [secretArn, name, String(secretArn).replace(/-[^-]{6}$/, '')].includes(spec.SecretId);
}
