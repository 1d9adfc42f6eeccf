import * as path from 'node:path';

/** The root of this repository. */
export const ROOT = path.join(__dirname, '..', '..');

/** Working folder of the end-to-end tests. Other tools ignore it. */
export const WORK = path.join(ROOT, 'cdk.out', 'e2e');

/** Output of all processes. */
export const LOGS = path.join(WORK, 'logs');
