import { github } from 'projen';

const { JobPermission } = github.workflows;

/** Timeout in minutes, twice what `.ci/run` takes. */
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
      // Comparing the API with the last release needs all tags.
      github.WorkflowSteps.checkout({ with: { fetchDepth: 0 } }),
      { name: 'Run .ci/run', run: 'bash .ci/run' },
    ],
  });
}
