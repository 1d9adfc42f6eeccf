import type { github } from 'projen';

/**
 * Runs the lint of the pull request's title with the rights of the pull request. projen triggers it with
 * `pull_request_target`, which hands the repository's own rights to a workflow that a stranger starts.
 */
export function lintWithoutRights(gitHub: github.GitHub): void {
  const file = gitHub.tryFindWorkflow('pull-request-lint')!.file!;
  file.addDeletionOverride('on.pull_request_target');
  file.addOverride('on.pull_request.types', ['opened', 'synchronize', 'reopened', 'edited']);
  file.addOverride('jobs.validate.permissions.pull-requests', 'read');
}
