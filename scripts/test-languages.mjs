// Uses each language's package as a user would: installs it into a new environment, compiles the example with the
// language's tools and synthesizes it. Fails if a template differs from TypeScript's.
// Tests all languages, or only the named ones: `npm run test:languages -- python go`.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installExample } from './installed-example.mjs';
import { command } from './languages/command.mjs';
import { dotnet } from './languages/dotnet.mjs';
import { go } from './languages/go.mjs';
import { java } from './languages/java.mjs';
import { name, version } from './languages/library.mjs';
import { python } from './languages/python.mjs';
import { inTemporaryFolder, ROOT } from './packed-library.mjs';

const NAMED = process.argv.slice(2);
const OTHERS = [python, java, go, dotnet].filter(({ id }) => NAMED.length === 0 || NAMED.includes(id));

/** The commands must not contact AWS. */
const ENVIRONMENT = { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' };

/** Builds the package of the language and installs it, with the language's example, into the folder. */
async function install(language, app) {
  await command(ROOT, process.env, 'projen', `package:${language.id}`);
  await language.checkContents();
  cpSync(join(ROOT, 'examples', language.id), app, { recursive: true });
  return language.install(app, ENVIRONMENT);
}

/** Returns the template, without metadata about its language. */
async function synthesize(cdk, app, environment) {
  const started = Date.now();
  await command(app, environment, cdk, 'synth', '--quiet', '--no-version-reporting', '--no-notices');
  const seconds = (Date.now() - started) / 1000;
  return { seconds, template: JSON.parse(readFileSync(join(app, 'cdk.out', 'Infrastructure.template.json'), 'utf8')) };
}

/** Returns the paths at which two values differ. */
function differences(one, other, path = '') {
  if (one === other) return [];
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return [`${path}: ${JSON.stringify(one)}, in TypeScript ${JSON.stringify(other)}`];
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differences(one[key], other[key], `${path}/${key}`));
}

function sizes(packages) {
  return Object.entries(packages).map(([label, files]) => {
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    return `${label} ${Math.round(bytes / 1000)} kB`;
  }).join(', ');
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  console.log(['', ...rows.map(line).toSpliced(1, 0, line(widths.map((width) => '-'.repeat(width))))].join('\n'));
}

function isInstalled({ tool: [program, ...args] }) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

await inTemporaryFolder(async (folder) => {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const failures = [];
  const rows = [['Language', 'Packages', 'Synthesized in', 'Template']];

  const here = OTHERS.filter(isInstalled);
  for (const language of OTHERS.filter((other) => !here.includes(other))) {
    // The .NET SDK is optional: without it the project is only generated. The other tools are required.
    if (language !== dotnet) failures.push(`${language.name}: '${language.tool[0]}' is not installed`);
  }

  // In parallel: downloads of one language overlap with compilers of another.
  const installed = new Map(here.map((language) => [language, install(language, join(folder, language.id))]));
  const packed = command(ROOT, process.env, 'projen', 'package:js');
  const unbuilt = OTHERS.includes(dotnet) && !here.includes(dotnet) && command(ROOT, process.env, 'projen', 'package:dotnet');
  const settled = Promise.allSettled(installed.values());
  const typescript = installExample(join(folder, 'typescript'));
  await packed;
  await settled;

  // One at a time, so that the times can be compared.
  const cdk = join(typescript, 'node_modules', '.bin', 'cdk');
  const reference = await synthesize(cdk, typescript, ENVIRONMENT);
  const npmPackage = join(ROOT, 'dist', 'js', `${name}@${version}.jsii.tgz`);
  rows.push(['TypeScript', sizes({ package: [npmPackage] }), `${reference.seconds.toFixed(1)} s`, 'reference']);
  for (const [language, environment] of installed) {
    try {
      const { template, seconds } = await synthesize(cdk, join(folder, language.id), await environment);
      const found = differences(template, reference.template);
      failures.push(...found.map((difference) => `${language.name}: ${difference}`));
      rows.push([language.name, sizes(language.packages()), `${seconds.toFixed(1)} s`, found.length === 0 ? 'equal' : 'DIFFERENT']);
    } catch (error) {
      failures.push(`${language.name}: ${error.message}`);
      rows.push([language.name, 'FAILED', '', '']);
    }
  }
  if (unbuilt) rows.push([dotnet.name, (await unbuilt).match(/dist\/dotnet is (.*)/)[1], '', 'not compared']);

  printTable(rows);
  console.log(`\nTotal: ${(process.uptime() / 60).toFixed(1)} minutes`);
  if (failures.length > 0) throw new Error(`\n${failures.join('\n')}`);
});
