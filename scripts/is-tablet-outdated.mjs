// Exits with 0 when the translated examples are missing, or older than what jsii has compiled: then
// `package:<language>` makes them first, on a release's machine as well as here.
import { existsSync, statSync } from 'node:fs';

const [tablet, assembly] = ['.jsii.tabl.json', '.jsii'];
process.exit(existsSync(tablet) && statSync(tablet).mtimeMs >= statSync(assembly).mtimeMs ? 1 : 0);
