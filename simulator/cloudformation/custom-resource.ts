import { randomUUID } from 'node:crypto';
import type { Aws } from '../aws';
import { Functions } from './functions';
import { Declaration, Exchange, Outcome, randomSuffix, Resource, ResourceFailure, ResourceProvider } from './resource';
import type { Clock } from '../time/clock';

type RequestType = 'Create' | 'Update' | 'Delete';
type Answer = Record<string, any>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const MAX_ANSWER_BYTES = 4096;
const MAX_PHYSICAL_ID_BYTES = 1024;

/** An answer that is too long fails immediately, not at the timeout (aws-cdk #2825, awsdocs/aws-cloudformation-user-guide #262). */
const TOO_LONG = { Status: 'FAILED', Reason: 'Response object is too long.' };

/**
 * When another resource fails, CloudFormation stops waiting for the answer. The resource counts as failed with this
 * reason, and the rollback begins while the function may still be running (aws-cdk #26139 and
 * aws-cloudformation/cloudformation-coverage-roadmap #1814 for a Create, remind101/empire #1041 for an Update).
 */
const CANCELLED: Partial<Record<RequestType, string>> = { Create: 'Resource creation cancelled', Update: 'Resource update cancelled' };

/** CloudFormation takes seconds between two requests of a stack. The handler orders them by the second in their ResponseURL. */
const BETWEEN_REQUESTS_MS = 1_000;

/** How long to wait for a function that has answered to return, so that the next request can reuse its process. */
const RETURN_GRACE_MS = 100;

/** Sends requests to the function in the ServiceToken, and turns its answers into outcomes. */
export class CustomResources implements ResourceProvider {
  constructor(private readonly aws: Aws, private readonly functions: Functions, private readonly clock: Clock) {}

  async create(wanted: Declaration, cancelled?: AbortSignal): Promise<Outcome> {
    // Without an id in an answer, CloudFormation generates one and sends it with the following Delete:
    // aws-cloudformation/cloudformation-coverage-roadmap #1814; its exact form is a guess.
    const generatedId = `${wanted.stack.stackName}-${wanted.logicalId}-${randomSuffix()}`;
    return this.send('Create', wanted, generatedId, {}, cancelled);
  }

  async update(wanted: Declaration, current: Resource, cancelled?: AbortSignal): Promise<Outcome> {
    // "Updates aren't supported": https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
    // CloudFormation sends no request. The text, and that the rollback also sends none, are guesses.
    if (wanted.properties.ServiceToken !== current.properties.ServiceToken) {
      throw new ResourceFailure('Modifying service token is not allowed.');
    }
    return this.send('Update', wanted, current.physicalId, {
      PhysicalResourceId: current.physicalId,
      OldResourceProperties: stringified(current.properties),
    }, cancelled);
  }

  async delete(current: Resource): Promise<Exchange> {
    const { exchange } = await this.send('Delete', current, current.physicalId, { PhysicalResourceId: current.physicalId });
    return exchange;
  }

  /**
   * Sends one request and waits for its answer.
   *
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
   */
  private async send(
    RequestType: RequestType, wanted: Declaration, knownId: string, more: object, cancelled?: AbortSignal,
  ): Promise<Outcome & { exchange: Exchange }> {
    const { logicalId, properties, stack, type } = wanted;
    const lambda = this.functions.get(properties.ServiceToken);
    if (!lambda) throw new ResourceFailure(`Function not found: ${properties.ServiceToken}`);

    await this.clock.lapse(BETWEEN_REQUESTS_MS);
    const answerUrl = this.aws.answerUrl(this.clock.now());
    const request = {
      RequestType,
      ServiceToken: properties.ServiceToken,
      ResponseURL: answerUrl.url,
      StackId: stack.stackId,
      RequestId: randomUUID(),
      LogicalResourceId: logicalId,
      ResourceType: type,
      ResourceProperties: stringified(properties),
      ...more,
    };
    const startedAt = this.clock.now();
    const invocation = lambda.invoke(request).catch(() => undefined);
    const answer = await this.answerTo(request, answerUrl, Number(properties.ServiceTimeout ?? 3600), cancelled);
    const exchange = { request, answer, milliseconds: this.clock.now() - startedAt };
    if (answer) await Promise.race([invocation, this.clock.sleep(RETURN_GRACE_MS)]);

    const reason = !answer && cancelled?.aborted ? CANCELLED[RequestType] : failureReason(answer, request.RequestId);
    const physicalId = isPhysicalId(answer?.PhysicalResourceId) ? answer.PhysicalResourceId : knownId;
    // The id of a FAILED answer also counts (aws-cdk #5525 for a Create, aws-cdk #30012 for an Update).
    if (reason !== undefined) throw new ResourceFailure(reason, physicalId, exchange);
    return { physicalId, attributes: answer!.Data ?? {}, exchange };
  }

  /** Returns the first answer to the request. Ignores answers with other ids (a guess). */
  private async answerTo(
    request: Record<string, unknown>, answerUrl: ReturnType<Aws['answerUrl']>, timeoutSeconds: number, cancelled?: AbortSignal,
  ): Promise<Answer | undefined> {
    const deadline = this.clock.now() + timeoutSeconds * 1000;
    let seen = 0;
    for (;;) {
      for (; seen < answerUrl.answers.length; seen++) {
        const { raw } = answerUrl.answers[seen];
        if (raw.length > MAX_ANSWER_BYTES) return TOO_LONG;
        const answer = parsed(raw.toString());
        if (['StackId', 'RequestId', 'LogicalResourceId'].every((id) => answer?.[id] === request[id])) return answer;
      }
      const remaining = deadline - this.clock.now();
      if (cancelled?.aborted || remaining <= 0) return undefined;
      const over = new AbortController();
      const ended = cancelled ? AbortSignal.any([over.signal, cancelled]) : over.signal;
      await Promise.race([answerUrl.next(ended), this.clock.sleep(remaining, ended)]);
      over.abort();
    }
  }
}

function failureReason(answer: Answer | undefined, requestId: string): string | undefined {
  if (!answer) return `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}].`;
  if (answer === TOO_LONG) return TOO_LONG.Reason;
  // An answer without an id fails, whatever its Status (remind101/empire #918, aws-lambda-go #77).
  if (!isPhysicalId(answer.PhysicalResourceId)) return 'Invalid PhysicalResourceId';
  if (answer.Status === 'SUCCESS') return undefined;
  return answer.Status === 'FAILED' ? answer.Reason ?? 'No reason given' : `Invalid response status ${answer.Status}`;
}

function isPhysicalId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_PHYSICAL_ID_BYTES;
}

function parsed(body: string): Answer | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Converts numbers and booleans to strings, at any depth (aws-cloudformation/cloudformation-coverage-roadmap #1037). */
function stringified(value: any): any {
  if (Array.isArray(value)) return value.map(stringified);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringified(item)]));
  }
  return String(value);
}
