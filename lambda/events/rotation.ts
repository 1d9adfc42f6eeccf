import type { CredentialProperties, ServerTypeName } from '../../src/contract';
import type { Deadline } from '../deadline';
import { activeOwner } from '../ownership/active-owner';
import { reconcile } from '../ownership/reconcile';
import { listRecords } from '../ownership/records';

/** The secret and version in an event. Each field may be missing. */
export interface SecretChange {
  readonly name: unknown;
  readonly secretArn: unknown;
  readonly versionId: unknown;
}

/** Imports the new version of a secret if the active owner uses the secret. Returns whether it does. */
export async function refresh(serverType: ServerTypeName, stackId: string, change: SecretChange, deadline: Deadline): Promise<boolean> {
  const records = await listRecords(serverType, deadline);
  const owner = activeOwner(records);
  if (owner?.stackId !== stackId || !owner.credential || !follows(owner.credential, change)) return false;
  const expectedVersion = typeof change.versionId === 'string' ? change.versionId : undefined;
  await reconcile({ serverType, stackId, records, isRotation: true, expectedVersion }, deadline);
  return true;
}

/** Whether the credential comes from the secret and is imported again when the secret changes. */
function follows(credential: CredentialProperties, { secretArn, name }: SecretChange): boolean {
  return 'RefreshOnSecretChange' in credential && credential.RefreshOnSecretChange === 'true'
    && [secretArn, name, String(secretArn).replace(/-[^-]{6}$/, '')].includes(credential.SecretId);
}
