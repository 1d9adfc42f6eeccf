import { embeddedPoints, Metrics } from './metrics';

const DIRECTIVE = { Namespace: 'Own', Dimensions: [['Stack', 'Type']], Metrics: [{ Name: 'Days' }] };
const DOCUMENT = { _aws: { Timestamp: 1_000, CloudWatchMetrics: [DIRECTIVE] }, Stack: 'A', Type: 'B', Days: 6, Else: 7 };
const POINT = { namespace: 'Own', metricName: 'Days', dimensions: { Stack: 'A', Type: 'B' }, timestamp: 1_000, value: 6 };

const withDirective = (changes: object) =>
  JSON.stringify({ ...DOCUMENT, _aws: { Timestamp: 1_000, CloudWatchMetrics: [{ ...DIRECTIVE, ...changes }] } });

test('a document of the embedded metric format is made points of', () => {
  expect(embeddedPoints(JSON.stringify(DOCUMENT))).toEqual([POINT]);
});

test('also after what Lambda puts before it', () => {
  expect(embeddedPoints(`2026-12-03T12:00:00.000Z\t1b2c\tINFO\t${JSON.stringify(DOCUMENT)}`)).toEqual([POINT]);
});

test('each set of dimensions is a metric of its own', () => {
  expect(embeddedPoints(withDirective({ Dimensions: [['Stack'], []] })).map(({ dimensions }) => dimensions)).toEqual([{ Stack: 'A' }, {}]);
});

test.each([
  ['one that the console has wrapped', JSON.stringify({ level: 'INFO', message: JSON.stringify(DOCUMENT) })],
  ['no JSON', `{${JSON.stringify(DOCUMENT)}`],
  ['one without a time', JSON.stringify({ ...DOCUMENT, _aws: { CloudWatchMetrics: [DIRECTIVE] } })],
  ['one in a namespace of AWS', withDirective({ Namespace: 'AWS/Lambda' })],
  ['one without a namespace', withDirective({ Namespace: undefined })],
  ['one that lacks a dimension', withDirective({ Dimensions: [['Stack', 'None']] })],
  ['one whose dimension is a number', withDirective({ Dimensions: [['Else']] })],
  ['one that lacks the value', withDirective({ Metrics: [{ Name: 'None' }] })],
  ['one whose value is text', withDirective({ Metrics: [{ Name: 'Stack' }] })],
])('%s gives none', (_, line) => {
  expect(embeddedPoints(line)).toEqual([]);
});

test('a metric is all of its dimensions, in any order, and no others', () => {
  const metrics = new Metrics();
  metrics.readLine(JSON.stringify(DOCUMENT));
  const points = (dimensions: Record<string, string>) => metrics.pointsOf({ namespace: 'Own', metricName: 'Days', dimensions });
  expect([points({ Type: 'B', Stack: 'A' }), points({ Stack: 'A' }), points({ Stack: 'A', Type: 'C' })]).toEqual([[POINT], [], []]);
});
