import { liveRecords } from './active-owner';
import { ConnectionDeletion, ConnectionUser, OwnerRecord, Records } from './records';

/** Whoever marked a connection for deletion has finished by then, or died: longer than a Lambda function runs. */
const LONGEST_DELETION_MS = 20 * 60_000;

/** Whether somebody is about to delete a connection. */
export function isBeingDeleted({ writtenAt }: ConnectionDeletion): boolean {
  return Date.now() - writtenAt < LONGEST_DELETION_MS;
}

/** The resources of this library, of any stack, that use a connection. */
export function usersOf(records: Records, connectionArn: string): Array<ConnectionUser | OwnerRecord> {
  const owners = liveRecords(records).filter((record) => record.credential && 'ConnectionArn' in record.credential
    && record.credential.ConnectionArn === connectionArn);
  const users = records.connectionUsers.filter((user) => user.connectionArn === connectionArn);
  return [...users, ...owners];
}
