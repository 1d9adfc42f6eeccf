import { isRemoved, liveRecords } from './active-owner';
import { ConnectionDeletion, ConnectionUser, isSameResource, OwnerRecord, Records, ResourceName } from './records';
import { LONGEST_DELETION_MS } from '../../src/times';

/** Whether somebody is about to delete a connection. */
export function isBeingDeleted({ writtenAt }: ConnectionDeletion): boolean {
  return Date.now() - writtenAt < LONGEST_DELETION_MS;
}

/** The mark of somebody who is about to delete a connection, or has just deleted it. */
export function deletionOf({ connectionDeletions }: Records, connectionArn: string): ConnectionDeletion | undefined {
  return connectionDeletions.find((deletion) => deletion.connectionArn === connectionArn && isBeingDeleted(deletion));
}

/** Whether the resource that uses a connection is gone, or uses another one now. */
export function isUserRemoved(records: Records, user: ConnectionUser): boolean {
  return isRemoved(records, { ...user, ownerId: user.requestId });
}

/** The resources of this library, of any stack, that use a connection. */
export function usersOf(records: Records, connectionArn: string): Array<ConnectionUser | OwnerRecord> {
  // CodeBuild shows the connection as the credential's resource; what a record of another format wants may be unknown.
  const owners = liveRecords(records).filter(({ fingerprint }) => !fingerprint || fingerprint.resource === connectionArn);
  const users = records.connectionUsers.filter((user) => user.connectionArn === connectionArn && !isUserRemoved(records, user));
  return [...users, ...owners];
}

/** The records of a resource that were written until a request was sent, of one connection or of all. */
export function recordsOf(
  { connectionUsers }: Records, request: ResourceName & Pick<ConnectionUser, 'sentAt'>, connectionArn?: string,
): ConnectionUser[] {
  return connectionUsers.filter((user) => isSameResource(user, request) && user.sentAt <= request.sentAt
    && (connectionArn === undefined || user.connectionArn === connectionArn));
}
