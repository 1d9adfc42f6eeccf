import { sourceOf } from './changed-handler';
import { MUTATIONS } from './mutations';
import { editSource } from '../source-edits';

const edits = MUTATIONS.flatMap(({ edits: all, part }) => all.map((edit) => ({ part, ...edit })));

test.each(edits)('the edit of $symbol in $file still removes: $part', ({ file, part: _part, ...edit }) => {
  const source = sourceOf(file);
  expect(editSource(source, edit)).not.toBe(source);
});
