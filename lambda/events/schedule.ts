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
 * Repairs what no event reported: a credential deleted or replaced by others, a lost event, a secret of another account.
 * Also looks at the tokens that this does not import: they end as well.
 */
export async function look(serverType: ServerTypeName, stackId: string, deadline: Deadline): Promise<void> {
  const records = await listRecords(serverType, deadline);
  const active = await reconcile({ serverType, stackId, records, onlyDrift: true }, deadline);
  for (const owner of liveRecords(records).filter((record) => record.stackId === stackId)) {
    const isActive = owner.ownerId === active;
    // The source provider was asked about the active one.
    if (isActive && isTokenChecked(serverType)) continue;
    if (owner.credential && isWorthReading(owner.credential, isActive)) await inspect(owner, owner.credential, serverType, isActive, deadline);
  }
  await collectRecords(serverType, deadline);
}

/** Whether something can be found out about a token that was not just imported. */
function isWorthReading(credential: CredentialProperties, isActive: boolean): boolean {
  switch (credential.AuthType) {
    case 'CODECONNECTIONS': return false;
    // CodeBuild reads it itself, and says nothing when a new value is none.
    case 'SECRETS_MANAGER': return true;
    default: return credential.ExpiryField !== undefined && !(isActive && credential.RefreshOnSecretChange === 'true');
  }
}

async function inspect(
  owner: OwnerRecord, wanted: CredentialProperties, serverType: ServerTypeName, isActive: boolean, deadline: Deadline,
): Promise<void> {
  try {
    const credential = await readCredential(serverType, wanted, { stackId: owner.stackId }, deadline);
    credential.warnings.forEach(({ message, fields }) => log('warn', message, fields));
    publishMetrics(serverType, tokenMetrics(credential));
  } catch (error) {
    if (isActive || !(error instanceof Failure)) throw error;
    log('warn', `the credential of ${describeResource(owner)}, which is not the active owner, could not be imported if it became active`, { serverType, reason: error.message });
  }
}
