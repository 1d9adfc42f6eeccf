import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_MARGIN_MS, ANSWER_PAUSES_MS, ANSWER_TRY_MS } from '../../src/times';
import { log } from '../log';

/** The answer to one request of CloudFormation. */
export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: object;
}

/**
 * The largest answer that CloudFormation accepts, in bytes.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html
 */
const MAX_BYTES = 4_096;

/**
 * Sends the answer to CloudFormation, and retries while there is time. Throws if the answer could not be delivered, so
 * that Lambda retries the event.
 */
export async function putAnswer(url: URL, answer: Answer, remaining: () => number): Promise<void> {
  const body = encodeAnswer(answer);
  for (let pause = ANSWER_PAUSES_MS[0]; ; pause = Math.min(2 * pause, 4_000)) {
    const problem = await put(url, body, Math.min(ANSWER_TRY_MS, Math.max(remaining() - ANSWER_MARGIN_MS, remaining() / 2)));
    if (problem === undefined) return;
    log('warn', 'CloudFormation did not accept the answer', { problem });
    if (remaining() < pause + ANSWER_MARGIN_MS) throw new Error(`the answer could not be delivered to CloudFormation: ${problem}`);
    await sleep(pause);
  }
}

/** The answer as JSON, with its reason shortened to fit. */
export function encodeAnswer(answer: Answer): Buffer {
  const body = Buffer.from(JSON.stringify(answer));
  const excess = body.length - MAX_BYTES;
  if (excess <= 0 || !answer.Reason) return body;

  // Removes as many characters as certainly necessary, and repeats until the answer fits: a character may take several
  // bytes. Removes whole characters: half of a surrogate pair is not valid text.
  const characters = [...answer.Reason.replace(/…$/, '')];
  if (characters.length === 0) return body;
  const kept = characters.slice(0, -Math.max(1, Math.ceil(excess / 6))).join('');
  return encodeAnswer({ ...answer, Reason: `${kept}…` });
}

/** S3's own text repeats the URL. */
const REFUSED = ': the URL has expired, or the policy of an S3 endpoint in the VPC does not allow s3:PutObject on cloudformation-custom-resource-response-*/*';

/** Node.js's global agents would use a proxy that the environment names. */
const AGENTS: Readonly<Record<string, http.Agent>> = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };

/** Makes one attempt. Returns what went wrong, without the URL: anybody who has it could answer. */
async function put(url: URL, body: Buffer, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = (url.protocol === 'http:' ? http : https).request(url, {
      method: 'PUT',
      agent: AGENTS[url.protocol],
      // The signature of the URL requires an empty content type.
      headers: { 'content-type': '', 'content-length': body.length },
      signal: AbortSignal.timeout(Math.max(1, Math.floor(timeoutMs))),
    }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `HTTP status ${response.statusCode}${response.statusCode === 403 ? REFUSED : ''}`);
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.name === 'AbortError' ? 'no response' : error.code ?? error.name));
    request.end(body);
  });
}
