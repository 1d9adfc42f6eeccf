import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SSMClient } from '@aws-sdk/client-ssm';
import { callAws, errorText } from './call';
import { clientConfig, clients, renameEndpoint } from './client';
import { EVENT_SOURCE, RESTORE_DETAIL_TYPE, RestoreDetail } from '../../src/contract';
import { RESTORE_REQUEST_MS } from '../../src/times';
import type { Deadline } from '../deadline';
import { log } from '../log';

/** What tells EventBridge from Systems Manager. */
const EVENT_BRIDGE = {
  serviceId: 'EventBridge',
  signingName: 'events',
  protocolSettings: { defaultNamespace: 'com.amazonaws.eventbridge', errorTypeRegistries: [], serviceTarget: 'AWSEvents' },
};

/** In GovCloud the name of EventBridge's FIPS endpoint is that of its only one. */
const SSM_NAME = /^ssm(-fips(?=\.us-gov-))?/;

/**
 * In the function's own region. EventBridge's own client would add 13 kB to the bundle, most of it for requests
 * to several regions: Systems Manager has the same protocol and rules for endpoints.
 */
export const eventBridge = clients(() => {
  const client = new SSMClient({ ...clientConfig(process.env.AWS_REGION!), ...EVENT_BRIDGE });
  return renameEndpoint(client, SSM_NAME, 'events') as unknown as EventBridgeClient;
});

/**
 * Asks the function of another stack to import its credential again. Never fails: where the event does
 * not arrive, the other stack's next look does the same.
 */
export async function requestRestore(detail: RestoreDetail, deadline: Deadline): Promise<void> {
  const { stackId, serverType } = detail;
  const fields = { stackId, serverType };
  const limited = deadline.within(RESTORE_REQUEST_MS);
  try {
    const command = new PutEventsCommand({ Entries: [{ Source: EVENT_SOURCE, DetailType: RESTORE_DETAIL_TYPE, Detail: JSON.stringify(detail) }] });
    const { Entries } = await callAws(limited, (options) => eventBridge().send(command, options));
    const code = Entries?.[0].ErrorCode;
    if (code === undefined) log('info', 'asked the function of the active owner\'s stack to import its credential', fields);
    else log('warn', 'EventBridge did not accept the event for the active owner\'s stack: its next look restores its credential', { ...fields, reason: code });
  } catch (error) {
    log('warn', 'could not tell the active owner\'s stack: its next look restores its credential', { ...fields, reason: errorText(error) });
  } finally {
    limited.end();
  }
}
