import type { ServerTypeName } from '../../src/contract';
import type { Deadline } from '../deadline';
import { collectRecords } from '../ownership/collect-records';
import { reconcile } from '../ownership/reconcile';

/** Repairs what no event reported: a credential deleted or replaced by others, a lost event, a secret of another account. */
export async function look(serverType: ServerTypeName, stackId: string, deadline: Deadline): Promise<void> {
  await reconcile({ serverType, stackId, onlyDrift: true }, deadline);
  await collectRecords(serverType, deadline);
}
