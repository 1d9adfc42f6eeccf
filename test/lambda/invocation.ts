import { randomUUID } from 'node:crypto';
import { collectMetricLines, MetricLine } from './metric-lines';
import { handler } from '../../lambda/handler';
import { AnswerBody, Aws, Principal } from '../../simulator';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';
export const STACK_ID = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Infrastructure/00000000-0000-4000-8000-000000000000`;

/** The function's role. By default it has all permissions. */
const ROLE: Principal = { account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/handler/function`, isAllowed: () => true };

/** Runs the handler's code in this process, with the credentials of this role. */
export function enterLambda(aws: Aws, role: Principal = ROLE): void {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.credentialsFor(role);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    STACK_ID,
  });
}

export interface LifecycleEvent {
  readonly RequestType: string;
  /** @default 'Custom::CodeBuildSourceCredentials' */
  readonly ResourceType?: string;
  /** @default - a new one */
  readonly RequestId?: string;
  /** @default STACK_ID */
  readonly StackId?: string;
  /** @default 'GitHub' */
  readonly LogicalResourceId?: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: object;
  readonly OldResourceProperties?: object;
}

/** Everything observable about one invocation. */
export interface Invocation {
  readonly answer: AnswerBody;
  /** All bodies that were sent to the answer URL, in order. */
  readonly answers: readonly unknown[];
  readonly logs: readonly Record<string, unknown>[];
  /** The metric lines. */
  readonly metrics: readonly MetricLine[];
}

const dates = new Map<string, number>();
let lastDate = 0;

/**
 * Returns when CloudFormation sent a request: the same time for each delivery, and another second for each request,
 * because a stack's next operation starts in a later second.
 */
export function sentAt(requestId: string): number {
  const known = dates.get(requestId);
  if (known !== undefined) return known;
  lastDate = Math.max(Math.floor(Date.now() / 1_000) * 1_000, lastDate + 1_000);
  dates.set(requestId, lastDate);
  return lastDate;
}

/** Creates an event as CloudFormation sends it. */
export function lifecycleEvent(event: LifecycleEvent, responseUrl: string) {
  return {
    ResourceType: 'Custom::CodeBuildSourceCredentials',
    ServiceToken: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:handler`,
    StackId: STACK_ID,
    RequestId: randomUUID(),
    LogicalResourceId: 'GitHub',
    ResponseURL: responseUrl,
    ...event,
  };
}

export function context(remainingMs = 120_000) {
  const endsAt = Date.now() + remainingMs;
  return { awsRequestId: randomUUID(), logStreamName: 'a-log-stream', getRemainingTimeInMillis: () => endsAt - Date.now() };
}

/** Sends one event to the handler and waits for its answer. */
export async function invoke(
  aws: Aws, { sentAt: date, ...sent }: LifecycleEvent & { readonly sentAt?: number }, remainingMs?: number,
): Promise<Invocation> {
  const { RequestId = randomUUID() } = sent;
  const answerUrl = aws.answerUrl(date ?? sentAt(RequestId));
  const log = jest.spyOn(console, 'log').mockImplementation();
  const metrics = collectMetricLines();
  try {
    await handler(lifecycleEvent({ ...sent, RequestId }, answerUrl.url), context(remainingMs));
    const logs = log.mock.calls.map(([line]) => JSON.parse(line));
    return { answer: (await answerUrl.first(1_000)).body!, answers: answerUrl.answers, logs, metrics: metrics.lines };
  } finally {
    log.mockRestore();
    metrics.restore();
  }
}
