// C#: a NuGet package, installed from a folder.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../packed-library.mjs';
import { command } from './command.mjs';
import { targets, version } from './library.mjs';

const { packageId } = targets.dotnet;
const PACKAGES = join(ROOT, 'dist', 'dotnet');
const PACKAGE = `${packageId}.${version}.nupkg`;

export const dotnet = {
  name: 'C#',
  id: 'dotnet',
  tool: ['dotnet', '--version'],
  packages: () => ({ package: [join(PACKAGES, PACKAGE)] }),

  async checkContents() {
    if (!existsSync(join(PACKAGES, PACKAGE))) throw new Error(`dist/dotnet must contain ${PACKAGE}, but contains ${readdirSync(PACKAGES).join(', ')}`);
  },

  async install(app, env) {
    // MSBuild reads properties from the environment, even when `cdk synth` runs the app. NuGet caches installed packages:
    // a separate folder contains no older package with this version.
    const fresh = { ...env, RestoreAdditionalProjectSources: PACKAGES, NUGET_PACKAGES: join(app, '.nuget') };
    await command(app, fresh, 'dotnet', 'build', join('src', 'Infrastructure'));
    return fresh;
  },
};
