import type { CredentialProperties, ServerTypeName } from '../../src/contract';
import { readCredential } from '../credentials/credential';
import { isTokenChecked } from '../credentials/token-check';
import { tokenMetrics } from '../credentials/token-metrics';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { log } from '../log';
import { publishMetrics } from '../metrics';
import { liveRecords } from '../ownership/active-owner';
import { collectRecords } from '../ownership/collect-records';
import { reconcile } from '../ownership/reconcile';
import { describeResource, listRecords, OwnerRecord } from '../ownership/records';

/**
 * Corrects what no event reported: a credential that somebody deleted or replaced, a lost event, a new version of a
 * secret in another account. Also checks the expiry of tokens that are not imported here.
 */
export async function runDailyCheck(serverType: ServerTypeName, stackId: string, deadline: Deadline): Promise<void> {
  const records = await listRecords(serverType, deadline);
  const active = await reconcile({ serverType, stackId, records, onlyDrift: true }, deadline);
  for (const owner of liveRecords(records).filter((record) => record.stackId === stackId)) {
    const isActive = owner.ownerId === active;
    // Reconcile has already checked the token of the active owner.
    if (isActive && isTokenChecked(serverType)) continue;
    if (owner.credential && isWorthReading(owner.credential, isActive)) await inspect(owner, owner.credential, serverType, isActive, deadline);
  }
  await collectRecords(serverType, deadline);
}

/** Whether reading the credential can reveal a problem. A credential that was just imported has been read already. */
function isWorthReading(credential: CredentialProperties, isActive: boolean): boolean {
  switch (credential.AuthType) {
    case 'CODECONNECTIONS': return false;
    // CodeBuild reads the secret itself, and does not report a new version that it cannot use.
    case 'SECRETS_MANAGER': return true;
    default: return credential.ExpiryField !== undefined && !(isActive && credential.RefreshOnSecretChange === 'true');
  }
}

/** Reads the credential and reports problems: an error for the active owner, a warning for others. */
async function inspect(
  owner: OwnerRecord, wanted: CredentialProperties, serverType: ServerTypeName, isActive: boolean, deadline: Deadline,
): Promise<void> {
  try {
    const credential = await readCredential(serverType, wanted, { stackId: owner.stackId }, deadline);
    credential.warnings.forEach(({ message, fields }) => log('warn', message, fields));
    publishMetrics(serverType, tokenMetrics(credential));
  } catch (error) {
    if (isActive || !(error instanceof Failure)) throw error;
    log('warn', `${describeResource(owner)} is not the active owner, and its credential cannot be imported at present`, { serverType, reason: error.message });
  }
}
