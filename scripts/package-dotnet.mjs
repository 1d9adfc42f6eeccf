// Builds the NuGet package if there is a .NET SDK. Otherwise generates only its project, and says so.
import { spawnSync } from 'node:child_process';
import { ROOT, run } from './packed-library.mjs';

const { status } = spawnSync('dotnet', ['--version'], { stdio: 'ignore' });
const isSdkHere = status === 0;

run(ROOT, 'jsii-pacmak', '--rosetta-unknown-snippets', 'fail', '--target', 'dotnet', ...(isSdkHere ? [] : ['--code-only']));
if (!isSdkHere) console.log('dist/dotnet is UNBUILT: it holds the generated project, since there is no .NET SDK here');
