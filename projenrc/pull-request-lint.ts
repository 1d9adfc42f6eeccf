import type { github } from 'projen';

/**
 * Lints the title of a pull request with the pull request's permissions. projen triggers this workflow with
 * `pull_request_target`, which grants the repository's permissions to a workflow that anyone can start.
 */
export function lintWithoutRights(gitHub: github.GitHub): void {
  const file = gitHub.tryFindWorkflow('pull-request-lint')!.file!;
  file.addDeletionOverride('on.pull_request_target');
  file.addOverride('on.pull_request.types', ['opened', 'synchronize', 'reopened', 'edited']);
  file.addOverride('jobs.validate.permissions.pull-requests', 'read');
}
