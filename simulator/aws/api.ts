import { randomUUID } from 'node:crypto';
import { KnownAccessKeys } from './access-keys';
import { Faults, Refusal } from './faults';
import { throttled } from './quotas';
import { RecordedRequest } from './recorded-request';
import { serialize } from './serialization';
import { HttpRequest, HttpResponse, Reply } from './server';
import { Call, Disturbance, Service } from './service';
import { ServiceError } from './service-error';
import { contentType, ServiceModel, signingName } from './service-model';
import { authenticate } from './signature';
import { violations } from './validation';

type Recording = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

/** The services behind one endpoint, selected by the `X-Amz-Target` header of the AWS JSON protocol. */
export class Api {
  readonly requests: RecordedRequest[] = [];

  constructor(private readonly accessKeys: KnownAccessKeys, private readonly faults: Faults, private readonly services: Service[]) {}

  async handle(request: HttpRequest): Promise<Reply> {
    const target = request.headers['x-amz-target'] as string | undefined;
    const [prefix, operation] = splitTarget(target ?? '');
    const service = this.services.find(({ model }) => hasTargetPrefix(model, prefix));
    const recording: Recording = { target, operation, service: service && signingName(service.model), body: parseJson(request.body) };
    this.requests.push(recording);

    const reply = await this.dispatch(request, service, operation, recording)
      .catch((error: unknown) => errorResponse(error, service?.model));
    if (typeof reply === 'object') {
      recording.status = reply.status;
      recording.errorType = reply.headers['x-amzn-errortype'];
    }
    return reply;
  }

  private async dispatch(request: HttpRequest, service: Service | undefined, operation: string, recording: Recording): Promise<Reply> {
    // Whether AWS checks this before the signature is a guess (I).
    if (!service || !Object.hasOwn(service.operations, operation) || !isAwsJson(request, service.model)) {
      throw new ServiceError('UnknownOperationException', ''); // (C) for the type; no text (I)
    }
    const name = signingName(service.model);
    const { principal, accessKeyId, region } = await authenticate(request, name, this.accessKeys);
    Object.assign(recording, { account: principal.account, accessKeyId, region });

    const run = (call: Call) => respond(() => execute(service, operation, recording.body, call), service.model);
    const refuse = (refusal: Refusal) => refusal === 'accessDenied'
      ? run({ region, principal: { account: principal.account, arn: principal.arn, isAllowed: () => false } })
      : errorResponse(serviceFailure(refusal, service.model), service.model);
    const apply = (disturbance?: Disturbance) => run({ principal, region, disturbance });
    return this.faults.carryOut({ service: name, operation, caller: { accessKeyId }, closed: request.closed }, apply, refuse);
  }
}

/** Splits `Prefix.Operation`. The prefix may contain dots. */
function splitTarget(target: string): [prefix: string, operation: string] {
  const dot = target.lastIndexOf('.');
  return [target.slice(0, Math.max(dot, 0)), target.slice(dot + 1)];
}

/** Compares with and without the namespace: the models have one, but requests of AWS's SDK for JavaScript do not (C). */
function hasTargetPrefix({ metadata: { targetPrefix } }: ServiceModel, prefix: string): boolean {
  return prefix === targetPrefix || prefix === splitTarget(targetPrefix)[1];
}

function isAwsJson({ method, headers }: HttpRequest, model: ServiceModel): boolean {
  return method === 'POST' && headers['content-type'] === contentType(model);
}

/** Checks the input, runs the operation and serializes its output, according to the service's model. */
function execute(service: Service, operation: string, body: unknown, call: Call): string {
  const { input, output } = service.model.operations[operation];
  const invalid = violations(service.model, input.shape, body);
  const mistyped = invalid.find(({ kind }) => kind === 'type');
  if (mistyped) throw new ServiceError('SerializationException', mistyped.text); // (C) from other services
  // That the input is checked before the caller's permission is a guess (I).
  if (invalid.length > 0) throw service.invalidInput(invalid);

  const result = service.operations[operation](body, call);
  const invalidOutput = violations(service.model, output.shape, result);
  if (invalidOutput.length > 0) throw new Error(`the output of ${operation} violates its model: ${invalidOutput.map(({ text }) => text).join('; ')}`);
  return JSON.stringify(serialize(service.model, output.shape, result));
}

function respond(run: () => string, model: ServiceModel): HttpResponse {
  try {
    return { status: 200, headers: headersOf(model), body: run() };
  } catch (error) {
    return errorResponse(error, model);
  }
}

function errorResponse(error: unknown, model?: ServiceModel): HttpResponse {
  if (!(error instanceof ServiceError)) throw error;
  // The text is `Message` in Secrets Manager's and CodeConnections' models, and `message` for errors outside the models (C).
  const text = Object.keys(model?.shapes[error.type]?.members ?? {})[0] ?? 'message';
  return {
    status: error.status,
    headers: { ...headersOf(model), 'x-amzn-errortype': error.type },
    body: JSON.stringify({ __type: error.type, [text]: error.message || undefined }),
  };
}

function headersOf(model?: ServiceModel): Record<string, string> {
  return { 'content-type': model ? contentType(model) : 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() };
}

function serviceFailure(refusal: Exclude<Refusal, 'accessDenied'>, model: ServiceModel): ServiceError {
  if (refusal === 'concurrentUpdate') return new ServiceError('TooManyUpdates', 'There are concurrent updates for a resource that supports one update at a time.'); // (C), the text too
  if (refusal === 'throttle') return throttled();
  // Secrets Manager, Systems Manager and EventBridge have their own error (C), the others the common one (C).
  const ownError = ['InternalServiceError', 'InternalServerError', 'InternalException'].find((type) => type in model.shapes);
  return new ServiceError(ownError ?? 'InternalFailure', 'An error occurred on the server side.', 500);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
