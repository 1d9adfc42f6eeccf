import fc from 'fast-check';
import {
  CONNECTION_IDS, CONNECTION_NAMES, ConnectionId, ConnectionName, DeclaredConnection, Provider, PROVIDERS,
} from './connection-templates';
import { LOGICAL_IDS, LogicalId } from './templates';

/** A change to an app's connections before a deploy. `nth` wraps around. */
export type ConnectionEdit =
  | { readonly kind: 'connect' } & DeclaredConnection
  | { readonly kind: 'disconnect'; readonly nth: number }
  | { readonly kind: 'replace'; readonly nth: number; readonly provider: Provider; readonly name: ConnectionName }
  | { readonly kind: 'reconnect'; readonly nth: number; readonly logicalId: ConnectionId };

/** A GitHub credential that uses the n-th GitHub connection of the sequences by its ARN. */
export interface UseConnection {
  readonly kind: 'useConnection';
  readonly logicalId: LogicalId;
  readonly nth: number;
}

interface MakeConnection {
  readonly kind: 'makeConnection';
  readonly provider: Provider;
  readonly name: ConnectionName;
  readonly status: 'AVAILABLE' | 'PENDING';
}

/** What a person does in the console. `nth` selects one of the sequences' connections and wraps around. */
export type ConnectionStep =
  | MakeConnection
  | { readonly kind: 'handshake'; readonly nth: number; readonly status: 'AVAILABLE' | 'ERROR' }
  | { readonly kind: 'deleteConnection'; readonly nth: number };

export function connectionEdits(weight: number): Array<fc.WeightedArbitrary<ConnectionEdit | UseConnection>> {
  const nth = fc.nat(1);
  const logicalId = fc.constantFrom(...CONNECTION_IDS);
  // The hard cases are those in which several stacks want the same connection.
  const provider = fc.constantFrom<Provider>('GitHub', ...PROVIDERS);
  const name = fc.constantFrom<ConnectionName>('ci', ...CONNECTION_NAMES);
  const mostly = fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
  return [
    {
      weight: 4 * weight,
      arbitrary: fc.record({
        kind: fc.constant('connect' as const),
        logicalId,
        provider,
        name,
        adopts: mostly,
        // Mostly DESTROY: a retained connection can never be an orphan.
        retain: mostly.map((destroys) => !destroys),
      }),
    },
    { weight, arbitrary: fc.record({ kind: fc.constant('disconnect' as const), nth }) },
    { weight: 2 * weight, arbitrary: fc.record({ kind: fc.constant('replace' as const), nth, provider, name }) },
    { weight: 2 * weight, arbitrary: fc.record({ kind: fc.constant('reconnect' as const), nth, logicalId }) },
    {
      weight,
      arbitrary: fc.record({ kind: fc.constant('useConnection' as const), logicalId: fc.constantFrom(...LOGICAL_IDS), nth: fc.nat(2) }),
    },
  ];
}

export function connectionSteps(weight: number): Array<fc.WeightedArbitrary<ConnectionStep>> {
  const nth = fc.nat(3);
  return [
    {
      weight,
      arbitrary: fc.record({
        kind: fc.constant('makeConnection' as const),
        provider: fc.constantFrom(...PROVIDERS),
        name: fc.constantFrom(...CONNECTION_NAMES),
        status: fc.constantFrom('AVAILABLE' as const, 'PENDING' as const),
      }),
    },
    {
      weight,
      arbitrary: fc.record({
        kind: fc.constant('handshake' as const),
        nth,
        status: fc.constantFrom('AVAILABLE' as const, 'AVAILABLE' as const, 'ERROR' as const),
      }),
    },
    { weight: weight / 2, arbitrary: fc.record({ kind: fc.constant('deleteConnection' as const), nth }) },
  ];
}

export function isConnectionEdit(edit: { readonly kind: string }): edit is ConnectionEdit {
  return ['connect', 'disconnect', 'replace', 'reconnect'].includes(edit.kind);
}

/** A stack declares each logical id once. */
export function withConnectionEdit(connections: readonly DeclaredConnection[], edit: ConnectionEdit): readonly DeclaredConnection[] {
  const without = (logicalId: ConnectionId) => connections.filter((declared) => declared.logicalId !== logicalId);
  if (edit.kind === 'connect') {
    const { kind: _kind, ...declared } = edit;
    return [...without(edit.logicalId), declared];
  }
  const chosen = connections[edit.nth % connections.length];
  if (!chosen) return connections;
  if (edit.kind === 'disconnect') return without(chosen.logicalId);
  const { kind: _kind, nth: _nth, ...changes } = edit;
  const declared = { ...chosen, ...changes };
  return [...without(declared.logicalId).filter((other) => other !== chosen), declared];
}

export function describeConnection({ adopts, logicalId, name, provider, retain }: DeclaredConnection): string {
  return `${logicalId} (connection '${name}' to ${provider}${adopts ? '' : ', none adopted'}${retain ? ', RETAIN' : ', DESTROY'})`;
}
