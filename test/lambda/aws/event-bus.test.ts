import { requestRestore } from '../../../lambda/aws/event-bus';
import { Deadline } from '../../../lambda/deadline';
import { LoopbackServer, Reply } from '../../../simulator';

/* Replies that EventBridge may send, but the simulator never does. None of them is thrown. */

let reply: Reply;
let bodies: unknown[];
let log: jest.SpyInstance;
let deadline: Deadline;
const server = new LoopbackServer(async ({ body }) => {
  bodies.push(JSON.parse(body.toString()));
  return reply;
});

beforeAll(async () => {
  await server.start();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key',
  });
});

afterAll(async () => server.stop());

beforeEach(() => {
  bodies = [];
  log = jest.spyOn(console, 'log').mockImplementation();
  deadline = new Deadline(30_000, 0);
});

afterEach(() => {
  log.mockRestore();
  deadline.end();
});

const DETAIL = { stackId: 'a-stack', serverType: 'GITHUB' } as const;
const lines = () => log.mock.calls.map(([line]) => JSON.parse(line));

test('the event names the stack and the server type, and nothing else', async () => {
  reply = { status: 200, headers: {}, body: '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}' };
  await requestRestore(DETAIL, deadline);

  expect(bodies).toEqual([{
    Entries: [{ Source: 'cdk-codebuild-source-credentials', DetailType: 'Source Credential Restore Requested', Detail: JSON.stringify(DETAIL) }],
  }]);
  expect(lines()).toEqual([{ level: 'info', message: "asked the function of the active owner's stack to import its credential", ...DETAIL }]);
});

// "An unsuccessfully processed entry includes ErrorCode and ErrorMessage", in a reply with status 200 (C).
test('a reply that accepts the request but not the event is a warning', async () => {
  reply = { status: 200, headers: {}, body: '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"no"}]}' };
  await requestRestore(DETAIL, deadline);
  expect(lines()).toEqual([{
    level: 'warn', message: "EventBridge did not accept the event for the active owner's stack: its next daily check restores its credential", ...DETAIL, reason: 'InternalFailure',
  }]);
});

test.each([
  ['denies it', 400, '{"__type":"AccessDeniedException","message":"no"}'],
  ['does not come from the service', 403, '<html>'],
])('a reply that %s is a warning', async (_, status, body) => {
  reply = { status, headers: {}, body };
  await requestRestore(DETAIL, deadline);
  expect(lines()).toEqual([expect.objectContaining({ level: 'warn', message: "could not ask the active owner's stack to import its credential: its next daily check does so", ...DETAIL })]);
});
