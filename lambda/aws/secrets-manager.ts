import { GetSecretValueCommand, GetSecretValueResponse, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callAws, errorName, errorText, isAccessDenied } from './call';
import { clientConfig, clients } from './client';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';

/** The client in the region of the secret. */
const secretsManager = clients((region: string) => new SecretsManagerClient(clientConfig(region)));

/**
 * Reads the current version of a secret.
 *
 * @param name the secret and its region, for error messages
 */
export async function getSecretValue(secretId: string, region: string, name: string, deadline: Deadline): Promise<GetSecretValueResponse> {
  try {
    return await callAws(deadline, (options) => secretsManager(region).send(new GetSecretValueCommand({ SecretId: secretId }), options));
  } catch (error) {
    if (isAccessDenied(error)) {
      if (/\bKMS\b/.test(errorText(error))) {
        throw new Failure(`secret ${name} may not be read: ${errorText(error)}. Allow this role kms:Decrypt on the key of the secret: pass encryptionKey, and check the policy of the key, boundaries and policies of the organization`, { cause: error });
      }
      // With permission for one secret only, AWS does not reveal whether another one exists.
      throw new Failure(`secret ${name} may not be read: ${errorText(error)}. Check the name or ARN. With a customer-managed key, pass encryptionKey. From another account, allow this role in the policies of the secret and its key`, { cause: error });
    }
    switch (errorName(error)) {
      case 'ResourceNotFoundException':
        throw new Failure(`secret ${name} does not exist or has no value. Create it, or correct its name or ARN. If this stack creates it, deploy the secret first, alone, and store the value: a rollback removes the secret`);
      case 'InvalidRequestException':
        throw new Failure(`secret ${name} cannot be read: ${errorText(error)}. If it is scheduled for deletion, restore it`);
      case 'DecryptionFailure':
        throw new Failure(`secret ${name} cannot be decrypted: ${errorText(error)}. Pass its customer-managed key as encryptionKey, and check that the key is enabled`);
      default:
        throw new Failure(`secret ${name} cannot be read: ${errorText(error)}`);
    }
  }
}
