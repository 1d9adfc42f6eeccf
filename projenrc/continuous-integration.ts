import { github } from 'projen';

const { JobPermission } = github.workflows;

/** In minutes. `.ci/run` takes half of it. */
const TIMEOUT = 90;

/** Adds the job that runs `.ci/run`, so that GitHub checks exactly what a developer checks. */
export function addContinuousIntegration(workflow: github.GithubWorkflow): void {
  workflow.addJob('ci', {
    name: 'Everything that .ci/run checks',
    runsOn: ['ubuntu-latest'],
    timeoutMinutes: TIMEOUT,
    permissions: { contents: JobPermission.READ },
    env: { CI: 'true' },
    tools: {
      node: { version: '24.x' },
      python: { version: '3.13' },
      java: { version: '17' },
      go: { version: '1.26.x' },
      dotnet: { version: '8.x' },
    },
    steps: [
      // With all tags, to compare the API with the last release.
      github.WorkflowSteps.checkout({ with: { fetchDepth: 0 } }),
      { name: 'Run .ci/run', run: 'bash .ci/run' },
    ],
  });
}
