import { answerLifecycleEvent, LambdaContext, ResourceHandler } from './cloudformation/lifecycle';
import { handleBusEvent, isBusEvent } from './events/events';
import { connection } from './resources/connection';
import { connectionWait } from './resources/connection-wait';
import { sourceCredentials } from './resources/source-credentials';
import { CONNECTION_RESOURCE_TYPE, CONNECTION_WAIT_RESOURCE_TYPE, ResourceTypeName, SOURCE_CREDENTIALS_RESOURCE_TYPE } from '../src/contract';

const HANDLERS: Readonly<Record<ResourceTypeName, ResourceHandler>> = {
  [SOURCE_CREDENTIALS_RESOURCE_TYPE]: sourceCredentials,
  [CONNECTION_RESOURCE_TYPE]: connection,
  [CONNECTION_WAIT_RESOURCE_TYPE]: connectionWait,
};

/** The entry point of the Lambda function. It receives lifecycle events of CloudFormation and events of EventBridge. */
export async function handler(event: unknown, context: LambdaContext): Promise<void> {
  if (isBusEvent(event)) {
    await handleBusEvent(event, context);
  } else {
    await answerLifecycleEvent(event, context, HANDLERS);
  }
}
