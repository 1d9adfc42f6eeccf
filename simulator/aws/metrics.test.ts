import { embeddedPoints, Metrics } from './metrics';

const DIRECTIVE = { Namespace: 'Own', Dimensions: [['Stack', 'Type']], Metrics: [{ Name: 'Days' }] };
const DOCUMENT = { _aws: { Timestamp: 1_000, CloudWatchMetrics: [DIRECTIVE] }, Stack: 'A', Type: 'B', Days: 6, Else: 7 };
const POINT = { namespace: 'Own', metricName: 'Days', dimensions: { Stack: 'A', Type: 'B' }, timestamp: 1_000, value: 6 };

const withDirective = (changes: object) =>
  JSON.stringify({ ...DOCUMENT, _aws: { Timestamp: 1_000, CloudWatchMetrics: [{ ...DIRECTIVE, ...changes }] } });

test('extracts the points of a document in the embedded metric format', () => {
  expect(embeddedPoints(JSON.stringify(DOCUMENT))).toEqual([POINT]);
});

test('extracts points after a prefix from Lambda', () => {
  expect(embeddedPoints(`2026-12-03T12:00:00.000Z\t1b2c\tINFO\t${JSON.stringify(DOCUMENT)}`)).toEqual([POINT]);
});

test('extracts a metric for each set of dimensions', () => {
  expect(embeddedPoints(withDirective({ Dimensions: [['Stack'], []] })).map(({ dimensions }) => dimensions)).toEqual([{ Stack: 'A' }, {}]);
});

test.each([
  ['a document that the console has wrapped', JSON.stringify({ level: 'INFO', message: JSON.stringify(DOCUMENT) })],
  ['invalid JSON', `{${JSON.stringify(DOCUMENT)}`],
  ['a document without a time', JSON.stringify({ ...DOCUMENT, _aws: { CloudWatchMetrics: [DIRECTIVE] } })],
  ['a document with a namespace of AWS', withDirective({ Namespace: 'AWS/Lambda' })],
  ['a document without a namespace', withDirective({ Namespace: undefined })],
  ['a document without a value for a dimension', withDirective({ Dimensions: [['Stack', 'None']] })],
  ['a document whose dimension is a number', withDirective({ Dimensions: [['Else']] })],
  ['a document without the metric\'s value', withDirective({ Metrics: [{ Name: 'None' }] })],
  ['a document whose metric is text', withDirective({ Metrics: [{ Name: 'Stack' }] })],
])('%s has no points', (_, line) => {
  expect(embeddedPoints(line)).toEqual([]);
});

test('a metric is identified by exactly its dimensions, in any order', () => {
  const metrics = new Metrics();
  metrics.readLine(JSON.stringify(DOCUMENT));
  const points = (dimensions: Record<string, string>) => metrics.pointsOf({ namespace: 'Own', metricName: 'Days', dimensions });
  expect([points({ Type: 'B', Stack: 'A' }), points({ Stack: 'A' }), points({ Stack: 'A', Type: 'C' })]).toEqual([[POINT], [], []]);
});
