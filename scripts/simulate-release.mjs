// Runs the jobs of the release workflow on this machine, from a clone of HEAD, and publishes nothing: the publishers do a
// dry run, and then the script checks each artifact against its registry's requirements. Skips the build's tests.
// Needs Python, a JDK with Maven, Go and gpg. NuGet's job needs a .NET SDK.
// Runs all jobs, or only the named ones: `npm run simulate:release -- pypi golang`.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { inTemporaryFolder, ROOT } from './packed-library.mjs';
import { checkGo, checkJava, checkNpm, checkPython, signingKey } from './release/artifact-checks.mjs';
import { has, JobRunner } from './release/job-runner.mjs';

const WORKFLOW = join('.github', 'workflows', 'release.yml');
const NAMED = process.argv.slice(2);
const OWNER = 'cdk-codebuild-source-credentials';
const GO_REPOSITORY = `https://token@github.com/${OWNER}/${OWNER}-go`;

/** The commands of `npx projen release` without the tests. */
const BUILD_WITHOUT_TESTS = [
  'rm -fr dist', 'npx projen bump', 'npx projen pre-compile', 'npx projen compile', 'npx projen post-compile',
  'npx projen package', 'npx projen unbump', 'git diff --exit-code',
].join(' && ');

await inTemporaryFolder((folder) => {
  const repository = join(folder, 'repository');
  execFileSync('git', ['clone', '--quiet', ROOT, repository]);
  const goRepository = join(folder, 'go-repository');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', goRepository]);

  const userBase = { PYTHONUSERBASE: join(folder, 'python') };
  const env = {
    ...userBase,
    CI: 'true',
    // npx must not ask whether it may install publib.
    npm_config_yes: 'true',
    // Trusted publishing contacts GitHub even in a dry run.
    PYPI_TRUSTED_PUBLISHER: '', TWINE_USERNAME: 'nobody', TWINE_PASSWORD: 'nothing',
    NUGET_TRUSTED_PUBLISHER: '', NUGET_API_KEY: 'nothing',
    // publib and Go use a local repository as the Go module's.
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `url.${goRepository}.insteadOf`, GIT_CONFIG_VALUE_0: `${GO_REPOSITORY}.git`,
    GIT_CONFIG_KEY_1: `url.${goRepository}.insteadOf`, GIT_CONFIG_VALUE_1: GO_REPOSITORY.replace('token@', ''),
    GOPRIVATE: `github.com/${OWNER}/*`,
  };
  Object.assign(process.env, { GIT_CONFIG_COUNT: env.GIT_CONFIG_COUNT, GOPRIVATE: env.GOPRIVATE, GOFLAGS: '-modcacherw' });
  for (const index of [0, 1]) for (const part of ['KEY', 'VALUE']) process.env[`GIT_CONFIG_${part}_${index}`] = env[`GIT_CONFIG_${part}_${index}`];

  const context = {
    'inputs.dry_run': 'true',
    'steps.generate_token.outputs.token': 'token',
    'secrets.MAVEN_USERNAME': 'nobody',
    'secrets.MAVEN_PASSWORD': 'nothing',
    'secrets.MAVEN_GPG_PRIVATE_KEY_PASSPHRASE': 'passphrase',
    'secrets.MAVEN_GPG_PRIVATE_KEY': signingKey(folder),
  };
  const runner = new JobRunner({ workflow: join(ROOT, WORKFLOW), folder, repository, context, env, replaced: { 'npx projen release': BUILD_WITHOUT_TESTS } });
  runner.run('release');

  const jobs = {
    npm: () => checkNpm(join(runner.run('release_npm'), 'dist')),
    pypi: () => checkPython(join(runner.run('release_pypi'), 'dist'), userBase),
    maven: () => checkJava(join(runner.run('release_maven'), 'dist')),
    golang() {
      const workspace = runner.run('release_golang');
      const { run, env: stepEnv } = runner.jobs.release_golang.steps.find(({ name }) => name === 'Release');
      const identity = { GIT_USER_NAME: stepEnv.GIT_USER_NAME, GIT_USER_EMAIL: stepEnv.GIT_USER_EMAIL, GITHUB_TOKEN: 'token' };
      const publish = () => execFileSync('bash', ['-c', run], { cwd: workspace, env: { ...process.env, ...env, ...identity }, stdio: 'inherit' });
      checkGo(folder, { dist: join(workspace, 'dist'), goRepository, publish });
    },
    nuget() {
      if (has('dotnet')) return runner.run('release_nuget');
      console.log('\n##### job release_nuget: NOT RUN, no .NET SDK is installed');
    },
    github: () => runner.run('release_github'),
  };
  for (const [name, job] of Object.entries(jobs)) {
    if (NAMED.length > 0 && !NAMED.includes(name)) continue;
    job();
    console.log(`\n##### ${name}: done`);
  }
});
