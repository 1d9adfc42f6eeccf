// Prints which Node.js the scripts run on: Lambda's, or the person's own where Lambda's has no package.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const installed = existsSync(join(import.meta.dirname, '..', 'node_modules', '.bin', 'node'));
const source = installed ? 'installed with the dependencies' : 'your own';
console.log(`\nRan on Node.js ${process.version} (${source}), ${process.platform} ${process.arch}`);
