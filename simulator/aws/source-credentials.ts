import { AuthType, ServerType } from '@aws-sdk/client-codebuild';
import { formatArn } from './arn';

/** A credential as CodeBuild keeps it; its API shows everything but the token and the user name. */
export interface HeldCredential {
  readonly arn: string;
  readonly serverType: ServerType;
  readonly authType: AuthType;
  /** The connection's or the secret's ARN, if the auth type is one of these two. */
  readonly resource?: string;
  readonly token: string;
  readonly username?: string;
}

/** What is imported: a credential without what CodeBuild works out. */
export type CredentialToImport = Omit<HeldCredential, 'arn' | 'resource'>;

/** CodeBuild's source credentials of an account and region: one for each server type. */
export class SourceCredentials {
  private readonly credentials = new Map<ServerType, HeldCredential>();

  constructor(private readonly account: string, private readonly region: string) {}

  /** Every credential, in the order in which their server types were first imported. */
  list(): HeldCredential[] {
    return [...this.credentials.values()];
  }

  held(serverType: ServerType): HeldCredential | undefined {
    return this.credentials.get(serverType);
  }

  /** What a person does in the console, where `OAUTH` works too. */
  importByHand(credential: CredentialToImport): string {
    return this.put(credential);
  }

  /** What a person does in the console. */
  deleteByHand(serverType: ServerType): void {
    if (!this.credentials.delete(serverType)) throw new Error(`there is no credential of server type ${serverType} to delete`);
  }

  /** Keeps the credential in place of the one of its server type. */
  put(credential: CredentialToImport): string {
    const { serverType, authType, token } = credential;
    // The server type in small letters, whatever the auth type: (C) for three of them, (I) for the two of GitLab.
    const arn = formatArn({ service: 'codebuild', region: this.region, account: this.account, resource: `token/${serverType.toLowerCase()}` });
    const resource = authType === 'CODECONNECTIONS' || authType === 'SECRETS_MANAGER' ? token : undefined;
    this.credentials.set(serverType, { ...credential, arn, resource });
    return arn;
  }

  /** Whether there was one to delete. */
  remove(arn: string): boolean {
    const found = this.list().find((credential) => credential.arn === arn);
    return found !== undefined && this.credentials.delete(found.serverType);
  }
}
