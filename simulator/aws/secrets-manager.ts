import { parseArn } from './arn';
import { accessDenied, authorize, AuthorizationRequest, contextOf } from './authorization';
import * as model from './models/secretsmanager.json';
import { Regions } from './region';
import { Secret, SecretVersion } from './secrets';
import { Call, Service } from './service';
import { ServiceError } from './service-error';
import { validationException } from './validation';

/** The input of GetSecretValue. */
interface GetSecretValueInput {
  readonly SecretId: string;
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

/** Secrets Manager's GetSecretValue. */
export function secretsManager(regions: Regions): Service {
  return {
    model,
    invalidInput: validationException,
    operations: {
      GetSecretValue(input: GetSecretValueInput, call) {
        const secret = findSecret(regions, input.SecretId, call);
        checkAccess(input, secret, call);
        if (!secret) {
          throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret."); // (C)
        }
        if (secret.markedForDeletion) {
          throw new ServiceError( // (C)
            'InvalidRequestException',
            "You can't perform this operation on the secret because it was marked for deletion.",
          );
        }
        const version = findVersion(secret, input);
        checkKey(secret, version, call);
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: version.id,
          ...(typeof version.value === 'string' ? { SecretString: version.value } : { SecretBinary: version.value }),
          // The member is omitted if the version has no label: the model requires at least one (I).
          ...(version.stages.length > 0 && { VersionStages: version.stages }),
          CreatedDate: version.created,
        };
      },
    },
  };
}

/** Finds a secret by its name, complete ARN or partial ARN. */
function findSecret(regions: Regions, id: string, { principal, region }: Call): Secret | undefined {
  if (!id.startsWith('arn:')) {
    if (!/^[\w/+=.@!-]+$/.test(id)) {
      throw new ServiceError( // (C)
        'ValidationException',
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      );
    }
    return regions.get(principal.account, region).secrets.find(({ name }) => name === id);
  }
  const arn = parseArn(id);
  if (!arn) return undefined;
  // The region is that of the request, so an ARN of another region finds nothing (I).
  const { secrets } = regions.get(arn.account, region);
  // An ARN whose name ends with a hyphen and six characters is treated as complete, even if it is partial (C).
  if (/-[A-Za-z0-9]{6}$/.test(id)) return secrets.find((secret) => secret.arn === id);
  return secrets.find((secret) => secret.arn.slice(0, -'-123456'.length) === id);
}

function checkAccess(input: GetSecretValueInput, secret: Secret | undefined, { principal }: Call): void {
  const request: AuthorizationRequest = {
    action: 'secretsmanager:GetSecretValue',
    // Without a secret there is no complete ARN: the policy is then evaluated for the id as given (I).
    resource: secret?.arn ?? input.SecretId,
    // A stage that was not sent is not in the context, even though AWSCURRENT is read (C).
    context: contextOf({
      'secretsmanager:SecretId': input.SecretId,
      'secretsmanager:VersionId': input.VersionId,
      'secretsmanager:VersionStage': input.VersionStage,
    }),
  };
  authorize(principal, request);
  const owner = parseArn(request.resource)?.account ?? principal.account;
  if (owner === principal.account) return;
  if (!secret?.sharedWith.includes(principal.account)) throw accessDenied(principal, request, 'resource'); // (C)
  if (!secret.kmsKeyArn) {
    throw new ServiceError( // (C), text: (I)
      'InvalidRequestException',
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    );
  }
}

/** Checks the caller's permission for the key: Secrets Manager decrypts on behalf of the caller (C). */
function checkKey(secret: Secret, version: SecretVersion, { principal, region }: Call): void {
  if (!secret.kmsKeyArn) return;
  const allowed = principal.isAllowed({
    action: 'kms:Decrypt',
    resource: secret.kmsKeyArn,
    context: {
      'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
      'kms:EncryptionContext:SecretARN': secret.arn,
      'kms:EncryptionContext:SecretVersionId': version.id,
      // All aliases of the key. The ARN of an alias does not match the key (C): kms/latest/developerguide/alias-authorization.html
      ...secret.kmsKeyAliases.length > 0 && { 'kms:ResourceAliases': secret.kmsKeyAliases },
    },
  });
  if (!allowed) throw new ServiceError('AccessDeniedException', 'Access to KMS is not allowed'); // (C)
}

function findVersion({ versions }: Secret, { VersionId: id, VersionStage: stage }: GetSecretValueInput): SecretVersion {
  const wanted = id === undefined ? stage ?? 'AWSCURRENT' : undefined;
  const version = versions.find((candidate) => wanted ? candidate.stages.includes(wanted) : candidate.id === id);
  if (!version) {
    throw new ServiceError( // (C)
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${wanted ? `staging label: ${wanted}` : `VersionId: ${id}`}`,
    );
  }
  if (stage !== undefined && !version.stages.includes(stage)) {
    throw new ServiceError('InvalidRequestException', 'You provided a VersionStage that is not associated to the provided VersionId.'); // (I)
  }
  return version;
}
