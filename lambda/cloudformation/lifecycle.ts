import { Answer, putAnswer } from './answer';
import { TIMEOUT_VARIABLE } from '../../src/contract';
import { ANSWER_RESERVE_MS, ABORT_GRACE_MS } from '../../src/times';
import { Deadline } from '../deadline';
import { Failure, reasonOf } from '../failure';
import { log } from '../log';

/** What the handler uses of Lambda's context. */
export interface LambdaContext {
  /** The same for every attempt at an event. */
  readonly awsRequestId: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

/** A lifecycle event, as far as a resource's handler needs it. */
export interface LifecycleRequest {
  readonly requestId: string;
  /** When CloudFormation sent it, in milliseconds but with no fraction of a second: the same for every attempt. */
  readonly sentAt: number;
  readonly stackId: string;
  readonly logicalId: string;
  /** As they came: every release's shape, and whatever a hand-written template holds. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** To be called before anything is changed: a Create that fails earlier has nothing to delete. */
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

/** What one type of custom resource does. Whatever it throws becomes the reason of the failure. */
export interface ResourceHandler {
  /** Whether a request may take all the time that the function has, and limits itself. */
  readonly hasOwnTime?: true;
  create(request: LifecycleRequest, deadline: Deadline): Promise<Outcome>;
  update(request: UpdateRequest, deadline: Deadline): Promise<Outcome>;
  delete(request: DeleteRequest, deadline: Deadline): Promise<void>;
}

/**
 * The physical id of a failed Create is one of these and its request id. Of the second kind nothing was
 * written or imported, so that its Delete succeeds without a call.
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
 * Takes one lifecycle event from CloudFormation, has it carried out, and answers it: once, in time,
 * whatever happens. Throws only when there is nobody to answer or the answer cannot be delivered.
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
  const outcome = await carryOut(envelope, deadline, handlers);
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

async function carryOut(
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

/** A wait for a connection makes the function's time longer than other requests may take. */
function timeFor({ resourceType }: Envelope, remaining: number, handlers: Readonly<Record<string, ResourceHandler>>): number {
  const hasOwnTime = Object.hasOwn(handlers, resourceType) && handlers[resourceType].hasOwnTime;
  return hasOwnTime ? remaining : Math.min(remaining, Number(process.env[TIMEOUT_VARIABLE] ?? Infinity) * 1_000);
}

async function dispatch(
  request: Envelope & LifecycleRequest, deadline: Deadline, handlers: Readonly<Record<string, ResourceHandler>>,
): Promise<Outcome> {
  const { requestType, resourceType, physicalResourceId } = request;
  if (!Object.hasOwn(handlers, resourceType)) {
    throw new Failure(`this function serves ${Object.keys(handlers).join(', ')}, not ${resourceType}. Check the ServiceToken of the resource`);
  }
  const handler = handlers[resourceType];
  if (requestType === 'Create') return handler.create(request, deadline);
  if (physicalResourceId === undefined) throw new Failure(`a ${requestType} request without PhysicalResourceId cannot be carried out`);

  switch (requestType) {
    case 'Update':
      return handler.update({ ...request, physicalResourceId }, deadline);
    case 'Delete':
      if (physicalResourceId.startsWith(UNTOUCHED_CREATE)) log('info', 'nothing to delete: the Create had changed nothing', { physicalResourceId });
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
  /** Without it nobody can be answered. */
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

/** The address is signed when the request is sent, with a date that has no fractions of a second. */
function sentAt({ searchParams }: URL): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(signedAt) ? Date.now() : signedAt;
}

function parseUrl(text: string): URL {
  // `new URL` would repeat the address in its error.
  if (!/^https?:/.test(text) || !URL.canParse(text)) throw new Error('not a lifecycle event of CloudFormation: ResponseURL is no address');
  return new URL(text);
}
