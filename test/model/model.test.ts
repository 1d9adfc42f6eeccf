import { explore } from './explore';
import { MUTATIONS, protocolWithout, sourceOf } from './mutations';
import * as protocol from './protocol';
import { editSource } from '../source-edits';

test.each([false, true])('no random story breaks a guarantee (hard stories: %s)', (isHard) => {
  const { broken, stories } = explore(protocol, { count: 600, seed: 1, isHard });
  if (broken) throw new Error(`${broken.trace.join('\n')}\n${JSON.stringify(broken.story)}`);
  expect(stories).toBe(600);
});

/* A few hundred stories notice that one of these is missing. `npm run soak -- --model --mutations` covers the other parts. */
test.each([
  ['the stack of the active owner is told', /^G[14]/],
  ['what is gone is recorded', /^G[26]/],
  ['a removal holds the proof of its owner', /^G2/],
  ['only what is proved is deleted', /^G3/],
] as const)('stories break a guarantee without this part: %s', (part, guarantee) => {
  const mutation = MUTATIONS.find((candidate) => candidate.part === part)!;
  const { broken } = explore(protocolWithout(mutation), { count: 2_000, seed: 1, isHard: true });
  expect(broken?.trace.at(-1)).toMatch(guarantee);
});

const edits = MUTATIONS.flatMap(({ edits: all, part }) => all.map((edit) => ({ part, ...edit })));

test.each(edits)('the edit of $symbol in $file still removes: $part', ({ file, part: _part, ...edit }) => {
  const source = sourceOf(file);
  expect(editSource(source, edit)).not.toBe(source);
});
