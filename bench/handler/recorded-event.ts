import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCOUNT, REGION, STACK_ID } from './account';
import type { Stage } from './exchange';
import { RecordingProxy } from './recording-proxy';
import { AnswerUrl, Aws } from '../../simulator';
import { program, runCold } from '../processes/cold-process';

/** An event, and the handler's calls for it. */
export interface RecordedEvent {
  readonly name: 'Create' | 'Update' | 'Refresh' | 'Delete';
  readonly event: Readonly<Record<string, unknown>>;
  readonly stages: readonly Stage[];
}

const TOKENS = { first: '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', second: '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', rotated: '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' };
const [FIRST, SECOND] = ['ci/github', 'ci/github-bot'];

/** Runs the handler for the four events on the simulator, and records its calls. */
export async function recordEvents(handlerFile: string, folder: string): Promise<RecordedEvent[]> {
  const aws = await Aws.start();
  const proxy = await RecordingProxy.start(aws.endpoint);
  try {
    return await new Recorder(aws, proxy, handlerFile, folder).record();
  } finally {
    await proxy.stop();
    await aws.stop();
  }
}

/** Runs a contender that imports the first token on the simulator, and checks the result. */
export async function verifyImport(make: (aws: Aws, env: Record<string, string>) => Promise<void>): Promise<void> {
  const aws = await Aws.start();
  try {
    createSecrets(aws);
    await make(aws, environment(aws, aws.endpoint));
    expectHeld(aws, TOKENS.first);
  } finally {
    await aws.stop();
  }
}

export async function expectSuccess(answerUrl: AnswerUrl): Promise<void> {
  const { body } = await answerUrl.first(1_000);
  if (body?.Status !== 'SUCCESS') throw new Error(`the contender failed: ${body?.Reason}`);
}

class Recorder {
  constructor(
    private readonly aws: Aws, private readonly proxy: RecordingProxy, private readonly handlerFile: string, private readonly folder: string,
  ) {}

  async record(): Promise<RecordedEvent[]> {
    const { aws } = this;
    createSecrets(aws);

    const create = await this.play('Create', this.lifecycleEvent('Create', FIRST));
    expectHeld(aws, TOKENS.first);
    const PhysicalResourceId = `GITHUB/${create.event.RequestId}`;

    const update = await this.play('Update', this.lifecycleEvent('Update', SECOND, {
      PhysicalResourceId, OldResourceProperties: properties(FIRST),
    }));
    expectHeld(aws, TOKENS.second);

    const versionId = aws.region(ACCOUNT, REGION).secrets.put(SECOND, JSON.stringify({ token: TOKENS.rotated }));
    const refresh = await this.play('Refresh', {
      'id': 'e2e2e2e2-0000-4000-8000-000000000000',
      'source': 'aws.secretsmanager',
      'detail-type': 'Secret Label Updated',
      'resources': [aws.region(ACCOUNT, REGION).secrets.get(SECOND).arn],
      'detail': { name: SECOND, labelUpdated: 'AWSCURRENT', versionId },
    });
    expectHeld(aws, TOKENS.rotated);

    const deletion = await this.play('Delete', this.lifecycleEvent('Delete', SECOND, { PhysicalResourceId }));
    expectHeld(aws, undefined);
    return [create, update, refresh, deletion];
  }

  private async play(name: RecordedEvent['name'], event: Record<string, unknown>): Promise<RecordedEvent> {
    mkdirSync(this.folder, { recursive: true });
    const file = join(this.folder, `${name}.json`);
    writeFileSync(file, eventFile(event));
    await runCold({ args: [program('handle'), this.handlerFile, file], env: environment(this.aws, this.proxy.endpoint) });
    return { name, event, stages: this.proxy.take() };
  }

  private lifecycleEvent(RequestType: string, secretName: string, more: object = {}): Record<string, unknown> {
    const answerUrl = new URL(this.aws.answerUrl().url);
    return {
      RequestType,
      ResourceType: 'Custom::CodeBuildSourceCredentials',
      StackId: STACK_ID,
      RequestId: `${RequestType}-request`,
      LogicalResourceId: 'GitHub',
      ResponseURL: this.proxy.endpoint + answerUrl.pathname + answerUrl.search,
      ResourceProperties: properties(secretName),
      ...more,
    };
  }
}

/** Returns the input of `handle.cjs`. With `endpoint`, the answer goes to that server. */
export function eventFile(event: RecordedEvent['event'], endpoint?: string): string {
  if (endpoint !== undefined && typeof event.ResponseURL === 'string') {
    const { pathname, search } = new URL(event.ResponseURL);
    return eventFile({ ...event, ResponseURL: endpoint + pathname + search });
  }
  return JSON.stringify({ event, context: { awsRequestId: 'a-request', logStreamName: 'a-log-stream' } });
}

function properties(secretName: string): object {
  return {
    ServiceToken: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:handler`,
    ServerType: 'GITHUB',
    AuthType: 'PERSONAL_ACCESS_TOKEN',
    SecretId: secretName,
    JsonField: 'token',
    ShouldOverwrite: 'true',
    RefreshOnSecretChange: 'true',
    RemovalPolicy: 'destroy',
  };
}

function createSecrets(aws: Aws): void {
  const { secrets } = aws.region(ACCOUNT, REGION);
  secrets.create({ name: FIRST, value: JSON.stringify({ token: TOKENS.first }) });
  secrets.create({ name: SECOND, value: JSON.stringify({ token: TOKENS.second }) });
}

function environment(aws: Aws, endpoint: string): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.credentialsFor({
    account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/handler/function`, isAllowed: () => true,
  });
  return {
    AWS_ACCESS_KEY_ID: accessKeyId, AWS_ENDPOINT_URL: endpoint, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken,
  };
}

function expectHeld(aws: Aws, token: string | undefined): void {
  const held = aws.region(ACCOUNT, REGION).sourceCredentials.list()[0]?.token;
  if (held !== token) throw new Error('the contender failed: CodeBuild does not hold the expected credential');
}
