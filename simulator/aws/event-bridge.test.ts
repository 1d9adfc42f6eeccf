import { Aws } from './aws';
import { EventBridgeEvent } from './event-bus';
import { ACCOUNT, Administrator, RoleWithout } from './principals';
import { call, WireResponse } from './signed-request';
import { RealClock } from '../time/clock';

const BUS = `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/default`;
const ENTRY = { Source: 'a-library', DetailType: 'Something Happened', Detail: '{"stackId":"a"}' };

let aws: Aws;
let seen: EventBridgeEvent[];

beforeEach(async () => {
  aws = await Aws.start(Object.assign(new RealClock(), { now: () => Date.UTC(2026, 0, 1, 12, 0, 0, 123) }));
  seen = [];
  aws.onEvent((event) => seen.push(event));
});
afterEach(() => aws.stop());

function putEvents(Entries: object[], principal = new Administrator(), more: object = {}): Promise<WireResponse> {
  return call({
    endpoint: aws.endpoint, credentials: aws.credentialsFor(principal), target: 'AWSEvents.PutEvents', service: 'events', body: { Entries, ...more },
  });
}

test('puts an event on the bus of its account and region', async () => {
  const { body, status } = await putEvents([ENTRY]);

  expect([status, body]).toEqual([200, { FailedEntryCount: 0, Entries: [{ EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) }] }]);
  expect(seen).toEqual([{
    'version': '0',
    'id': body.Entries[0].EventId,
    'detail-type': 'Something Happened',
    'source': 'a-library',
    'account': ACCOUNT,
    'time': '2026-01-01T12:00:00Z',
    'region': 'eu-west-1',
    'resources': [],
    'detail': { stackId: 'a' },
  }]);
});

test('accepts the default bus by name or ARN, and resources', async () => {
  await putEvents([{ ...ENTRY, EventBusName: 'default', Resources: ['arn:a'] }, { ...ENTRY, EventBusName: BUS }]);
  expect(seen.map(({ resources }) => resources)).toEqual([['arn:a'], []]);
});

test.each([
  ['no source', { Source: undefined }, 'InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
  ['an empty source', { Source: '' }, 'InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
  ['no type', { DetailType: undefined }, 'InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.'],
  ['no detail', { Detail: undefined }, 'InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.'],
  ['a source that starts with aws.', { Source: 'aws.ssm' }, 'NotAuthorizedForSourceException', 'Not authorized for the source.'],
  ['a type of 129 characters', { DetailType: 'x'.repeat(129) }, 'InvalidArgument', expect.stringContaining('128 characters')],
  ['a detail that is not JSON', { Detail: 'text' }, 'MalformedDetail', 'Detail is malformed.'],
  ['a detail that is not an object', { Detail: '["a"]' }, 'MalformedDetail', 'Detail is malformed.'],
])('an entry with %s fails alone', async (_, changes, ErrorCode, ErrorMessage) => {
  const { body, status } = await putEvents([{ ...ENTRY, ...changes }, ENTRY]);

  expect([status, body]).toEqual([200, { FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage }, { EventId: expect.any(String) }] }]);
  expect(seen).toHaveLength(1);
});

test('a request without a complete entry fails as a whole', async () => {
  const { body, status } = await putEvents([{ ...ENTRY, Source: undefined }, { ...ENTRY, Detail: undefined }]);
  expect([status, body]).toMatchObject([400, { __type: 'ValidationException' }]);
});

test.each([
  ['no entry', []],
  ['eleven entries', Array(11).fill(ENTRY)],
  ['256 KB', [ENTRY, { ...ENTRY, Detail: JSON.stringify({ text: 'x'.repeat(256 * 1024) }) }]],
])('%s is a ValidationException', async (_, entries) => {
  expect((await putEvents(entries)).body).toMatchObject({ __type: 'ValidationException' });
  expect(seen).toEqual([]);
});

test.each([
  [{ EventBusName: 'other' }, {}],
  [{ TraceHeader: 'header' }, {}],
  [{}, { EndpointId: 'abcde.veo' }],
])('an unsupported member is an error (%j, %j)', async (changes, more) => {
  await expect(putEvents([{ ...ENTRY, ...changes }], undefined, more)).rejects.toThrow('JSON');
});

test('authorizes the bus with the sources and detail types of all entries', async () => {
  const role = new Administrator();
  await putEvents([ENTRY, { ...ENTRY, Source: 'another' }], role);

  expect(role.asked).toEqual([{
    action: 'events:PutEvents',
    resource: BUS,
    context: {
      'events:source': ['a-library', 'another'],
      'events:detail-type': ['Something Happened', 'Something Happened'],
      'events:eventBusInvocation': 'false',
    },
  }]);
  expect((await putEvents([ENTRY], new RoleWithout('events:PutEvents'))).body).toMatchObject({ __type: 'AccessDeniedException' });
  expect(seen).toHaveLength(2);
});

test('returns EventBridge\'s own server error', async () => {
  aws.faults.add({ operation: 'PutEvents', kind: 'serverError' });
  const { body, status } = await putEvents([ENTRY]);
  expect([status, body]).toMatchObject([500, { __type: 'InternalException' }]);
});

test('can lose events that it has accepted', async () => {
  const { events } = aws.region(ACCOUNT, 'eu-west-1');
  events.lose(({ source }) => source === 'another', 2);
  const { body } = await putEvents([ENTRY, ...Array(3).fill({ ...ENTRY, Source: 'another' })]);

  expect(body).toMatchObject({ FailedEntryCount: 0 });
  expect(seen.map(({ source }) => source)).toEqual(['a-library', 'another']);
  expect(events.lost.map(({ id }) => id)).toEqual([body.Entries[1].EventId, body.Entries[2].EventId]);

  events.lose();
  await putEvents([ENTRY]);
  expect(seen).toHaveLength(2);
  events.lose(() => true, Infinity);
  await putEvents([ENTRY, ENTRY]);
  expect(seen).toHaveLength(2);
  events.loseNothing();
  await putEvents([ENTRY]);
  expect(seen).toHaveLength(3);
});
