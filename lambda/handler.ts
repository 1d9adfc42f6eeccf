import { connection } from './connection';
import { connectionWait } from './connection-wait';
import { handleBusEvent, isBusEvent } from './events';
import { answerLifecycleEvent, LambdaContext } from './lifecycle';
import { sourceCredentials } from './source-credentials';
import { CONNECTION_RESOURCE_TYPE, CONNECTION_WAIT_RESOURCE_TYPE, SOURCE_CREDENTIALS_RESOURCE_TYPE } from '../src/properties';

const HANDLERS = {
  [SOURCE_CREDENTIALS_RESOURCE_TYPE]: sourceCredentials,
  [CONNECTION_RESOURCE_TYPE]: connection,
  [CONNECTION_WAIT_RESOURCE_TYPE]: connectionWait,
};

/** The Lambda function's entry: a lifecycle event of CloudFormation, or an event of EventBridge. */
export async function handler(event: unknown, context: LambdaContext): Promise<void> {
  if (isBusEvent(event)) {
    await handleBusEvent(event, context);
  } else {
    await answerLifecycleEvent(event, context, HANDLERS);
  }
}
