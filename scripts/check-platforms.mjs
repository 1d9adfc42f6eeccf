// Installs the dependencies as npm does on other platforms. Fails if npm installs a program for another platform, or does
// not install Lambda's Node.js: the scripts of this repository could not run there.
import { closeSync, cpSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inTemporaryFolder, ROOT, run } from './packed-library.mjs';

const PLATFORMS = [{ os: 'darwin', cpu: 'arm64' }, { os: 'linux', cpu: 'arm64' }];
const SOURCES = ['package.json', 'package-lock.json', '.npmrc', 'scripts/lambda-node/package.json'];

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html, `e_machine` */
const ELF_MACHINES = { 0x3e: 'x64', 0xb7: 'arm64' };

/** `cputype` of a Mach-O header, in <mach/machine.h>. */
const MACH_O_CPUS = { 0x01000007: 'x64', 0x0100000c: 'arm64' };

/** Returns the platform of a program, or undefined for other files. */
function platformOf(file) {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  const length = readSync(descriptor, header);
  closeSync(descriptor);
  if (length < header.length) return undefined;

  if (header.readUInt32BE(0) === 0x7f454c46) return { os: 'linux', cpu: ELF_MACHINES[header.readUInt16LE(18)] ?? 'another' };
  if (header.readUInt32LE(0) === 0xfeedfacf) return { os: 'darwin', cpu: MACH_O_CPUS[header.readUInt32LE(4)] ?? 'another' };
  if (header.toString('latin1', 0, 4) === 'MZ\x90\0') return { os: 'win32', cpu: 'any' };
  return undefined;
}

function programsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((file) => {
      const platform = platformOf(file);
      return platform ? [{ file: relative(folder, file), ...platform }] : [];
    });
}

inTemporaryFolder((folder) => {
  for (const { os, cpu } of PLATFORMS) {
    const clone = join(folder, `${os}-${cpu}`);
    for (const file of SOURCES) cpSync(join(ROOT, file), join(clone, file));
    run(clone, 'npm', 'ci', `--os=${os}`, `--cpu=${cpu}`, '--ignore-scripts', '--loglevel=error');

    const programs = programsIn(join(clone, 'node_modules'));
    const foreign = programs.filter((program) => program.os !== os || program.cpu !== cpu);
    for (const program of foreign) console.error(`npm installs a program for ${program.os} ${program.cpu} on ${os} ${cpu}: ${program.file}`);
    const hasNode = existsSync(join(clone, 'node_modules', '.bin', 'node'));
    if (!hasNode) console.error(`npm does not install Lambda's Node.js on ${os} ${cpu}`);
    if (foreign.length > 0 || !hasNode) process.exitCode = 1;
    console.log(`${os} ${cpu}: ${programs.length} programs, ${foreign.length} for another platform`);
  }
});
