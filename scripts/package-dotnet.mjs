// Builds the NuGet package if a .NET SDK is installed. Otherwise only generates its project, and says so.
import { spawnSync } from 'node:child_process';
import { ROOT, run } from './packed-library.mjs';

const { status } = spawnSync('dotnet', ['--version'], { stdio: 'ignore' });
const hasSdk = status === 0;

run(ROOT, 'jsii-pacmak', '--rosetta-unknown-snippets', 'fail', '--target', 'dotnet', ...(hasSdk ? [] : ['--code-only']));
if (!hasSdk) console.log('dist/dotnet is UNBUILT: it only contains the generated project, since no .NET SDK is installed');
