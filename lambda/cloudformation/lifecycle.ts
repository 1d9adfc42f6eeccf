import { Answer, putAnswer } from './answer';
import { TIMEOUT_VARIABLE } from '../../src/contract';
import { ANSWER_RESERVE_MS, ABORT_GRACE_MS } from '../../src/times';
import { Deadline } from '../deadline';
import { Failure, reasonOf } from '../failure';
import { log } from '../log';

/** The parts of Lambda's context that the handler uses. */
export interface LambdaContext {
  /** The same for all attempts at an event. */
  readonly awsRequestId: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

/** The parts of a lifecycle event that the handler of a resource type needs. */
export interface LifecycleRequest {
  readonly requestId: string;
  /** When CloudFormation sent the request, in milliseconds, rounded down to a second. The same for all attempts. */
  readonly sentAt: number;
  readonly stackId: string;
  readonly logicalId: string;
  /** Not validated yet: the properties of any release, or of a hand-written template. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Must be called before anything is changed. If a Create fails before this call, its Delete does nothing. */
  markTouched(): void;
  /** Makes a change. One that was refused has changed nothing. */
  change<T>(make: () => Promise<T>, isRefusal: (error: unknown) => boolean): Promise<T>;
}

export interface UpdateRequest extends LifecycleRequest {
  readonly physicalResourceId: string;
  readonly oldProperties: Readonly<Record<string, unknown>>;
}

export interface DeleteRequest extends LifecycleRequest {
  readonly physicalResourceId: string;
}

export interface Outcome {
  readonly physicalResourceId: string;
  readonly data?: object;
}

/** The handler of one type of custom resource. An error that it throws becomes the reason of the failure. */
export interface ResourceHandler {
  /** Whether a request may take the function's full timeout: it has its own limit. */
  readonly usesFullTimeout?: true;
  create(request: LifecycleRequest, deadline: Deadline): Promise<Outcome>;
  update(request: UpdateRequest, deadline: Deadline): Promise<Outcome>;
  delete(request: DeleteRequest, deadline: Deadline): Promise<void>;
}

/**
 * Prefixes of the physical id of a failed Create, before the request id. With the second one nothing was changed, so
 * the Delete succeeds without a call.
 */
export const FAILED_CREATE = 'failed/';
const UNTOUCHED_CREATE = 'untouched/';

interface Envelope extends Omit<LifecycleRequest, 'change' | 'markTouched'> {
  readonly requestType: string;
  readonly resourceType: string;
  /** Missing on Create. */
  readonly physicalResourceId?: string;
  readonly oldProperties: Readonly<Record<string, unknown>>;
  readonly responseUrl: URL;
}

/**
 * Handles one lifecycle event of CloudFormation, and always answers it once and in time. Throws only if the event is not
 * a lifecycle event, or if the answer cannot be delivered.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requests.html
 */
export async function answerLifecycleEvent(
  event: unknown,
  context: LambdaContext,
  handlers: Readonly<Record<string, ResourceHandler>>,
): Promise<void> {
  const envelope = parse(event);
  const started = Date.now();
  const time = timeFor(envelope, context.getRemainingTimeInMillis(), handlers);
  const deadline = new Deadline(time - Math.min(ANSWER_RESERVE_MS, time / 2));
  const outcome = await runInTime(envelope, deadline, handlers);
  deadline.end();

  const answer: Answer = {
    ...outcome,
    Reason: outcome.Reason && `${outcome.Reason} (log stream ${context.logStreamName})`,
    StackId: envelope.stackId,
    RequestId: envelope.requestId,
    LogicalResourceId: envelope.logicalId,
  };
  log(answer.Status === 'FAILED' ? 'error' : 'info', `${envelope.requestType} ${answer.Status}`, {
    logicalResourceId: answer.LogicalResourceId,
    physicalResourceId: answer.PhysicalResourceId,
    requestId: answer.RequestId,
    stackId: answer.StackId,
    reason: answer.Reason,
    milliseconds: Date.now() - started,
  });
  await putAnswer(envelope.responseUrl, answer, () => context.getRemainingTimeInMillis());
}

/** Runs the handler. Returns a failure if the handler throws, or does not finish in time. */
async function runInTime(
  envelope: Envelope,
  deadline: Deadline,
  handlers: Readonly<Record<string, ResourceHandler>>,
): Promise<Pick<Answer, 'Status' | 'Reason' | 'PhysicalResourceId' | 'Data'>> {
  let isTouched = false;
  const markTouched = () => { isTouched = true; };
  const change: LifecycleRequest['change'] = async (make, isRefusal) => {
    const wasTouched = isTouched;
    markTouched();
    try {
      return await make();
    } catch (error) {
      if (isRefusal(error)) isTouched = wasTouched;
      throw error;
    }
  };
  try {
    const { physicalResourceId, data } = await Promise.race([dispatch({ ...envelope, change, markTouched }, deadline, handlers), expiry(deadline)]);
    deadline.signal.throwIfAborted();
    return { Status: 'SUCCESS', PhysicalResourceId: physicalResourceId, Data: data };
  } catch (error) {
    return {
      Status: 'FAILED',
      Reason: deadline.signal.aborted ? timeIsUp(deadline, error) : reasonOf(error),
      PhysicalResourceId: envelope.physicalResourceId ?? (isTouched ? FAILED_CREATE : UNTOUCHED_CREATE) + envelope.requestId,
    };
  }
}

/** The time for a request. The function's timeout is longer if the stack waits for a connection. */
function timeFor({ resourceType }: Envelope, remaining: number, handlers: Readonly<Record<string, ResourceHandler>>): number {
  const usesFullTimeout = Object.hasOwn(handlers, resourceType) && handlers[resourceType].usesFullTimeout;
  return usesFullTimeout ? remaining : Math.min(remaining, Number(process.env[TIMEOUT_VARIABLE] ?? Infinity) * 1_000);
}

async function dispatch(
  request: Envelope & LifecycleRequest, deadline: Deadline, handlers: Readonly<Record<string, ResourceHandler>>,
): Promise<Outcome> {
  const { requestType, resourceType, physicalResourceId } = request;
  if (!Object.hasOwn(handlers, resourceType)) {
    throw new Failure(`this function handles ${Object.keys(handlers).join(', ')}, not ${resourceType}. Check the ServiceToken of the resource`);
  }
  const handler = handlers[resourceType];
  if (requestType === 'Create') return handler.create(request, deadline);
  if (physicalResourceId === undefined) throw new Failure(`the ${requestType} request has no PhysicalResourceId`);

  switch (requestType) {
    case 'Update':
      return handler.update({ ...request, physicalResourceId }, deadline);
    case 'Delete':
      if (physicalResourceId.startsWith(UNTOUCHED_CREATE)) log('info', 'nothing to delete: the Create changed nothing', { physicalResourceId });
      else await handler.delete({ ...request, physicalResourceId }, deadline);
      return { physicalResourceId };
    default:
      throw new Failure(`unknown RequestType '${requestType}': CloudFormation sends Create, Update and Delete`);
  }
}

async function expiry(deadline: Deadline): Promise<never> {
  return new Promise((_, reject) => deadline.signal.addEventListener('abort', () => {
    setTimeout(() => reject(new Error()), ABORT_GRACE_MS).unref();
  }));
}

function timeIsUp(deadline: Deadline, error: unknown): string {
  const problem = error instanceof Failure
    ? error.message
    : 'AWS did not reply in time. Check that the function can reach Secrets Manager, Systems Manager and CodeBuild (in a VPC: NAT gateway or endpoints)';
  return `not finished after ${Math.round(deadline.elapsed / 1000)} seconds: ${problem}. Deploy again`;
}

function parse(event: unknown): Envelope {
  const fields = record(event);
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  /** Reads a field without which the request cannot be answered. */
  const required = (name: string): string => {
    const value = text(name);
    if (value === undefined) throw new Error(`not a lifecycle event of CloudFormation: ${name} is missing`);
    return value;
  };
  const responseUrl = parseUrl(required('ResponseURL'));
  return {
    responseUrl,
    sentAt: sentAt(responseUrl),
    requestId: required('RequestId'),
    stackId: required('StackId'),
    logicalId: required('LogicalResourceId'),
    requestType: text('RequestType') ?? '',
    resourceType: text('ResourceType') ?? '',
    physicalResourceId: text('PhysicalResourceId'),
    properties: record(fields.ResourceProperties),
    oldProperties: record(fields.OldResourceProperties),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}

/** Reads the time from the signature of the URL: CloudFormation signs it when it sends the request. */
function sentAt({ searchParams }: URL): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(signedAt) ? Date.now() : signedAt;
}

function parseUrl(text: string): URL {
  // The error of `new URL` would contain the URL.
  if (!/^https?:/.test(text) || !URL.canParse(text)) throw new Error('not a lifecycle event of CloudFormation: ResponseURL is not a URL');
  return new URL(text);
}
