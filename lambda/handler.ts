import { handleClaimChange, isParameterStoreChange } from './claim-change';
import { answerLifecycleEvent, LambdaContext } from './lifecycle';
import { sourceCredentials } from './source-credentials';
import { SOURCE_CREDENTIALS_RESOURCE_TYPE } from '../src/properties';

/** The Lambda function's entry: a lifecycle event of CloudFormation, or an event about a claim. */
export async function handler(event: unknown, context: LambdaContext): Promise<void> {
  if (isParameterStoreChange(event)) {
    await handleClaimChange(event, context);
  } else {
    await answerLifecycleEvent(event, context, { [SOURCE_CREDENTIALS_RESOURCE_TYPE]: sourceCredentials });
  }
}
