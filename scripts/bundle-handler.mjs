// Bundles the handler into the file that is shipped: [--root FOLDER] [--outfile FILE] [--composition FILE].
// With `--composition` it writes the bytes of each package in the bundle as JSON. This script builds every bundle of the
// handler: the shipped one, and those that are measured, tested or listed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { eachMapping, TraceMap } from '@jridgewell/trace-mapping';
import { rolldown } from 'rolldown';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUTFILE = join('assets', 'lambda', 'handler', 'index.js');

/**
 * Each client registers every error of its service on loading, which keeps all error classes in the bundle. The handler
 * recognizes errors by their names, which remain. If AWS renames these functions, the bundle exceeds its budget.
 */
const REGISTRATIONS = ['n0_registry.registerError', '_s_registry.registerError'];

const INPUT_OPTIONS = {
  input: 'lambda/handler.ts',
  platform: 'node',
  tsconfig: 'tsconfig.dev.json',
  transform: { target: 'node22' },
  // No operation of the handler uses it.
  external: ['@smithy/core/event-streams'],
  treeshake: { manualPureFunctions: REGISTRATIONS },
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(`the bundler warns: ${message}`);
  },
};

const OUTPUT_OPTIONS = {
  format: 'cjs',
  exports: 'named',
  // A dynamic import would go through Node.js's loader of ES modules, which is slow.
  dynamicImportInCjs: false,
  codeSplitting: false,
  minify: true,
  comments: false,
  // In a separate file that the code does not reference.
  sourcemap: 'hidden',
};

/** Bundles the handler. Returns its code, and the bytes that come from each source file. */
export async function bundleHandler(root = ROOT) {
  const bundle = await rolldown({
    ...INPUT_OPTIONS,
    cwd: root,
    resolve: {
      // Unused code of AWS's packages is only removed from their ES modules.
      mainFields: ['module', 'main'],
      alias: { '@aws-sdk/credential-provider-node': join(root, 'lambda', 'aws', 'credential-provider.ts') },
    },
  });
  try {
    const { output } = await bundle.generate(OUTPUT_OPTIONS);
    const [{ code, map }, ...others] = output.filter(({ type }) => type === 'chunk');
    if (others.length > 0) throw new Error(`the bundle must be one file, but the bundler also wrote ${others.map(({ fileName }) => fileName).join(', ')}`);
    return { code, bytesOfFiles: bytesOfFiles(code, map, root) };
  } finally {
    await bundle.close();
  }
}

/** Returns the bytes of code from each source file. The rest comes from the bundler. */
function bytesOfFiles(code, map, root) {
  const lines = code.split('\n');
  const bytes = new Map();
  const count = ({ source, line, column }, end) => {
    if (source === null) return;
    const path = relative(root, resolve(root, 'output', source));
    bytes.set(path, (bytes.get(path) ?? 0) + Buffer.byteLength(lines[line - 1].slice(column, end)));
  };
  let last;
  eachMapping(new TraceMap(map), ({ source, generatedLine: line, generatedColumn: column }) => {
    if (last) count(last, last.line === line ? column : undefined);
    last = { source, line, column };
  });
  if (last) count(last);
  return bytes;
}

/** Returns the bytes by package, largest first. The library's own folders have their names. */
function bytesOfPackages(files) {
  const bytes = new Map();
  for (const [path, count] of files) {
    const name = /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll(sep, '/'))?.[1] ?? path.split(sep)[0];
    bytes.set(name, (bytes.get(name) ?? 0) + count);
  }
  return Object.fromEntries([...bytes].sort(([, one], [, other]) => other - one));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { root: { type: 'string', default: ROOT }, outfile: { type: 'string' }, composition: { type: 'string' } } });
  const { code, bytesOfFiles: files } = await bundleHandler(values.root);
  const outfile = values.outfile ?? join(values.root, OUTFILE);
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, code);
  if (values.composition) writeFileSync(values.composition, JSON.stringify(bytesOfPackages(files)));
}
