import type { github } from 'projen';

/**
 * Runs the lint of the pull request's title with the permissions of the pull request. projen triggers it with
 * `pull_request_target`, which gives the repository's permissions to a workflow that anybody can start.
 */
export function lintWithoutRights(gitHub: github.GitHub): void {
  const file = gitHub.tryFindWorkflow('pull-request-lint')!.file!;
  file.addDeletionOverride('on.pull_request_target');
  file.addOverride('on.pull_request.types', ['opened', 'synchronize', 'reopened', 'edited']);
  file.addOverride('jobs.validate.permissions.pull-requests', 'read');
}
