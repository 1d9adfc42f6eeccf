'use strict';
// Loads modules and does nothing with them: `load.cjs MODULE...`.
const { end } = require('./end.cjs');

process.argv.slice(2).forEach((name) => require(name));
end();
