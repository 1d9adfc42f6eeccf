import { text } from 'node:stream/consumers';
import { partition } from '@aws-sdk/core/client';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest, HttpResponse, loadJsonRpcErrorCode } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Command } from './commands';
import { Retries } from './retries';

/** How a service is addressed: the protocol of all of them is AWS JSON. */
export interface ServiceDefinition {
  /** The name that requests are signed for, and that its address begins with. */
  readonly name: string;
  /** What `X-Amz-Target` begins with. */
  readonly target: string;
  readonly jsonVersion: '1.0' | '1.1';
}

/** What a service answered in place of a result. */
export class ServiceError extends Error {
  constructor(
    readonly name: string,
    message: string,
    readonly $fault: 'client' | 'server',
    readonly $metadata: { readonly httpStatusCode: number; attempts?: number },
  ) {
    super(message);
  }
}

/** For all services, so that its connections are used again. */
const http = new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 8_000, throwOnRequestTimeout: true });

/**
 * A service of AWS in a region.
 *
 * Made of the parts of AWS's SDK that sign, send and try again. Its whole clients would add the schemas
 * of every operation, rules for every kind of endpoint and readers of configuration files, which a
 * function has none of, and with them half of the time of a cold start (see BENCHMARKS.md).
 */
export class Service {
  private readonly endpoint: URL;
  private readonly signer: SignatureV4;
  private readonly retries = new Retries();

  constructor(private readonly definition: ServiceDefinition, region: string) {
    const { name } = definition;
    this.endpoint = endpoint(name, region);
    // Lambda hands credentials over in the environment, and nowhere else.
    this.signer = new SignatureV4({ service: name, region, credentials: fromEnv(), sha256: Sha256 });
  }

  /**
   * Gives back the service's reply, or throws what it says is wrong.
   *
   * @param beforeTry is done before each try: what others have done meanwhile may forbid it
   */
  async send<Output>(command: Command<Output>, options: { readonly abortSignal: AbortSignal }, beforeTry?: () => Promise<void>): Promise<Output> {
    return this.retries.run(async () => {
      await beforeTry?.();
      return this.sendOnce(command, options);
    }, options.abortSignal);
  }

  /** The same, with no second try: for what must not be done twice. */
  async sendOnce<Output>(command: Command<Output>, options: { readonly abortSignal: AbortSignal }): Promise<Output> {
    const request = await this.signer.sign(this.request(command));
    const { response } = await http.handle(request as HttpRequest, options);
    const body = await text(response.body);
    if (response.statusCode !== 200) throw serviceError(response, body);
    return JSON.parse(body || '{}');
  }

  private request({ operation, input }: Command<unknown>): HttpRequest {
    const { protocol, host, hostname, port, pathname } = this.endpoint;
    const { target, jsonVersion } = this.definition;
    const body = JSON.stringify(input);
    return new HttpRequest({
      method: 'POST',
      protocol,
      hostname,
      port: port === '' ? undefined : Number(port),
      path: pathname,
      headers: {
        'content-length': String(Buffer.byteLength(body)),
        'content-type': `application/x-amz-json-${jsonVersion}`,
        host,
        // Stands in CloudTrail.
        'user-agent': 'cdk-codebuild-source-credentials',
        'x-amz-target': `${target}.${operation}`,
      },
      body,
    });
  }
}

/**
 * Where a service is. As with AWS's own tools the environment may say that some are elsewhere: on a
 * simulator, say, or behind an endpoint of one's own.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
function endpoint(name: string, region: string): URL {
  const own = process.env[`AWS_ENDPOINT_URL_${name.toUpperCase().replaceAll('-', '_')}`];
  return new URL(own ?? process.env.AWS_ENDPOINT_URL ?? `https://${name}.${region}.${partition(region).dnsSuffix}`);
}

function serviceError(response: HttpResponse, body: string): ServiceError {
  const document = parseObject(body);
  return new ServiceError(
    loadJsonRpcErrorCode(response, document) ?? 'UnknownError',
    String(document.message ?? document.Message ?? `HTTP status ${response.statusCode}`),
    response.statusCode < 500 ? 'client' : 'server',
    { httpStatusCode: response.statusCode },
  );
}

/** What a gateway on the way answers may be no JSON. */
function parseObject(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
