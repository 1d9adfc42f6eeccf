// Prints which Node.js runs the scripts: Lambda's version, or the user's own on platforms without a package of it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const installed = existsSync(join(import.meta.dirname, '..', 'node_modules', '.bin', 'node'));
const source = installed ? 'installed with the dependencies' : 'your own';
console.log(`\nRan on Node.js ${process.version} (${source}), ${process.platform} ${process.arch}`);
