import { answerLifecycleEvent, LambdaContext } from './lifecycle';
import { handleRestorationEvent, isRestorationEvent } from './restoration';
import { sourceCredentials } from './source-credentials';
import { SOURCE_CREDENTIALS_RESOURCE_TYPE } from '../src/properties';

/** The Lambda function's entry: a lifecycle event of CloudFormation, or an event of EventBridge. */
export async function handler(event: unknown, context: LambdaContext): Promise<void> {
  if (isRestorationEvent(event)) {
    await handleRestorationEvent(event, context);
  } else {
    await answerLifecycleEvent(event, context, { [SOURCE_CREDENTIALS_RESOURCE_TYPE]: sourceCredentials });
  }
}
