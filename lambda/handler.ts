import { connection } from './connection';
import { connectionWait } from './connection-wait';
import { answerLifecycleEvent, LambdaContext } from './lifecycle';
import { handleRestorationEvent, isRestorationEvent } from './restoration';
import { sourceCredentials } from './source-credentials';
import { CONNECTION_RESOURCE_TYPE, CONNECTION_WAIT_RESOURCE_TYPE, SOURCE_CREDENTIALS_RESOURCE_TYPE } from '../src/properties';

const HANDLERS = {
  [SOURCE_CREDENTIALS_RESOURCE_TYPE]: sourceCredentials,
  [CONNECTION_RESOURCE_TYPE]: connection,
  [CONNECTION_WAIT_RESOURCE_TYPE]: connectionWait,
};

/** The Lambda function's entry: a lifecycle event of CloudFormation, or an event of EventBridge. */
export async function handler(event: unknown, context: LambdaContext): Promise<void> {
  if (isRestorationEvent(event)) {
    await handleRestorationEvent(event, context);
  } else {
    await answerLifecycleEvent(event, context, HANDLERS);
  }
}
