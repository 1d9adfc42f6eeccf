import { answerLifecycleEvent, LambdaContext } from './lifecycle';
import { sourceCredentials } from './source-credentials';
import { SOURCE_CREDENTIALS_RESOURCE_TYPE } from '../src/properties';

/** The Lambda function's entry: a lifecycle event of CloudFormation. */
export async function handler(event: unknown, context: LambdaContext): Promise<void> {
  await answerLifecycleEvent(event, context, { [SOURCE_CREDENTIALS_RESOURCE_TYPE]: sourceCredentials });
}
