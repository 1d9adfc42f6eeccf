import { join } from 'node:path';
import { ACCOUNT, LifecycleEvent, lifecycleEvent, REGION, STACK_ID } from './invocation';
import { AnswerUrl, AuthorizationRequest, Aws, ExecutionEnvironment, JumpingClock } from '../../simulator';

/** One event for the built handler. */
export interface FastInvocation extends LifecycleEvent {
  /** Prepares AWS: creates resources, and adds faults. */
  readonly prepare?: (aws: Aws) => void;
  /**
   * The permissions of the function's role, and the second from which they apply. The first call is in second 0.
   *
   * @default - everything
   */
  readonly isAllowed?: (request: AuthorizationRequest, second: number) => boolean;
  /**
   * The function's timeout.
   *
   * @default 120
   */
  readonly timeoutSeconds?: number;
}

/** Everything observable about one invocation. */
export interface FastOutcome {
  readonly aws: Aws;
  readonly answers: AnswerUrl['answers'];
  readonly event: ReturnType<typeof lifecycleEvent>;
  /** What the function threw, or its timeout. */
  readonly error?: string;
  /** The duration in the handler's simulated time. */
  readonly seconds: number;
  readonly logs: readonly string[];
}

/** Sends one event to the built handler in its own process, where waiting takes no real time. */
export async function invokeInFastTime(invocation: FastInvocation): Promise<FastOutcome> {
  const { prepare, isAllowed, timeoutSeconds = 120, ...event } = invocation;
  const clock = new JumpingClock();
  const aws = await Aws.start(clock);
  prepare?.(aws);
  let firstAskedAt: number | undefined;
  const second = () => (clock.now() - (firstAskedAt ??= clock.now())) / 1000;
  const { accessKeyId, secretAccessKey, sessionToken } = aws.credentialsFor({
    account: ACCOUNT,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/handler/function`,
    isAllowed: (request) => isAllowed?.(request, second()) ?? true,
  });
  const logs: string[] = [];
  const environment = new ExecutionEnvironment({
    _HANDLER: 'index.handler',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: REGION,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    STACK_ID,
    LAMBDA_TASK_ROOT: join(__dirname, '..', '..', 'assets', 'lambda', 'handler'),
  }, clock, (line) => logs.push(line));
  const answerUrl = aws.answerUrl();
  const sent = lifecycleEvent(event, answerUrl.url);
  try {
    const error = await environment.run(sent, { logStreamName: 'a-log-stream' }, timeoutSeconds).then(() => undefined, String);
    return { aws, answers: answerUrl.answers, event: sent, error, seconds: await duration(logs), logs };
  } finally {
    environment.kill();
    await aws.stop();
  }
}

/** Reads the duration from the handler's last log line, which may arrive after the answer. */
async function duration(logs: string[]): Promise<number> {
  for (;;) {
    const line = logs.find((one) => one.includes('"milliseconds"'));
    if (line) return JSON.parse(line).milliseconds / 1000;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
