import { fingerprintOf, hasFingerprint } from '../../../lambda/aws/fingerprint';

test.each([
  [undefined, { authType: 'CODECONNECTIONS', resource: 'a' }, false],
  [{ authType: 'OAUTH' }, undefined, false],
  [undefined, undefined, false],
  [{ authType: 'CODECONNECTIONS', resource: 'a' }, { authType: 'CODECONNECTIONS', resource: 'a' }, true],
  [{ authType: 'CODECONNECTIONS', resource: 'a' }, { authType: 'CODECONNECTIONS', resource: 'b' }, false],
  [{ authType: 'CODECONNECTIONS', resource: 'a' }, { authType: 'SECRETS_MANAGER', resource: 'a' }, false],
  [{ authType: 'OAUTH' }, { authType: 'PERSONAL_ACCESS_TOKEN' }, false],
  [{ authType: 'PERSONAL_ACCESS_TOKEN' }, { authType: 'PERSONAL_ACCESS_TOKEN' }, true],
])('%j has the fingerprint %j: %j', (one, other, expected) => {
  expect(hasFingerprint(one, other)).toBe(expected);
});

test('a fingerprint is the auth type, and the ARN if there is one', () => {
  expect(fingerprintOf({ authType: 'PERSONAL_ACCESS_TOKEN', resource: undefined, token: 'ghp_x' } as never)).toEqual({ authType: 'PERSONAL_ACCESS_TOKEN' });
  expect(fingerprintOf({ authType: 'CODECONNECTIONS', resource: 'a', arn: 'b' } as never)).toEqual({ authType: 'CODECONNECTIONS', resource: 'a' });
});
