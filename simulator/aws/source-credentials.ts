import { AuthType, ServerType } from '@aws-sdk/client-codebuild';
import { formatArn } from './arn';

/** A credential as CodeBuild stores it. Its API lists everything except the token and the user name. */
export interface HeldCredential {
  readonly arn: string;
  readonly serverType: ServerType;
  readonly authType: AuthType;
  /** The ARN of the connection or secret, for these auth types. */
  readonly resource?: string;
  readonly token: string;
  readonly username?: string;
}

/** A credential to import: without the fields that CodeBuild adds. */
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

  /** Imports a credential, as a person does in the console, where `OAUTH` works too. */
  importByHand(credential: CredentialToImport): string {
    return this.put(credential);
  }

  /** Deletes a credential, as a person does in the console. */
  deleteByHand(serverType: ServerType): void {
    if (!this.credentials.delete(serverType)) throw new Error(`there is no credential of server type ${serverType} to delete`);
  }

  /** Stores the credential, and replaces any other one of its server type. */
  put(credential: CredentialToImport): string {
    const { serverType, authType, token } = credential;
    // The server type in lower case, for every auth type: (C) for three server types, (I) for the two of GitLab.
    const arn = formatArn({ service: 'codebuild', region: this.region, account: this.account, resource: `token/${serverType.toLowerCase()}` });
    const resource = authType === 'CODECONNECTIONS' || authType === 'SECRETS_MANAGER' ? token : undefined;
    this.credentials.set(serverType, { ...credential, arn, resource });
    return arn;
  }

  /** Deletes a credential. Returns whether it existed. */
  remove(arn: string): boolean {
    const found = this.list().find((credential) => credential.arn === arn);
    return found !== undefined && this.credentials.delete(found.serverType);
  }
}
