import { randomUUID } from 'node:crypto';
import { handler } from '../../lambda/handler';
import { AnswerBody, Aws, Principal } from '../aws';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';
export const STACK_ID = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Infrastructure/00000000-0000-4000-8000-000000000000`;

/** A role that may do everything, unless a test says otherwise. */
const ROLE: Principal = { account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/handler/function`, isAllowed: () => true };

/** Lets the handler's code run in this process, as the function with this role would. */
export function enterLambda(aws: Aws, role: Principal = ROLE): void {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.credentialsFor(role);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
}

export interface LifecycleEvent {
  readonly RequestType: string;
  /** @default 'Custom::CodeBuildSourceCredentials' */
  readonly ResourceType?: string;
  /** @default - a new one */
  readonly RequestId?: string;
  /** @default 'GitHub' */
  readonly LogicalResourceId?: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: object;
  readonly OldResourceProperties?: object;
}

/** Everything that can be seen of one invocation. */
export interface Invocation {
  readonly answer: AnswerBody;
  /** All bodies that were put, in order. */
  readonly answers: readonly unknown[];
  readonly logs: readonly Record<string, unknown>[];
}

/** The event as CloudFormation sends it. */
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
export async function invoke(aws: Aws, event: LifecycleEvent, remainingMs?: number): Promise<Invocation> {
  const answerUrl = aws.answerUrl();
  const log = jest.spyOn(console, 'log').mockImplementation();
  try {
    await handler(lifecycleEvent(event, answerUrl.url), context(remainingMs));
    const logs = log.mock.calls.map(([line]) => JSON.parse(line));
    return { answer: (await answerUrl.first(1_000)).body!, answers: answerUrl.answers, logs };
  } finally {
    log.mockRestore();
  }
}
