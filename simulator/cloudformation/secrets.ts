import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Aws, Secrets as RegionSecrets } from '../aws';
import { Declaration, Instance, Resource, StackLocation } from './resource';

/** The AWS::SecretsManager::Secret resources of templates, which functions can read. */
export class Secrets {
  constructor(private readonly aws: Aws) {}

  /** Creates the secret, and returns the service's ARN as its physical id. Without a name, it uses the generated one in `described`. */
  create({ properties, stack }: Declaration, described: Instance): Instance {
    const name = properties.Name ?? secretName(described.physicalId);
    const existing = this.in(stack).find((secret) => secret.name === name);
    // In a rollback the secret may still exist, if its replacement has not deleted it yet.
    const physicalId = existing?.arn ?? this.in(stack).create({ name, value: secretValue(properties), kmsKeyArn: keyArn(properties, stack) });
    return { ...described, physicalId };
  }

  /** Adds a version only if the template's value changed. Otherwise keeps the current one, which may come from elsewhere. */
  update(wanted: Declaration, current: Resource): void {
    const valueOf = ({ properties }: Declaration) => [properties.SecretString, properties.GenerateSecretString];
    const value = secretValue(wanted.properties);
    if (value === undefined || isDeepStrictEqual(valueOf(wanted), valueOf(current))) return;
    this.in(wanted.stack).put(secretName(current.physicalId), value);
  }

  delete({ physicalId, stack }: Resource): void {
    // A test may have deleted it already.
    const secret = this.in(stack).find(({ arn }) => arn === physicalId);
    if (secret) this.in(stack).delete(secret.name);
  }

  private in({ account, region }: StackLocation): RegionSecrets {
    return this.aws.region(account, region).secrets;
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html */
function secretValue({ GenerateSecretString: generate, SecretString }: Record<string, any>): string | undefined {
  if (generate === undefined) return SecretString;
  const password = randomBytes(64).toString('hex').slice(0, Number(generate.PasswordLength ?? 32));
  if (generate.SecretStringTemplate === undefined) return password;
  return JSON.stringify({ ...JSON.parse(generate.SecretStringTemplate), [generate.GenerateStringKey]: password });
}

/** KmsKeyId may be an ARN or an id. */
function keyArn({ KmsKeyId }: Record<string, any>, { account, partition, region }: StackLocation): string | undefined {
  return !KmsKeyId || KmsKeyId.startsWith('arn:') ? KmsKeyId : `arn:${partition}:kms:${region}:${account}:key/${KmsKeyId}`;
}

function secretName(arn: string): string {
  return arn.split(':').slice(6).join(':').replace(/-[A-Za-z0-9]{6}$/, '');
}
