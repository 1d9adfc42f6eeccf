import type { EventBridgeEvent } from '../aws';
import { TargetInput, targetInput } from './event-input';

const EVENT: EventBridgeEvent = {
  'version': '0',
  'id': 'an-id',
  'detail-type': 'Secret Label Updated',
  'source': 'aws.secretsmanager',
  'account': '111111111111',
  'time': '2026-11-21T10:00:00Z',
  'region': 'us-east-1',
  'resources': ['arn:first', 'arn:second'],
  'detail': { name: 'ci/github', count: 2, inner: { a: 'b' } },
};
const RULE = 'arn:aws:events:us-east-1:111111111111:rule/Rule';

test.each<[string, TargetInput, unknown]>([
  ['the event itself', {}, EVENT],
  ['a constant', { Input: '{"refresh":true}' }, { refresh: true }],
  ['a part of the event', { InputPath: '$.detail.inner' }, { a: 'b' }],
  ['an item of a list', { InputPath: '$.resources[1]' }, 'arn:second'],
  ['the event by its path', { InputPath: '$' }, EVENT],
  [
    'values outside quotes, as JSON',
    { InputTransformer: { InputPathsMap: { 'name': '$.detail.name', 'type-of': '$.detail-type', 'count': '$.detail.count', 'inner': '$.detail.inner' }, InputTemplate: '{"n":<name>,"t":<type-of>,"c":<count>,"i":<inner>}' } },
    { n: 'ci/github', t: 'Secret Label Updated', c: 2, i: { a: 'b' } },
  ],
  [
    'values between quotes, as text',
    { InputTransformer: { InputPathsMap: { name: '$.detail.name', absent: '$.detail.absent.deep' }, InputTemplate: '{"text":"a \\"<name>\\" and <absent>."}' } },
    { text: 'a "ci/github" and .' },
  ],
  [
    'predefined variables',
    { InputTransformer: { InputTemplate: '{"event":<aws.events.event.json>,"arn":"<aws.events.rule-arn>","name":<aws.events.rule-name>,"less":<aws.events.event>}' } },
    { event: EVENT, arn: RULE, name: 'Rule', less: expect.not.objectContaining({ detail: expect.anything() }) },
  ],
])('%s', (_, input, expected) => {
  expect(targetInput(input)(EVENT, RULE)).toEqual(expected);
});

test.each<[string, TargetInput, string]>([
  ['Input together with InputPath', { Input: '{}', InputPath: '$' }, 'Only one of'],
  ['a path in brackets', { InputPath: "$['detail']" }, 'unsupported JSON path'],
  ['a placeholder without a path', { InputTransformer: { InputTemplate: '{"a":<b>}' } }, '<b> is not in InputPathsMap'],
])('%s is refused', (_, input, message) => {
  expect(() => targetInput(input)).toThrow(message);
});

test('a missing value that makes the JSON invalid is an error', () => {
  const make = targetInput({ InputTransformer: { InputPathsMap: { absent: '$.absent' }, InputTemplate: '{"a":<absent>}' } });
  expect(() => make(EVENT, RULE)).toThrow();
});
