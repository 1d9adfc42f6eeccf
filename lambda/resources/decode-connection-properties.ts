import { LONGEST_CONNECTION_NAME, PROVIDER_TYPE_OF_SERVER, ProviderTypeName } from '../../src/contract';
import type { ConnectionSpec, Tags } from '../aws/codeconnections';
import { Failure } from '../failure';
import { flag, oneOf, Raw, text } from '../property-values';

/** The decoded properties of `Custom::CodeConnectionsConnection`. */
export interface DecodedConnectionProperties {
  readonly spec: ConnectionSpec;
  readonly adoptExisting: boolean;
  /** Whether to keep the connection when its resource is deleted. */
  readonly retain: boolean;
  readonly tags: Tags;
}

export function decodeConnectionProperties(raw: Raw): DecodedConnectionProperties {
  const providerType = oneOf(raw, 'ProviderType', Object.values(PROVIDER_TYPE_OF_SERVER) as ProviderTypeName[]);
  const connectionName = text(raw, 'ConnectionName');
  if (connectionName.length > LONGEST_CONNECTION_NAME) {
    throw new Failure(`property ConnectionName must have at most ${LONGEST_CONNECTION_NAME} characters; got '${connectionName}'`);
  }
  return {
    spec: { providerType, connectionName, hostArn: raw.HostArn === undefined ? undefined : text(raw, 'HostArn') },
    adoptExisting: flag(raw, 'AdoptExisting', true),
    retain: oneOf(raw, 'RemovalPolicy', ['destroy', 'retain'], '', 'retain') === 'retain',
    tags: tags(raw.Tags ?? []),
  };
}

function tags(list: unknown): Tags {
  if (!Array.isArray(list)) throw new Failure('property Tags must be a list of Key and Value');
  return Object.fromEntries(list.map((tag: Raw) => [text(tag ?? {}, 'Key'), String(tag.Value ?? '')]));
}
