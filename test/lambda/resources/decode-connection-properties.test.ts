import { decodeConnectionProperties } from '../../../lambda/resources/decode-connection-properties';

const REQUIRED = { ProviderType: 'GitLab', ConnectionName: 'gitlab' };

test('a missing property has its default, for requests of older stacks', () => {
  expect(decodeConnectionProperties(REQUIRED)).toEqual({
    spec: { providerType: 'GitLab', connectionName: 'gitlab', hostArn: undefined }, adoptExisting: true, retain: true, tags: {},
  });
});

test('every property is read', () => {
  const raw = { ...REQUIRED, HostArn: 'a-host', AdoptExisting: 'false', RemovalPolicy: 'destroy', Tags: [{ Key: 'team', Value: 'platform' }, { Key: 'empty' }] };
  expect(decodeConnectionProperties(raw)).toEqual({
    spec: { providerType: 'GitLab', connectionName: 'gitlab', hostArn: 'a-host' },
    adoptExisting: false,
    retain: false,
    tags: { team: 'platform', empty: '' },
  });
});

test.each([
  [{ ProviderType: 'AzureDevOps' }, 'property ProviderType must be one of GitHub, GitHubEnterpriseServer, Bitbucket, GitLab, GitLabSelfManaged'],
  [{ ConnectionName: undefined }, 'property ConnectionName must be a non-empty string'],
  [{ ConnectionName: 'x'.repeat(33) }, `property ConnectionName must have at most 32 characters; got '${'x'.repeat(33)}'`],
  [{ HostArn: 7 }, 'property HostArn must be a non-empty string'],
  [{ AdoptExisting: 'yes' }, 'property AdoptExisting must be one of true, false'],
  [{ RemovalPolicy: 'snapshot' }, 'property RemovalPolicy must be one of destroy, retain'],
  [{ Tags: 'team' }, 'property Tags must be a list of Key and Value'],
  [{ Tags: [null] }, 'property Key must be a non-empty string'],
])('refused: %j', (raw, message) => {
  expect(() => decodeConnectionProperties({ ...REQUIRED, ...raw })).toThrow(message);
});
