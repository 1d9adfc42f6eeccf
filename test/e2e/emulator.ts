import * as path from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { WORK } from './folders';
import { FunctionSessions } from './function-sessions';
import { startMinistack } from './ministack';
import type { Place } from './place';
import { freePort } from './ports';
import { Environment, Processes } from './processes';
import { PythonTools } from './python';
import { TlsFront } from './tls-front';
import { Api, codeBuild, codeConnections, codeStarConnections, Faults, LoopbackServer, Principal, RecordedRequest, Regions } from '../../simulator';

const ACCOUNT = '111111111111';
const REGION = 'us-east-1';

/** ministack accepts the account number as the access key of the root user. */
const ROOT_KEY = { accessKeyId: ACCOUNT, secretAccessKey: 'e2e' };
const ROOT: Principal = { account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, isAllowed: () => true };

/** Starts the emulator ministack, and this repository's simulator for the two services that ministack lacks. */
export async function startEmulator(processes: Processes, tools: PythonTools): Promise<Place> {
  const port = await freePort();
  const shared = { region: REGION, endpoint: `http://127.0.0.1:${port}`, credentials: ROOT_KEY };
  const sessions = new FunctionSessions(new LambdaClient(shared), new IAMClient(shared), { credentials: ROOT_KEY, principal: ROOT });
  const regions = new Regions(() => undefined);
  const api = new Api(sessions, new Faults(), [codeBuild(regions), codeConnections(regions), codeStarConnections(regions)]);
  const simulator = new LoopbackServer(async (request) => api.handle(request));
  await simulator.start();

  const simulatedServices: Environment = {
    AWS_ENDPOINT_URL_CODEBUILD: simulator.endpoint,
    AWS_ENDPOINT_URL_CODECONNECTIONS: simulator.endpoint,
    AWS_ENDPOINT_URL_CODESTAR_CONNECTIONS: simulator.endpoint,
  };
  const front = await TlsFront.start(port);
  const close = async () => {
    await front.stop();
    await simulator.stop();
  };
  try {
    const program = tools.path('ministack');
    await startMinistack({ processes, program, port, rootKey: ROOT_KEY, functionEnvironment: simulatedServices });
    const { sourceCredentials, connections } = regions.get(ACCOUNT, REGION);
    return {
      account: ACCOUNT,
      region: REGION,
      environment: {
        ...simulatedServices,
        PATH: process.env.PATH,
        HOME: path.join(WORK, 'home'),
        AWS_ENDPOINT_URL: front.endpoint,
        AWS_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
        AWS_REGION: REGION,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      tokenOf: (serverType) => sourceCredentials.held(serverType)?.token,
      takeCalls: () => api.requests.splice(0).flatMap(callOf),
      createsWebhooks: true,
      bootstraps: true,
      isDisposable: true,
      createConnection: async (name, providerType) => connections.create({ name, providerType }),
      setConnectionStatus: (arn, status) => connections.setStatus(arn, status),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Summarizes a call that changes CodeBuild's credentials, for example `Import GITHUB`. */
function callOf({ operation, body, errorType }: RecordedRequest): string[] {
  const { serverType, arn } = body as { serverType?: string; arn?: string };
  const refused = errorType ? ` ${errorType}` : '';
  switch (operation) {
    case 'ImportSourceCredentials': return [`Import ${serverType}${refused}`];
    case 'DeleteSourceCredentials': return [`Delete ${arn?.split('/').pop()?.toUpperCase()}${refused}`];
    default: return [];
  }
}
