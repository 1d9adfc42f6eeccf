import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CreateSecretCommand, SecretsManagerClient, UpdateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { GetParameterHistoryCommand, GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { freePort } from '../e2e/ports';
import type { Processes } from '../e2e/processes';
import type { PythonTools } from '../e2e/python';

/** Time limit for the start. */
const START_MS = 60_000;

const LOG = 'moto.log';

export interface Secret {
  readonly arn: string;
  readonly versionId: string;
}

/** A parameter with its current and former values. */
export interface StoredParameter {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * moto's Parameter Store and Secrets Manager, over HTTP. moto handles each request in a separate thread.
 *
 * Where moto 5.2.5 differs from AWS:
 * - A page of GetParametersByPath starts at a position, not after a name: if a parameter of an earlier page is deleted,
 *   the next page skips one. AWS promises no snapshot either.
 * - A list can fail with status 500 while parameters are created or deleted. The SDK retries it.
 * - Nothing lags, nothing is throttled, and the name of a deleted parameter can be reused immediately.
 * - moto verifies neither signatures nor permissions, and sends no events.
 *
 * @see https://github.com/getmoto/moto
 */
export class Moto {
  static async start(processes: Processes, tools: PythonTools, place: { account: string; region: string }): Promise<Moto> {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const child = processes.start({
      file: tools.path('moto_server'),
      args: ['--host', '127.0.0.1', '--port', String(port)],
      log: LOG,
      env: { PATH: process.env.PATH, MOTO_ACCOUNT_ID: place.account },
    });
    const started = Date.now();
    while (!await fetch(endpoint).then(() => true, () => false)) {
      if (child.exitCode !== null || Date.now() - started > START_MS) {
        throw new Error(`moto ${child.exitCode === null ? `did not start within ${START_MS / 1000} seconds` : `ended with ${child.exitCode}`}. Its output is in ${path.join(processes.logs, LOG)}`);
      }
      await setTimeout(100);
    }
    return new Moto(endpoint, place.region);
  }

  private readonly secretsManager: SecretsManagerClient;
  private readonly parameterStore: SSMClient;

  private constructor(readonly endpoint: string, region: string) {
    const shared = { region, endpoint, credentials: { accessKeyId: 'AKIA', secretAccessKey: 'moto' } };
    this.secretsManager = new SecretsManagerClient(shared);
    this.parameterStore = new SSMClient(shared);
  }

  async createSecret(Name: string, SecretString: string): Promise<Secret> {
    const { ARN, VersionId } = await this.secretsManager.send(new CreateSecretCommand({ Name, SecretString }));
    return { arn: ARN!, versionId: VersionId! };
  }

  async updateSecret(SecretId: string, SecretString: string): Promise<Secret> {
    const { ARN, VersionId } = await this.secretsManager.send(new UpdateSecretCommand({ SecretId, SecretString }));
    return { arn: ARN!, versionId: VersionId! };
  }

  /** Returns all parameters of the account. */
  async parameters(): Promise<StoredParameter[]> {
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.parameterStore.send(new GetParametersByPathCommand({ Path: '/', Recursive: true, NextToken }));
      names.push(...page.Parameters!.map(({ Name }) => Name!));
      NextToken = page.NextToken;
    } while (NextToken);
    return Promise.all(names.map(async (Name) => {
      const { Parameters } = await this.parameterStore.send(new GetParameterHistoryCommand({ Name }));
      return { name: Name, values: Parameters!.map(({ Value }) => Value!) };
    }));
  }

  async putParameter(Name: string, Value: string): Promise<void> {
    await this.parameterStore.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  }
}
