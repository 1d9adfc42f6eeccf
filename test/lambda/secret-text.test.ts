import { format, inspect } from 'node:util';
import * as fc from 'fast-check';
import { SecretText } from '../../lambda/secret-text';

const VALUE = 'ghp_0123456789abcdef';
const secret = new SecretText(VALUE);

test('only reveal returns the value', () => {
  expect(secret.reveal()).toBe(VALUE);
});

test.each([
  ['in a message', `the token is ${secret}`],
  ['added to text', 'the token is ' + secret],
  ['as JSON', JSON.stringify({ secret, list: [secret] })],
  ['inspected', inspect({ secret }, { showHidden: true, depth: 9 })],
  ['inspected without its custom method', inspect({ secret }, { customInspect: false, showHidden: true })],
  ['formatted', format('%s %o %O %j', secret, secret, secret, secret)],
  ['by its keys', Object.entries(secret).flat().join()],
  ['copied', JSON.stringify({ ...secret })],
])('a secret is hidden %s', (_, text) => {
  expect(text).not.toContain('0123');
});

test('a text that contains six consecutive characters of a secret repeats it', () => {
  const parts = fc.nat(VALUE.length - 6).chain((start) => fc.integer({ min: start + 6, max: VALUE.length }).map((end) => VALUE.slice(start, end)));
  fc.assert(fc.property(fc.string(), parts, fc.string(), (before, part, after) => {
    expect(secret.isRepeatedIn(before + part + after)).toBe(true);
  }));
});

test.each([
  ['less than six of its characters', VALUE, 'at ghp_0', false],
  ['another text', VALUE, 'Token is required', false],
  ['nothing', VALUE, '', false],
  ['a complete short secret', 'abc', 'Value abc is too short', true],
  ['a part of a short one', 'abc', 'ab', false],
  ['one of six characters', 'abcdef', 'xabcdefx', true],
])('isRepeatedIn is correct for %s', (_, value, text, isRepeated) => {
  expect(new SecretText(value).isRepeatedIn(text)).toBe(isRepeated);
});
