import { ConnectionEdit, isConnectionEdit, UseConnection, withConnectionEdit } from './connection-steps';
import type { Edit } from './steps';
import { Contents, Declared, isSupported } from './templates';

type CredentialEdit = Exclude<Edit, ConnectionEdit | UseConnection>;

export const EMPTY: Contents = { credentials: [], connections: [] };

const DEFAULT: Declared = {
  logicalId: 'One', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', number: 1, shouldOverwrite: true, retain: false,
};

/** Returns the app after an edit. `connectionArns` are the connections that a credential may name. */
export function applyEdit(contents: Contents, edit: Edit, connectionArns: readonly string[]): Contents {
  const { connections, credentials } = contents;
  if (isConnectionEdit(edit)) return { credentials, connections: withConnectionEdit(connections, edit) };
  if (edit.kind !== 'useConnection') return { credentials: withCredentialEdit(credentials, edit), connections };
  const arn = connectionArns[edit.nth % connectionArns.length];
  if (!arn) return contents;
  const declared: Declared = { ...DEFAULT, logicalId: edit.logicalId, authType: 'CODECONNECTIONS', connectionArn: arn };
  return { credentials: [...withoutConflicting(declared, credentials), declared], connections };
}

export function isEmpty({ connections, credentials }: Contents): boolean {
  return connections.length === 0 && credentials.length === 0;
}

/** Returns whether CodeBuild accepts the credential if its secret is valid. */
export function isImportable({ authType, serverType }: Declared): boolean {
  return authType !== 'SECRETS_MANAGER' || serverType === 'GITHUB';
}

/** Returns the secrets whose changes the stack's rule matches. */
export function secretsOf({ credentials }: Contents): ReadonlySet<number> {
  const tokens = credentials.filter(({ authType }) => authType === 'PERSONAL_ACCESS_TOKEN' || authType === 'BASIC_AUTH');
  return new Set(tokens.map(({ number }) => number));
}

/** A stack declares each server type and each logical id once. */
function withCredentialEdit(app: readonly Declared[], edit: CredentialEdit): readonly Declared[] {
  if (edit.kind === 'put') {
    const { kind: _kind, ...declared } = edit;
    return isSupported(declared) ? [...withoutConflicting(declared, app), declared] : app;
  }
  const chosen = app[edit.nth % app.length];
  if (!chosen) return edit.kind === 'remove' ? app : [{ ...DEFAULT, ...'logicalId' in edit && { logicalId: edit.logicalId } }];
  const rest = app.filter((declared) => declared !== chosen);
  if (edit.kind === 'remove') return rest;
  const { kind: _kind, nth: _nth, ...changes } = edit;
  // A connection ARN fits only the former auth type and server type.
  const { connectionArn, ...kept } = chosen;
  const declared = { ...kept, ...edit.kind === 'rename' && connectionArn && { connectionArn }, ...changes };
  return isSupported(declared) ? [...withoutConflicting(declared, rest), declared] : app;
}

function withoutConflicting(declared: Declared, app: readonly Declared[]): Declared[] {
  return app.filter(({ logicalId, serverType }) => logicalId !== declared.logicalId && serverType !== declared.serverType);
}
