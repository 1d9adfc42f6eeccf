import * as path from 'node:path';

/** The root of this repository. */
export const ROOT = path.join(__dirname, '..', '..');

/** Everything that the end-to-end tests make; no tool looks into it. */
export const WORK = path.join(ROOT, 'cdk.out', 'e2e');

/** What every process has printed. */
export const LOGS = path.join(WORK, 'logs');
