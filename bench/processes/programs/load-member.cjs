'use strict';
// Loads modules and accesses one member of each: `load-member.cjs MODULE:MEMBER...`.
const { end } = require('./end.cjs');

for (const argument of process.argv.slice(2)) {
  const [name, member] = argument.split(':');
  if (typeof require(name)[member] !== 'function') throw new Error(`${name} has no ${member}`);
}
end();
