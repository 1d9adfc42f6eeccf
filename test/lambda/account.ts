import { ACCOUNT, enterLambda, REGION } from './invocation';
import { Aws, Region } from '../../simulator';

/** A GitHub token with a valid checksum that was never issued. */
export const GITHUB_TOKEN = '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';

/**
 * Starts the simulated AWS for the tests of one file. The handler runs in this process. Before each test, everything but
 * the secrets is removed from the account.
 */
export function useAccount(started: (aws: Aws) => void): void {
  let aws: Aws;
  beforeAll(async () => {
    aws = await Aws.start();
    enterLambda(aws);
    started(aws);
  });
  beforeEach(() => {
    empty(aws.region(ACCOUNT, REGION));
    aws.faults.clear();
    aws.requests.length = 0;
  });
  afterAll(async () => aws.stop());
}

/** Creates a secret with this value, or updates it. */
export function storeSecret({ secrets }: Region, name: string, value: string): void {
  if (secrets.find((secret) => secret.name === name)) secrets.put(name, value);
  else secrets.create({ name, value });
}

function empty({ connections, events, parameters, sourceCredentials }: Region): void {
  events.loseNothing();
  sourceCredentials.list().forEach(({ serverType }) => sourceCredentials.deleteByHand(serverType));
  connections.list().forEach(({ arn }) => connections.delete(arn));
  parameters.names().forEach((name) => parameters.deleteByHand(name));
}
