import { callScript } from './scripts';

const parse = (text: string) => callScript('accepted-api-changes.mjs', 'acceptedChanges', text);

test('returns the keys of the accepted changes, without comments and empty lines', () => {
  const text = '# a comment\n\nremoved:lib.Connection.arn # replaced by connectionArn in 0.2.0\nmove:lib.A:lib.B # renamed\n';
  expect(parse(text)).toEqual(['removed:lib.Connection.arn', 'move:lib.A:lib.B']);
});

test.each(['removed:lib.Connection.arn', 'removed:lib.Connection.arn #', 'removed:lib.Connection.arn # '])('rejects a line without a reason: %p', (line) => {
  expect(() => parse(`# a comment\n${line}`)).toThrow("line 2 accepts 'removed:lib.Connection.arn");
});
