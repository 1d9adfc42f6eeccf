'use strict';
// An empty Node.js: what every other program is measured against.
const { end } = require('./end.cjs');

end();
