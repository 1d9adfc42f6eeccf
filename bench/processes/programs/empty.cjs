'use strict';
// An empty Node.js process, with which every other program is compared.
const { end } = require('./end.cjs');

end();
