import { createInterface } from 'node:readline/promises';
import { CreateConnectionCommand, DeleteConnectionCommand } from '@aws-sdk/client-codestar-connections';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { codeConnectionsClient } from './code-connections';
import type { Place } from './place';
import { Environment } from './processes';
import { SetupError } from './setup-error';

const ENDPOINT = 'E2E_ENDPOINT_URL';
const PROFILE = 'E2E_PROFILE';

/** Whether the cases are to run elsewhere than in the emulator that is started for them. */
export function isElsewhere({ [ENDPOINT]: endpoint, [PROFILE]: profile }: Environment): boolean {
  return Boolean(endpoint ?? profile);
}

/**
 * Another emulator (E2E_ENDPOINT_URL), or the account of a profile (E2E_PROFILE), once a person agrees.
 * Everything else that AWS's tools read from the environment is left as it is.
 */
export async function goElsewhere(): Promise<Place> {
  const { [ENDPOINT]: endpoint, [PROFILE]: profile } = process.env;
  Object.assign(process.env, endpoint && { AWS_ENDPOINT_URL: endpoint }, profile && { AWS_PROFILE: profile });
  const { account, region } = await callerIdentity();
  // Only AWS itself has anything to lose.
  if (!endpoint) await requireConsent(account, region);

  const codeConnections = codeConnectionsClient(region);
  const connections: string[] = [];
  return {
    account,
    region,
    environment: { ...process.env, AWS_REGION: region },
    // The example's repository is not to be had, and AWS would ask its provider.
    makesWebhooks: false,
    bootstraps: endpoint !== undefined,
    isThrownAway: false,
    async createConnection(ConnectionName, ProviderType) {
      // A connection to a host would need the host.
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
    throw new SetupError(`${ENDPOINT} or ${PROFILE} is set, but nobody can sign in there: ${(error as Error).message}. See the profile, its region (or AWS_REGION) and the endpoint`);
  }
}

async function requireConsent(account: string, region: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new SetupError(`${PROFILE} leads to account ${account} of AWS, which only a person at a terminal can agree to. Set ${ENDPOINT} for an emulator`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const typed = await terminal.question(`The tests create and delete stacks, secrets, connections and source credentials in account ${account}, ${region}, for about a cent (README). To agree, type the account's number: `);
  terminal.close();
  if (typed.trim() !== account) throw new SetupError('nobody has agreed; nothing was created');
}
