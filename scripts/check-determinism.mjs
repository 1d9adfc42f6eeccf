// Builds twice from scratch, in folders of different depths, in different time zones, with different file dates and
// permissions. Fails if the package, or the assembly of an app that uses it, differs in any byte: users would see a
// change where there is none, and deploy the function again.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { EXAMPLE } from './installed-example.mjs';
import { inTemporaryFolder, pack, ROOT } from './packed-library.mjs';

/** Build output and metadata that are not copied. */
const NOT_SOURCES = ['.git', '.jsii', '.jsii.gz', '.jsii.tabl.json', 'assets', 'cdk.out', 'coverage', 'dist', 'lib', 'tsconfig.tsbuildinfo'];
const MADE = ['.jsii', '.jsii.gz', 'assets', 'lib', 'tsconfig.tsbuildinfo'];

function copyRepository(folder) {
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => !NOT_SOURCES.includes(relative(ROOT, path)) && basename(path) !== 'node_modules',
  });
  const [from, to] = [join(ROOT, 'node_modules'), join(folder, 'node_modules')];
  try {
    execFileSync('cp', ['--archive', '--link', from, to], { stdio: 'ignore' });
  } catch {
    // Hard links do not work across disks.
    execFileSync('cp', ['--archive', '--no-target-directory', from, to]);
  }
  // The example uses the library as an installed package.
  symlinkSync('..', join(to, 'cdk-codebuild-source-credentials'));
}

/** Sets the date and the permissions of every source file. */
function touch(folder, date, mode) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === 'node_modules') continue;
    if (entry.isDirectory()) touch(path, date, mode);
    else chmodSync(path, mode);
    utimesSync(path, date, date);
  }
}

/** Builds, packs and synthesizes. Returns the hash of each file. */
function build(folder, { timeZone, umask }) {
  const started = Date.now();
  const out = join(folder, 'cdk.out');
  for (const made of [...MADE, 'cdk.out']) rmSync(join(folder, made), { recursive: true, force: true });
  const env = { ...process.env, TZ: timeZone, CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify(context()) };
  const script = `umask ${umask} && npx projen pre-compile && npx projen compile && cd ${EXAMPLE} && ../../node_modules/.bin/tsx app.ts`;
  execFileSync('sh', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });

  // Hashes ignore the files' permissions, which npm sets on installation.
  execFileSync('tar', ['--extract', '--file', pack(folder, out)], { cwd: out });
  const hashes = new Map(filesIn(out).filter((path) => !path.endsWith('.tgz')).map((path) => [relative(out, path), hash(path)]));
  console.log(`built in ${folder}, ${timeZone}, umask ${umask}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return hashes;
}

function context() {
  return JSON.parse(readFileSync(join(ROOT, EXAMPLE, 'cdk.json'), 'utf8')).context;
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true }).map((path) => join(folder, path)).filter((path) => statSync(path).isFile());
}

function hash(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

inTemporaryFolder((folder) => {
  const here = join(folder, 'here');
  copyRepository(here);
  touch(here, new Date('2001-02-03T04:05:06Z'), 0o600);
  const one = build(here, { timeZone: 'Pacific/Kiritimati', umask: '077' });

  const elsewhere = join(folder, 'quite', 'another', 'place');
  mkdirSync(dirname(elsewhere), { recursive: true });
  renameSync(here, elsewhere);
  touch(elsewhere, new Date('2021-12-11T10:09:08Z'), 0o664);
  const other = build(elsewhere, { timeZone: 'America/St_Johns', umask: '002' });

  for (const name of new Set([...one.keys(), ...other.keys()])) {
    if (one.get(name) === other.get(name)) continue;
    console.error(`differs: ${name}`);
    process.exitCode = 1;
  }
  console.log(`compared ${one.size} files: the package, the assembly with its templates, and ${[...one.keys()].find((name) => name.startsWith('asset.'))}`);
});
