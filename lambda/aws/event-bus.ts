import { callAws, errorText } from './call';
import { eventBridge } from './clients';
import { PutEventsCommand } from './commands';
import { EVENT_SOURCE, RESTORE_DETAIL_TYPE, RestoreDetail } from '../../src/contract';
import type { Deadline } from '../deadline';
import { log } from '../log';

/** How long others' affairs may keep a request. */
const LONGEST_MS = 10_000;

/**
 * Asks the function of another stack to import its credential again. Never fails: where the event does
 * not arrive, the other stack's next look does the same.
 */
export async function requestRestore(detail: RestoreDetail, deadline: Deadline): Promise<void> {
  const { stackId, serverType } = detail;
  const fields = { stackId, serverType };
  const limited = deadline.within(LONGEST_MS);
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
