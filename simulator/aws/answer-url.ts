import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { IncomingHttpHeaders } from 'node:http';
import { Faults, Refusal } from './faults';
import { HttpRequest, HttpResponse, Reply } from './server';

/** The answer of a custom resource to CloudFormation. */
export interface AnswerBody {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly NoEcho?: boolean;
  readonly Data?: Record<string, unknown>;
}

/** A stored answer. */
export interface Answer {
  /** The bytes that were sent. */
  readonly raw: Buffer;
  readonly headers: IncomingHttpHeaders;
  /** The parsed answer; undefined if it is invalid. */
  readonly body?: AnswerBody;
  /** Why CloudFormation cannot use the answer; undefined if it can. */
  readonly refused?: string;
}

const PATH = '/cloudformation-answer/';
const REQUIRED = ['StackId', 'RequestId', 'LogicalResourceId', 'PhysicalResourceId'] as const;
const MAX_BYTES = 4096;

/** A presigned S3 URL that receives the answer of a custom resource. */
export class AnswerUrl {
  /** Every answer that was stored, including invalid ones. */
  readonly answers: Answer[] = [];
  private readonly stored = new EventEmitter();

  constructor(readonly url: string) {}

  /** Resolves when the next answer is stored, or when the wait is aborted. */
  async next(ended: AbortSignal): Promise<void> {
    await once(this.stored, 'answer', { signal: ended }).catch(() => undefined);
  }

  /** Waits for the first answer. */
  async first(timeoutMs: number): Promise<Answer> {
    if (this.answers.length === 0) {
      await once(this.stored, 'answer', { signal: AbortSignal.timeout(timeoutMs) })
        .catch(() => { throw new Error(`no answer within ${timeoutMs} ms`); });
    }
    return this.answers[0];
  }

  /** Stores an answer, as S3 stores any bytes. */
  store({ body, headers }: HttpRequest): void {
    const read = readAnswer(body);
    this.answers.push({ raw: body, headers, ...(typeof read === 'string' ? { refused: read } : { body: read }) });
    this.stored.emit('answer');
  }
}

/** Every answer URL that was issued. */
export class AnswerUrls {
  private readonly urls = new Map<string, AnswerUrl>();

  constructor(private readonly faults: Faults) {}

  create(endpoint: string, at: number): AnswerUrl {
    // Real URLs contain a percent sign too: decoding the path would invalidate the signature (C).
    const path = `${PATH}arn%3Aaws%3Acloudformation%7C${randomUUID()}`;
    const date = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${date}&X-Amz-Expires=7200&X-Amz-SignedHeaders=host&X-Amz-Signature=${randomUUID().replace(/-/g, '')}`;
    const answerUrl = new AnswerUrl(`${endpoint}${path}?${query}`);
    this.urls.set(`${path}?${query}`, answerUrl);
    return answerUrl;
  }

  owns({ url }: Pick<HttpRequest, 'url'>): boolean {
    return url.startsWith(PATH);
  }

  async handle(request: HttpRequest): Promise<Reply> {
    const answerUrl = this.urls.get(request.url);
    // The signature covers the method, the path and the query, and nothing else (C).
    if (request.method !== 'PUT' || !answerUrl) return s3Error(403, 'SignatureDoesNotMatch');
    // S3 rejects a body without a content length (C).
    if (request.headers['content-length'] === undefined) return s3Error(411, 'MissingContentLength');
    return this.faults.carryOut({ operation: 'PutAnswer', caller: { answerUrl: answerUrl.url }, closed: request.closed }, () => {
      answerUrl.store(request);
      return { status: 200, headers: {}, body: '' };
    }, s3Refusal);
  }
}

/** Parses an answer. Returns a string with the reason if it is invalid. */
function readAnswer(raw: Buffer): AnswerBody | string {
  if (raw.length > MAX_BYTES) return `the answer has ${raw.length} bytes, and CloudFormation accepts ${MAX_BYTES}`; // (C)
  let body: any;
  try {
    body = JSON.parse(raw.toString());
  } catch {
    return 'the answer is not JSON';
  }
  if (body?.Status !== 'SUCCESS' && body?.Status !== 'FAILED') return 'the answer has neither the Status SUCCESS nor FAILED'; // (C)
  const missing = REQUIRED.filter((name) => typeof body[name] !== 'string' || body[name] === '');
  return missing.length > 0 ? `the answer lacks ${missing.join(', ')}` : body; // (C)
}

function s3Refusal(refusal: Refusal): HttpResponse {
  switch (refusal) {
    case 'throttle':
      return s3Error(503, 'SlowDown');
    case 'serverError':
      return s3Error(500, 'InternalError');
    case 'accessDenied':
      return s3Error(403, 'AccessDenied');
    case 'concurrentUpdate':
      return s3Error(409, 'OperationAborted');
  }
}

function s3Error(status: number, code: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>` };
}
