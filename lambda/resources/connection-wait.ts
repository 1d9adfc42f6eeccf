import { LONGEST_WAIT_SECONDS, WAIT_INTERVAL_MS } from '../../src/times';
import { connectionArnOf, getConnection, handshakeUrl, requireNoError } from '../aws/codeconnections';
import { LifecycleRequest, Outcome, ResourceHandler } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { log } from '../log';
import { Raw, text } from '../property-values';

/**
 * `Custom::CodeConnectionsWait`: succeeds once a connection is available. There is no event for that, so
 * the status of the connection is checked repeatedly.
 */
export const connectionWait: ResourceHandler = {
  usesFullTimeout: true,
  create: untilAvailable,
  update: untilAvailable,
  async delete() {},
};

async function untilAvailable({ properties }: LifecycleRequest, deadline: Deadline): Promise<Outcome> {
  const connectionArn = connectionArnOf(properties);
  const seconds = secondsOf(properties);
  let isLogged = false;
  for (;;) {
    const connection = await getConnection(connectionArn, deadline);
    requireNoError(connection);
    const { ConnectionStatus } = connection;
    if (ConnectionStatus === 'AVAILABLE') return { physicalResourceId: connectionArn };
    const remaining = seconds * 1_000 - deadline.elapsed;
    if (remaining <= 0) {
      throw new Failure(`connection ${connectionArn} is still ${ConnectionStatus} after ${seconds} seconds. Complete its handshake at ${handshakeUrl(connectionArn)}, then deploy again: the connection is kept`);
    }
    if (!isLogged) log('info', 'waiting for the handshake: complete it at the handshakeUrl', { connectionArn, handshakeUrl: handshakeUrl(connectionArn), seconds });
    isLogged = true;
    await deadline.pause(Math.min(WAIT_INTERVAL_MS, remaining));
  }
}

function secondsOf(properties: Raw): number {
  const seconds = Number(text(properties, 'TimeoutSeconds'));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_WAIT_SECONDS) {
    throw new Failure(`property TimeoutSeconds must be a number from 1 to ${LONGEST_WAIT_SECONDS}`);
  }
  return seconds;
}
