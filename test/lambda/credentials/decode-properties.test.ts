import * as fc from 'fast-check';
import { decodeProperties } from '../../../lambda/credentials/decode-properties';
import { Failure } from '../../../lambda/failure';
import type { AuthTypeName, CredentialProperties } from '../../../src/contract';

const COMMON = { ServiceToken: 'an-arn', ServiceTimeout: '600' };
const SECRET = { ...COMMON, ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' };
const ARN = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/github';

describe('the properties that the constructs send are decoded', () => {
  test.each([
    ['PERSONAL_ACCESS_TOKEN', 'GITHUB', { SecretId: 'ci/github', RefreshOnSecretChange: 'true' }],
    ['PERSONAL_ACCESS_TOKEN', 'GITHUB', { SecretId: ARN, JsonField: 'token', RefreshOnSecretChange: 'false' }],
    ['PERSONAL_ACCESS_TOKEN', 'GITHUB', { SecretId: ARN, JsonField: 'token', ExpiryField: 'ends', RefreshOnSecretChange: 'true' }],
    ['BASIC_AUTH', 'BITBUCKET', { SecretId: 'ci/b', UsernameField: 'u', PasswordField: 'p', RefreshOnSecretChange: 'false' }],
    ['BASIC_AUTH', 'BITBUCKET', { SecretId: 'ci/b', UsernameField: 'u', PasswordField: 'p', ExpiryField: 'ends', RefreshOnSecretChange: 'true' }],
    ['CODECONNECTIONS', 'GITLAB', { ConnectionArn: 'arn:aws:codeconnections:us-east-1:111111111111:connection/a' }],
    ['SECRETS_MANAGER', 'GITHUB_ENTERPRISE', { SecretId: `${ARN}-AbCdEf` }],
  ])('for %s', (AuthType, ServerType, credential) => {
    expect(decodeProperties({ ...COMMON, ServerType, AuthType, ShouldOverwrite: 'false', RemovalPolicy: 'retain', ...credential }))
      .toEqual({ serverType: ServerType, credential: { AuthType, ...credential }, shouldOverwrite: false, retain: true });
  });
});

/** The compiler requires every property of the contract here. The test then requires the handler to read it. */
const EVERY_PROPERTY: { readonly [T in AuthTypeName]: Required<Extract<CredentialProperties, { AuthType: T }>> } = {
  PERSONAL_ACCESS_TOKEN: { AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/b', JsonField: 'token', ExpiryField: 'ends', RefreshOnSecretChange: 'false' },
  BASIC_AUTH: { AuthType: 'BASIC_AUTH', SecretId: 'ci/b', UsernameField: 'u', PasswordField: 'p', ExpiryField: 'ends', RefreshOnSecretChange: 'false' },
  CODECONNECTIONS: { AuthType: 'CODECONNECTIONS', ConnectionArn: 'arn:aws:codeconnections:us-east-1:111111111111:connection/a' },
  SECRETS_MANAGER: { AuthType: 'SECRETS_MANAGER', SecretId: 'ci/b' },
};

test.each(Object.values(EVERY_PROPERTY))('every property of $AuthType is read', (credential) => {
  expect(decodeProperties({ ...COMMON, ServerType: 'BITBUCKET', ...credential }).credential).toEqual(credential);
});

describe('properties that an older release does not send have a default', () => {
  test.each([
    ['ShouldOverwrite and RemovalPolicy', SECRET, { shouldOverwrite: true, retain: false }],
    ['RefreshOnSecretChange', SECRET, { credential: { RefreshOnSecretChange: 'true' } }],
    ['the fields of basic auth', { ...SECRET, ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH' }, { credential: { UsernameField: 'username', PasswordField: 'password' } }],
  ])('%s', (_, sent, decoded) => {
    expect(decodeProperties(sent)).toMatchObject(decoded);
  });
});

test('additional properties of a newer release are ignored', () => {
  expect(decodeProperties({ ...SECRET, OfTheFuture: 'true' })).toEqual(decodeProperties(SECRET));
});

test.each([['true', true], ['false', false]])('ShouldOverwrite %s is sent as a string', (ShouldOverwrite, shouldOverwrite) => {
  expect(decodeProperties({ ...SECRET, ShouldOverwrite }).shouldOverwrite).toBe(shouldOverwrite);
});

const SERVER_TYPES = 'GITHUB, GITHUB_ENTERPRISE, BITBUCKET, GITLAB, GITLAB_SELF_MANAGED';
const NO_ARN = 'property SecretId is not the ARN of a secret. Copy it from the console, or pass the name';

describe('refused:', () => {
  test.each([
    ['ServerType', undefined, `property ServerType must be one of ${SERVER_TYPES}`],
    ['ServerType', 'github', `property ServerType must be one of ${SERVER_TYPES}`],
    ['ServerType', '__proto__', `property ServerType must be one of ${SERVER_TYPES}`],
    ['ServerType', ['GITHUB'], `property ServerType must be one of ${SERVER_TYPES}`],
    ['AuthType', undefined, 'property AuthType must be one of PERSONAL_ACCESS_TOKEN, CODECONNECTIONS, SECRETS_MANAGER for GITHUB'],
    ['AuthType', 'BASIC_AUTH', 'property AuthType must be one of PERSONAL_ACCESS_TOKEN, CODECONNECTIONS, SECRETS_MANAGER for GITHUB'],
    ['AuthType', 'OAUTH', 'property AuthType must be one of PERSONAL_ACCESS_TOKEN, CODECONNECTIONS, SECRETS_MANAGER for GITHUB'],
    ['SecretId', undefined, 'property SecretId must be a non-empty string'],
    ['SecretId', '', 'property SecretId must be a non-empty string'],
    ['SecretId', { Ref: 'Secret' }, 'property SecretId must be a non-empty string'],
    ['SecretId', 'arn:aws', NO_ARN],
    ['SecretId', 'arn:aws:codeconnections:us-east-1:111111111111:connection/x', NO_ARN],
    ['SecretId', 'arn:aws:secretsmanager::111111111111:secret:ci/github', NO_ARN],
    ['SecretId', 'arn:aws:secretsmanager:us-east-1.example.com/:111111111111:secret:ci/github', NO_ARN],
    ['JsonField', '', 'property JsonField must be a non-empty string'],
    ['JsonField', null, 'property JsonField must be a non-empty string'],
    ['ExpiryField', '', 'property ExpiryField must be a non-empty string'],
    ['ShouldOverwrite', true, 'property ShouldOverwrite must be one of true, false'],
    ['ShouldOverwrite', 'yes', 'property ShouldOverwrite must be one of true, false'],
    ['RefreshOnSecretChange', 'no', 'property RefreshOnSecretChange must be one of true, false'],
    ['RemovalPolicy', 'Retain', 'property RemovalPolicy must be one of destroy, retain'],
  ])('%s %j', (name, value, reason) => {
    expect(() => decodeProperties({ ...SECRET, [name]: value })).toThrow(new Failure(reason));
  });

  test('a token for GitLab, which CodeBuild does not accept', () => {
    expect(() => decodeProperties({ ...SECRET, ServerType: 'GITLAB' })).toThrow('property AuthType must be one of CODECONNECTIONS for GITLAB');
  });

  test.each(['ghp_', 'gho_', 'ghs_', 'ghu_', 'ghr_', 'github_pat_', 'glpat-', 'ATATT', 'ATCTT', 'ATBB'])('an access token in place of SecretId, which is not repeated: %s', (prefix) => {
    const refusal = () => decodeProperties({ ...SECRET, SecretId: `${prefix}0123456789` });
    expect(refusal).toThrow('property SecretId is an access token. Revoke it, since it is in the template, and pass the name or ARN of a secret with a new one');
    expect(refusal).not.toThrow('0123');
  });
});

test('any properties are either decoded or refused', () => {
  const names = fc.constantFrom('ServerType', 'AuthType', 'SecretId', 'JsonField', 'UsernameField', 'PasswordField', 'ExpiryField', 'ConnectionArn', 'ShouldOverwrite', 'RemovalPolicy', 'RefreshOnSecretChange', '__proto__', 'constructor');
  const values = fc.oneof(
    fc.constantFrom('GITHUB', 'BITBUCKET', 'GITLAB', 'PERSONAL_ACCESS_TOKEN', 'BASIC_AUTH', 'CODECONNECTIONS', 'SECRETS_MANAGER', 'true', 'false', 'destroy', '__proto__', 'arn:'),
    fc.jsonValue(),
  );
  const sent = fc.array(fc.tuple(names, values)).map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))));
  fc.assert(fc.property(fc.oneof(sent, sent.map((one) => ({ ...SECRET, ...one }))), (raw) => {
    const decoded = readOrRefused(raw);
    if (decoded instanceof Failure) return;
    expect([decoded.serverType, decoded.credential.AuthType]).toEqual([raw.ServerType, raw.AuthType]);
    expect([typeof decoded.shouldOverwrite, typeof decoded.retain]).toEqual(['boolean', 'boolean']);
    expect(Object.values(decoded.credential).every((value) => typeof value === 'string' && value !== '')).toBe(true);
  }), { numRuns: 1_000 });
});

function readOrRefused(raw: Record<string, unknown>) {
  try {
    return decodeProperties(raw);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
