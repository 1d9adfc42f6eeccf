import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTATIONS } from './mutations';

const changes = MUTATIONS.flatMap(({ part, changes: all }) => all.map((change) => ({ part, ...change })));

test.each(changes)('there is one place in $file to take out: $part', ({ file, from }) => {
  expect(readFileSync(join(__dirname, '..', '..', 'lambda', file), 'utf8').split(from)).toHaveLength(2);
});
