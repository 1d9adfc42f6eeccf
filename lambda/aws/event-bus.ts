import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SSMClient } from '@aws-sdk/client-ssm';
import { callAws, errorText } from './call';
import { clientConfig, clients, renameEndpoint } from './client';
import { EVENT_SOURCE, RESTORE_DETAIL_TYPE, RestoreDetail } from '../../src/contract';
import { RESTORE_REQUEST_MS } from '../../src/times';
import type { Deadline } from '../deadline';
import { log } from '../log';

/** The client configuration that differs from Systems Manager. */
const EVENT_BRIDGE = {
  serviceId: 'EventBridge',
  signingName: 'events',
  protocolSettings: { defaultNamespace: 'com.amazonaws.eventbridge', errorTypeRegistries: [], serviceTarget: 'AWSEvents' },
};

/** In GovCloud, EventBridge has no separate FIPS endpoint. */
const SSM_NAME = /^ssm(-fips(?=\.us-gov-))?/;

/**
 * The client of EventBridge in the function's region. It reuses the client of Systems Manager, which has the same protocol
 * and rules for endpoints: EventBridge's client would add 13 kB to the bundle, mostly for multi-region requests.
 */
export const eventBridge = clients(() => {
  const client = new SSMClient({ ...clientConfig(process.env.AWS_REGION!), ...EVENT_BRIDGE });
  return renameEndpoint(client, SSM_NAME, 'events') as unknown as EventBridgeClient;
});

/**
 * Asks the function of another stack to import its credential again. Never throws: if the event does not arrive, the
 * other stack's next daily check does the same.
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
    else log('warn', 'EventBridge did not accept the event for the active owner\'s stack: its next daily check restores its credential', { ...fields, reason: code });
  } catch (error) {
    log('warn', 'could not ask the active owner\'s stack to import its credential: its next daily check does so', { ...fields, reason: errorText(error) });
  } finally {
    limited.end();
  }
}
