import { ScriptedService } from './scripted-service';
import { requestRestore } from '../../../lambda/aws/event-bus';
import type { Reply } from '../../../simulator';

/* Replies that EventBridge may send but the simulator never sends. None of them causes an error. */

let reply: Reply;
let bodies: unknown[];
const service = new ScriptedService(async ({ body }) => {
  bodies.push(JSON.parse(body.toString()));
  return reply;
});

beforeEach(() => {
  bodies = [];
});

const DETAIL = { stackId: 'a-stack', serverType: 'GITHUB' } as const;

test('the event names the stack and the server type, and nothing else', async () => {
  reply = { status: 200, headers: {}, body: '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}' };
  await requestRestore(DETAIL, service.deadline);

  expect(bodies).toEqual([{
    Entries: [{ Source: 'cdk-codebuild-source-credentials', DetailType: 'Source Credential Restore Requested', Detail: JSON.stringify(DETAIL) }],
  }]);
  expect(service.lines).toEqual([{ level: 'info', message: "asked the function of the active owner's stack to import its credential", ...DETAIL }]);
});

// "An unsuccessfully processed entry includes ErrorCode and ErrorMessage", in a reply with status 200 (C).
test('a reply that accepts the request but not the event is a warning', async () => {
  reply = { status: 200, headers: {}, body: '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"no"}]}' };
  await requestRestore(DETAIL, service.deadline);
  expect(service.lines).toEqual([{
    level: 'warn', message: "EventBridge did not accept the event for the active owner's stack: its next daily check restores its credential", ...DETAIL, reason: 'InternalFailure',
  }]);
});

test.each([
  ['denies it', 400, '{"__type":"AccessDeniedException","message":"no"}'],
  ['does not come from the service', 403, '<html>'],
])('a reply that %s is a warning', async (_, status, body) => {
  reply = { status, headers: {}, body };
  await requestRestore(DETAIL, service.deadline);
  expect(service.lines).toEqual([expect.objectContaining({ level: 'warn', message: "could not ask the active owner's stack to import its credential: its next daily check does so", ...DETAIL })]);
});
