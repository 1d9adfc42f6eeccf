import { STACK_ID } from './invocation';
import { collectMetricLines } from './metric-lines';
import { publishMetrics } from '../../lambda/metrics';

let collected: ReturnType<typeof collectMetricLines>;
let log: jest.SpyInstance;

beforeEach(() => {
  process.env.STACK_ID = STACK_ID;
  collected = collectMetricLines();
  log = jest.spyOn(console, 'log').mockImplementation();
  jest.useFakeTimers({ now: 1_795_701_683_000 });
});

afterEach(() => {
  jest.useRealTimers();
  collected.restore();
  log.mockRestore();
  delete process.env.STACK_ID;
});

test('writes a valid document of the embedded metric format', () => {
  publishMetrics('GITHUB', { DaysToExpiry: 6, TokenValid: 1 });
  expect(collected.lines).toEqual([{
    _aws: {
      Timestamp: 1_795_701_683_000,
      CloudWatchMetrics: [{
        Namespace: 'CodeBuildSourceCredentials',
        Dimensions: [['StackName', 'ServerType']],
        Metrics: [{ Name: 'DaysToExpiry' }, { Name: 'TokenValid' }],
      }],
    },
    StackName: 'Infrastructure',
    ServerType: 'GITHUB',
    DaysToExpiry: 6,
    TokenValid: 1,
  }]);
});

test('does not use the console, whose lines Lambda wraps', () => {
  publishMetrics('GITHUB', { Drift: 0 });
  expect([collected.lines.length, log.mock.calls]).toEqual([1, []]);
});

test('omits undefined values, and writes nothing without a value', () => {
  publishMetrics('GITHUB', { DaysToExpiry: undefined, TokenValid: 0 });
  publishMetrics('GITHUB', { DaysToExpiry: undefined });
  publishMetrics('GITHUB', {});
  expect(collected.lines).toHaveLength(1);
  expect(collected.lines[0]._aws.CloudWatchMetrics[0].Metrics).toEqual([{ Name: 'TokenValid' }]);
});
