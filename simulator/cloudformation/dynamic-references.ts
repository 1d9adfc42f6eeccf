import type { Aws } from '../aws';
import { ResourceFailure, StackLocation } from './resource';

/**
 * Replaces `{{resolve:secretsmanager:...}}` by the values of secrets. CloudFormation does so whenever it creates or
 * updates the resource. It compares the references, so a new value alone causes no update.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
 */
export function resolveSecrets(value: string, aws: Aws, stack: StackLocation): string {
  return value.replace(/\{\{resolve:secretsmanager:(.*?)\}\}/g, (_, reference: string) => secretValue(reference, aws, stack));
}

/** Resolves `secret-id:SecretString:json-key:version-stage:version-id`. The id may be an ARN, which contains colons. */
function secretValue(reference: string, aws: Aws, { account, region }: StackLocation): string {
  const parts = reference.split(':');
  const id = parts.splice(0, reference.startsWith('arn:') ? 7 : 1).join(':');
  const [kind = 'SecretString', key, stage, versionId] = parts.map((part) => part || undefined);
  if (kind !== 'SecretString') throw new ResourceFailure(`Could not parse SecretString JSON: ${kind}`);
  const secret = aws.region(account, region).secrets.find(({ arn, name }) => arn === id || name === id || arn.slice(0, -7) === id);
  const version = secret?.versions.find((one) => versionId ? one.id === versionId : one.stages.includes(stage ?? 'AWSCURRENT'));
  // The texts are guesses.
  if (!version || typeof version.value !== 'string') throw new ResourceFailure("Secrets Manager can't find the specified secret.");
  if (!key) return version.value;
  const found = jsonValue(version.value, key);
  if (typeof found !== 'string') throw new ResourceFailure(`Could not find a value associated with JSONKey in SecretString (key ${key})`);
  return found;
}

function jsonValue(text: string, key: string): unknown {
  try {
    return JSON.parse(text)[key];
  } catch {
    throw new ResourceFailure('Could not parse SecretString JSON');
  }
}
