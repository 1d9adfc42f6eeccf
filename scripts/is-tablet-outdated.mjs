// Exits with 0 if the translated examples are missing or older than jsii's output. `package:<language>` then creates them
// first, both locally and in a release.
import { existsSync, statSync } from 'node:fs';

const [tablet, assembly] = ['.jsii.tabl.json', '.jsii'];
process.exit(existsSync(tablet) && statSync(tablet).mtimeMs >= statSync(assembly).mtimeMs ? 1 : 0);
