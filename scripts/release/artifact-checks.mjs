// Checks artifacts against the requirements of their registries, or of the tools that install them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../packed-library.mjs';

/** The elements that Maven Central requires in a POM. */
const POM_FIELDS = ['groupId', 'artifactId', 'version', 'name', 'description', 'url', 'licenses', 'developers', 'scm'];

const SIGNED_WITH = 'release@example.com';

const find = (folder, pattern) => readdirSync(folder, { recursive: true }).filter((path) => pattern.test(path)).map((path) => join(folder, path));

function requireFound(what, missing) {
  if (missing.length > 0) throw new Error(`${what}: missing ${missing.join(', ')}`);
  console.log(`${what}: complete`);
}

export function checkNpm(dist) {
  run(dist, 'npm', 'publish', '--dry-run', '--ignore-scripts', ...find(join(dist, 'js'), /\.tgz$/));
}

export function checkPython(dist, env) {
  execFileSync('python3', ['-m', 'twine', 'check', '--strict', ...find(join(dist, 'python'), /\.(whl|tar\.gz)$/)], { env: { ...process.env, ...env }, stdio: 'inherit' });
}

export function checkJava(dist) {
  const [pom] = find(join(dist, 'java'), /\.pom$/);
  const text = readFileSync(pom, 'utf8');
  requireFound('POM', POM_FIELDS.filter((field) => !new RegExp(`<${field}>\\s*\\S`).test(text)));
  requireFound('jars', ['.jar', '-sources.jar', '-javadoc.jar'].filter((end) => find(join(dist, 'java'), new RegExp(`\\d${end}$`)).length === 0));
  run(dist, 'mvn', '--quiet', '--batch-mode', '--file', pom, 'verify', '-Dmaven.main.skip', '-Dmaven.test.skip', '-Djar.skipIfEmpty');
}

/** Publishes the module to the repository in which Go looks it up, and uses it from there. */
export function checkGo(folder, { dist, goRepository, publish }) {
  publish();
  const clone = join(folder, 'go-clone');
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  git('clone', '--quiet', goRepository, clone);
  const [packageName] = readdirSync(join(dist, 'go')).filter((name) => !name.startsWith('.'));
  const module = readFileSync(join(clone, packageName, 'go.mod'), 'utf8').match(/^module (\S+)/m)[1];
  const tag = git('-C', clone, 'tag', '--list');
  console.log(`module ${module}, tag ${tag}`);
  run(join(clone, packageName), 'go', 'mod', 'tidy');
  run(join(clone, packageName), 'go', 'vet', './...');
  run(join(clone, packageName), 'go', 'build', './...');

  // Install it as users do: by its URL and version, from the repository's tag.
  const user = join(folder, 'go-user');
  mkdirSync(user);
  writeFileSync(join(user, 'main.go'), `package main\n\nimport lib "${module}"\n\nfunc main() { println(lib.ServerType_GITHUB) }\n`);
  run(user, 'go', 'mod', 'init', 'example.com/user');
  run(user, 'go', 'get', `${module}@${tag.slice(packageName.length + 1)}`);
  run(user, 'go', 'build', './...');
}

/** Creates a key to sign packages that are never published. */
export function signingKey(folder) {
  const home = join(folder, 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args) => execFileSync('gpg', ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', 'passphrase', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  gpg('--quick-generate-key', SIGNED_WITH, 'rsa2048', 'sign');
  return gpg('--armor', '--export-secret-keys', SIGNED_WITH);
}
