import { CredentialProperties, recordsPath, ServerTypeName } from '../../src/contract';
import type { Fingerprint } from '../aws/fingerprint';
import { deleteParameter, listParameters, Parameter, putParameter } from '../aws/parameter-store';
import { decodeCredential } from '../credentials/decode-properties';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { number, object, oneOf, Raw, text } from '../property-values';

/** A resource of a stack. */
export interface ResourceName {
  readonly stackId: string;
  readonly logicalId: string;
}

/** A credential that a request has imported, or may have imported. */
export interface Proof {
  readonly fingerprint: Fingerprint;
  /** What CodeBuild showed before an import of which nobody knows whether it was done. */
  readonly before?: Fingerprint;
}

/** Says what an owner wants in CodeBuild. One request of CloudFormation writes it, and no other request changes it. */
export interface OwnerRecord extends ResourceName {
  /** The id of the request that created the resource. */
  readonly ownerId: string;
  /** The id of the request that wrote this record. */
  readonly requestId: string;
  /** When CloudFormation sent that request, in milliseconds. */
  readonly sentAt: number;
  /** Orders requests that were sent in the same second. */
  readonly seq: number;
  /** When the owner was last deployed, in milliseconds. */
  readonly deployedAt: number;
  /** What it takes to import the credential again. Undefined where another release wrote the record in a format of its own. */
  readonly credential?: CredentialProperties;
  /** What the owner wanted before the update that wrote this record. */
  readonly replaced?: CredentialProperties;
  readonly fingerprint?: Fingerprint;
  /** The import is not known to be done. */
  readonly unfinished?: { readonly before?: Fingerprint };
  /** What the import replaced that no owner explains: nobody can bring it back. */
  readonly overwrote?: Fingerprint;
}

/** Says that a resource is gone. Written before anything else is done about it. */
export interface RemovalRecord extends ResourceName {
  readonly key: string;
  /** Undefined where CloudFormation made up the id: then every request sent until `sentAt` is meant. */
  readonly ownerId?: string;
  readonly sentAt: number;
  /** For a user of a connection that is gone: `sentAt` and this are those of its record. */
  readonly seq?: number;
  readonly proof: readonly Proof[];
  /** By Parameter Store's clock. */
  readonly writtenAt: number;
}

/** Says that a `Connection` resource uses a connection. */
export interface ConnectionUser extends ResourceName {
  readonly name: string;
  readonly requestId: string;
  readonly connectionArn: string;
  /** The name that the request wants. */
  readonly connectionName: string;
  /** When CloudFormation sent that request, in milliseconds. */
  readonly sentAt: number;
  /** Orders requests that were sent in the same second: 1 for one that wants what the resource has had before. */
  readonly seq: number;
}

/** Says that somebody is about to delete a connection. */
export interface ConnectionDeletion extends ResourceName {
  readonly name: string;
  readonly requestId: string;
  readonly connectionArn: string;
  /** By Parameter Store's clock. */
  readonly writtenAt: number;
}

/** Everything that is recorded about a server type. */
export interface Records {
  readonly owners: readonly OwnerRecord[];
  readonly removals: readonly RemovalRecord[];
  /** When CodeBuild was last seen without a credential while nobody owned one. */
  readonly clearedAt: number;
  readonly connectionUsers: readonly ConnectionUser[];
  readonly connectionDeletions: readonly ConnectionDeletion[];
  /** Names of the owners' records that cannot be read: of owners whose stack is unknown. */
  readonly unreadable: readonly string[];
}

/** The format in which this release writes records. Stack, logical id and times keep their place in every format. */
const FORMAT = 1;

export async function listRecords(serverType: ServerTypeName, deadline: Deadline): Promise<Records> {
  const parameters = await listParameters(recordsPath(serverType), deadline);
  const owners: OwnerRecord[] = [];
  const removals: RemovalRecord[] = [];
  const connectionUsers: ConnectionUser[] = [];
  const connectionDeletions: ConnectionDeletion[] = [];
  const unreadable: string[] = [];
  let clearedAt = 0;
  for (const parameter of parameters) {
    const [kind] = parameter.name.split('/');
    try {
      switch (kind) {
        case 'owners':
          owners.push(decodeOwner(parameter, serverType));
          break;
        case 'removed':
          removals.push(decodeRemoval(parameter));
          break;
        case 'cleared':
          clearedAt = parameter.modifiedAt;
          break;
        case 'connections':
          if (/^connections\/[^/]+\/deleting\//.test(parameter.name)) connectionDeletions.push(decodeConnectionDeletion(parameter));
          else connectionUsers.push(decodeConnectionUser(parameter));
          break;
      }
    } catch {
      // A parser's error would repeat the text.
      unreadable.push(parameter.name);
    }
  }
  return { owners, removals, clearedAt, connectionUsers, connectionDeletions, unreadable: unreadable.filter((name) => name.startsWith('owners/')) };
}

/** Whether an owner has records. */
export async function hasRecords(serverType: ServerTypeName, ownerId: string, deadline: Deadline): Promise<boolean> {
  return (await listParameters(`${recordsPath(serverType)}/owners/${ownerId}`, deadline)).length > 0;
}

export async function putOwner(serverType: ServerTypeName, record: OwnerRecord, deadline: Deadline): Promise<void> {
  const { ownerId: _ownerId, requestId: _requestId, ...fields } = record;
  await put(serverType, ownerName(record), fields, deadline);
}

export async function deleteOwner(serverType: ServerTypeName, record: Pick<OwnerRecord, 'ownerId' | 'requestId'>, deadline: Deadline): Promise<void> {
  await remove(serverType, ownerName(record), deadline);
}

export async function putRemoval(serverType: ServerTypeName, { key, ...fields }: Omit<RemovalRecord, 'writtenAt'>, deadline: Deadline): Promise<void> {
  await put(serverType, removalName(key), fields, deadline);
}

export async function deleteRemoval(serverType: ServerTypeName, { key }: Pick<RemovalRecord, 'key'>, deadline: Deadline): Promise<void> {
  await remove(serverType, removalName(key), deadline);
}

/** What was imported before and is still recorded proves nothing any more. */
export async function putCleared(serverType: ServerTypeName, deadline: Deadline): Promise<void> {
  await put(serverType, 'cleared', {}, deadline);
}

export async function putConnectionUser(
  serverType: ServerTypeName, { name: _name, requestId, ...fields }: Omit<ConnectionUser, 'name'> & { name?: string }, deadline: Deadline,
): Promise<void> {
  await put(serverType, `${connectionPath(fields.connectionArn)}/users/${requestId}`, fields, deadline);
}

export async function putConnectionDeletion(
  serverType: ServerTypeName, { requestId, ...fields }: Omit<ConnectionDeletion, 'name' | 'writtenAt'>, deadline: Deadline,
): Promise<void> {
  await put(serverType, deletionName({ requestId, ...fields }), fields, deadline);
}

/** Users or deletions. */
export async function deleteConnectionRecords(
  serverType: ServerTypeName, records: ReadonlyArray<{ readonly name: string }>, deadline: Deadline,
): Promise<void> {
  for (const { name } of records) await remove(serverType, name, deadline);
}

export async function deleteConnectionDeletion(
  serverType: ServerTypeName, deletion: Pick<ConnectionDeletion, 'connectionArn' | 'requestId'>, deadline: Deadline,
): Promise<void> {
  await remove(serverType, deletionName(deletion), deadline);
}

export function isSameResource(one: ResourceName, other: ResourceName): boolean {
  return one.stackId === other.stackId && one.logicalId === other.logicalId;
}

/** A resource as people know it. */
export function describeResource({ stackId, logicalId }: ResourceName): string {
  return `${logicalId} of stack ${stackId.split('/')[1] ?? stackId}`;
}

function ownerName({ ownerId, requestId }: Pick<OwnerRecord, 'ownerId' | 'requestId'>): string {
  return `owners/${ownerId}/${requestId}`;
}

function removalName(key: string): string {
  return `removed/${key}`;
}

function deletionName({ connectionArn, requestId }: Pick<ConnectionDeletion, 'connectionArn' | 'requestId'>): string {
  return `${connectionPath(connectionArn)}/deleting/${requestId}`;
}

function connectionPath(connectionArn: string): string {
  return `connections/${connectionArn.split('/').at(-1)}`;
}

async function put(serverType: ServerTypeName, name: string, fields: object, deadline: Deadline): Promise<void> {
  // Parameter Store refuses a value with two opening braces in a row, which may stand in the name of a field.
  const value = JSON.stringify({ format: FORMAT, ...fields }).replaceAll('{{', '{\\u007b');
  await putParameter(`${recordsPath(serverType)}/${name}`, value, deadline);
}

async function remove(serverType: ServerTypeName, name: string, deadline: Deadline): Promise<void> {
  await deleteParameter(`${recordsPath(serverType)}/${name}`, deadline);
}

function decodeOwner({ name, value }: Parameter, serverType: ServerTypeName): OwnerRecord {
  const [, ownerId, requestId] = /^owners\/([\w-]+)\/([\w-]+)$/.exec(name) ?? [];
  if (ownerId === undefined) throw new Failure('not the name of an owner');
  const raw = parse(value);
  return {
    ownerId,
    requestId,
    ...resourceName(raw),
    sentAt: number(raw, 'sentAt'),
    seq: number(raw, 'seq', 0),
    deployedAt: number(raw, 'deployedAt'),
    credential: raw.format === FORMAT ? credential(raw, 'credential', serverType) : undefined,
    replaced: credential(raw, 'replaced', serverType),
    fingerprint: optional(raw, 'fingerprint', fingerprint),
    unfinished: optional(raw, 'unfinished', (unfinished) => ({ before: optional(unfinished, 'before', fingerprint) })),
    overwrote: optional(raw, 'overwrote', fingerprint),
  };
}

/** A record that somebody has edited may hold what no release has written: the owner stays one, with nothing to import. */
function credential(raw: Raw, name: string, serverType: ServerTypeName): CredentialProperties | undefined {
  try {
    return decodeCredential(object(raw, name), serverType);
  } catch {
    return undefined;
  }
}

function decodeRemoval({ name, value, modifiedAt }: Parameter): RemovalRecord {
  const raw = parse(value);
  const proof = Array.isArray(raw.proof) ? raw.proof : [];
  return {
    key: name.slice('removed/'.length),
    ownerId: raw.ownerId === undefined ? undefined : text(raw, 'ownerId'),
    ...resourceName(raw),
    sentAt: number(raw, 'sentAt'),
    seq: raw.seq === undefined ? undefined : number(raw, 'seq'),
    proof: proof.map((one: Raw) => ({ fingerprint: fingerprint(object(one, 'fingerprint')), before: optional(one, 'before', fingerprint) })),
    writtenAt: modifiedAt,
  };
}

function decodeConnectionUser({ name, value }: Parameter): ConnectionUser {
  const raw = parse(value);
  return {
    name,
    requestId: requestIn(name),
    ...resourceName(raw),
    connectionArn: text(raw, 'connectionArn'),
    connectionName: text(raw, 'connectionName'),
    sentAt: number(raw, 'sentAt'),
    seq: number(raw, 'seq', 0),
  };
}

function decodeConnectionDeletion({ name, value, modifiedAt }: Parameter): ConnectionDeletion {
  const raw = parse(value);
  return { name, requestId: requestIn(name), ...resourceName(raw), connectionArn: text(raw, 'connectionArn'), writtenAt: modifiedAt };
}

/** The id of the request at the end of a record's name. */
function requestIn(name: string): string {
  return name.split('/').at(-1)!;
}

function resourceName(raw: Raw): ResourceName {
  return { stackId: text(raw, 'stackId'), logicalId: text(raw, 'logicalId') };
}

function fingerprint(raw: Raw): Fingerprint {
  return { authType: oneOf(raw, 'authType', AUTH_TYPES), ...raw.resource !== undefined && { resource: text(raw, 'resource') } };
}

/** All that CodeBuild's list may show. */
const AUTH_TYPES = ['OAUTH', 'BASIC_AUTH', 'PERSONAL_ACCESS_TOKEN', 'CODECONNECTIONS', 'SECRETS_MANAGER'];

function optional<T>(raw: Raw, name: string, decode: (raw: Raw) => T): T | undefined {
  return raw[name] === undefined ? undefined : decode(object(raw, name));
}

function parse(value: string): Raw {
  return object({ value: JSON.parse(value) }, 'value');
}
