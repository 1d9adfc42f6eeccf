'use strict';
// An empty Node.js process: the reference for the other programs.
const { end } = require('./end.cjs');

end();
