import { createInterface } from 'node:readline/promises';
import { CreateConnectionCommand, DeleteConnectionCommand } from '@aws-sdk/client-codestar-connections';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { codeConnectionsClient } from './code-connections';
import type { Place } from './place';
import { Environment } from './processes';
import { SetupError } from './setup-error';

const ENDPOINT = 'E2E_ENDPOINT_URL';
const PROFILE = 'E2E_PROFILE';

/** Whether the cases run in an existing place rather than on an emulator that the tests start. */
export function usesExistingPlace({ [ENDPOINT]: endpoint, [PROFILE]: profile }: Environment): boolean {
  return Boolean(endpoint ?? profile);
}

/**
 * Connects to another emulator (E2E_ENDPOINT_URL), or to the AWS account of a profile (E2E_PROFILE) after a person
 * has confirmed. Leaves all other environment variables of AWS's tools unchanged.
 */
export async function connectToExistingPlace(): Promise<Place> {
  const { [ENDPOINT]: endpoint, [PROFILE]: profile } = process.env;
  Object.assign(process.env, endpoint && { AWS_ENDPOINT_URL: endpoint }, profile && { AWS_PROFILE: profile });
  const { account, region } = await callerIdentity();
  // An emulator needs no confirmation: it has nothing of value.
  if (!endpoint) await requireConsent(account, region);

  const codeConnections = codeConnectionsClient(region);
  const connections: string[] = [];
  return {
    account,
    region,
    environment: { ...process.env, AWS_REGION: region },
    // The example's repository does not exist, and AWS would ask GitHub to create the webhook.
    createsWebhooks: false,
    bootstraps: endpoint !== undefined,
    isDisposable: false,
    async createConnection(ConnectionName, ProviderType) {
      // Only provider types without a host: a connection to a host needs that host.
      const { ConnectionArn } = await codeConnections.send(new CreateConnectionCommand({ ConnectionName, ProviderType }));
      connections.push(ConnectionArn!);
      return ConnectionArn!;
    },
    async close() {
      for (const ConnectionArn of connections) await codeConnections.send(new DeleteConnectionCommand({ ConnectionArn }));
    },
  };
}

async function callerIdentity(): Promise<{ account: string; region: string }> {
  try {
    const sts = new STSClient({});
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account!, region: await sts.config.region() };
  } catch (error) {
    throw new SetupError(`${ENDPOINT} or ${PROFILE} is set, but its caller identity cannot be read: ${(error as Error).message}. Check the profile, its region (or AWS_REGION) and the endpoint`);
  }
}

async function requireConsent(account: string, region: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new SetupError(`${PROFILE} selects AWS account ${account}, which a person must confirm at a terminal. Run the tests in a terminal, or set ${ENDPOINT} to use an emulator`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const typed = await terminal.question(`The tests create and delete stacks, secrets, connections and source credentials in account ${account}, ${region}, for about a cent (CONTRIBUTING.md). To confirm, type the account number: `);
  terminal.close();
  if (typed.trim() !== account) throw new SetupError('not confirmed: nothing was created');
}
