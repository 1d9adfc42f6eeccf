import { eventPattern } from './event-pattern';

const EVENT = {
  'source': 'a-library',
  'detail-type': 'Something Happened',
  'resources': ['arn:aws:a:us-east-1:111111111111:thing/a', 'arn:aws:a:us-east-1:111111111111:thing/b/c'],
  'detail': { operation: 'Update', name: '/b/c', count: 2, flag: true, nothing: null, empty: [], inner: { text: 'x*y' }, list: [{ id: 1, on: 'a' }, { id: 2, on: 'b' }] },
};

test.each([
  ['an exact value', { source: ['a-library'] }, true],
  ['another value', { source: ['aws.s3'] }, false],
  ['one of several values', { source: ['aws.s3', 'a-library'] }, true],
  ['an item of the event\'s list', { resources: ['arn:aws:a:us-east-1:111111111111:thing/a'] }, true],
  ['two members, one of which does not match', { source: ['a-library'], detail: { operation: ['Create'] } }, false],
  ['a number', { detail: { count: [2] } }, true],
  ['the text of a number', { detail: { count: ['2'] } }, false],
  ['true and null', { detail: { flag: [true], nothing: [null] } }, true],
  ['a nested member', { detail: { inner: { text: ['x*y'] } } }, true],
  ['a member of a list of objects', { detail: { list: { id: [2], on: ['b'] } } }, true],
  ['members of different objects', { detail: { list: { id: [1], on: ['b'] } } }, false],
  ['an absent member', { detail: { absent: ['x'] } }, false],
  ['a member of an absent object', { other: { absent: ['x'] } }, false],
  ['a member of a string', { source: { name: ['x'] } }, false],
  ['a property of a JavaScript string', { source: { length: [9] } }, false],

  ['a prefix', { detail: { name: [{ prefix: '/b/' }] } }, true],
  ['another prefix', { detail: { name: [{ prefix: '/a/' }] } }, false],
  ['a prefix of a number', { detail: { count: [{ prefix: '2' }] } }, false],
  ['a prefix in an event\'s list', { resources: [{ prefix: 'arn:aws:a:us-east-1:111111111111:thing/b' }] }, true],
  ['a suffix', { detail: { name: [{ suffix: '/c' }] } }, true],
  ['another suffix', { detail: { name: [{ suffix: '/b' }] } }, false],
  ['a wildcard', { resources: [{ wildcard: 'arn:*:thing/*c' }] }, true],
  ['another wildcard', { detail: { name: [{ wildcard: '/*/d' }] } }, false],
  ['a wildcard without stars', { detail: { name: [{ wildcard: '/b' }] } }, false],
  ['an escaped star', { detail: { inner: { text: [{ wildcard: 'x\\*y' }] } } }, true],
  ['an escaped star for another text', { detail: { name: [{ wildcard: '\\*' }] } }, false],

  ['anything but the value', { detail: { operation: [{ 'anything-but': 'Update' }] } }, false],
  ['anything but another value', { detail: { operation: [{ 'anything-but': 'Create' }] } }, true],
  ['anything but several values', { detail: { operation: [{ 'anything-but': ['Create', 'Update'] }] } }, false],
  ['anything but a prefix', { detail: { name: [{ 'anything-but': { prefix: '/b' } }] } }, false],
  ['anything but another prefix', { detail: { name: [{ 'anything-but': { prefix: '/a' } }] } }, true],
  ['anything but a value, for an absent member', { detail: { absent: [{ 'anything-but': 'x' }] } }, false],

  ['the existence of a member', { detail: { nothing: [{ exists: true }] } }, true],
  ['the existence of an absent member', { detail: { absent: [{ exists: true }] } }, false],
  ['the absence of a member', { detail: { operation: [{ exists: false }] } }, false],
  ['the absence of absent members', { detail: { absent: [{ exists: false }] }, other: { absent: [{ exists: false }] } }, true],
  ['absence or a value', { detail: { operation: [{ exists: false }, 'Update'] } }, true],

  ['one of two patterns', { $or: [{ source: ['aws.s3'] }, { detail: { operation: ['Update'] } }] }, true],
  ['neither of two patterns', { $or: [{ source: ['aws.s3'] }, { detail: { operation: ['Create'] } }] }, false],
  ['one of two patterns, with another member that does not match', { 'detail-type': ['Other'], '$or': [{ source: ['a-library'] }, { source: ['aws.s3'] }] }, false],
  ['one of two patterns in a nested member', { detail: { $or: [{ operation: ['Create'] }, { name: ['/b/c'] }] } }, true],
])('%s', (_, pattern, isMatch) => {
  expect(eventPattern(pattern)(EVENT)).toBe(isMatch);
});

test.each([
  ['no pattern', undefined],
  ['an empty pattern', {}],
  ['a value outside a list', { source: 'a-library' }],
  ['an empty list', { source: [] }],
  ['a list in a list', { source: [['a-library']] }],
  ['an unknown operator', { detail: { count: [{ numeric: ['>', 1] }] } }],
  ['an unknown operator that no event reaches', { source: ['aws.s3'], detail: { x: { y: [{ cidr: '10.0.0.0/8' }] } } }],
  ['two operators in one object', { source: [{ prefix: 'a', suffix: 'm' }] }],
  ['a prefix that is not a string', { source: [{ prefix: { 'equals-ignore-case': 'AWS' } }] }],
  ['exists with a string', { source: [{ exists: 'true' }] }],
  ['an operator that anything-but does not support', { source: [{ 'anything-but': { exists: true } }] }],
  ['an $or of one pattern', { $or: { source: ['a-library'] } }],
])('%s is refused', (_, pattern) => {
  expect(() => eventPattern(pattern)).toThrow(/not valid|unsupported/);
});
