import { awscdk, github } from 'projen';

const { JobPermission } = github.workflows;

/** The version of the first release. projen derives later versions from the commits since the last release. */
const FIRST_VERSION = '0.1.0';

/** The environment of every publishing job. Its reviewers must approve a release. */
export const RELEASE_ENVIRONMENT = 'release';

/** Prints the first version in a repository without a release tag, where projen bumps `package.json` from 0.0.0. */
export const NEXT_VERSION_COMMAND = `node -p "process.env.VERSION === '0.0.0' ? '${FIRST_VERSION}' : ''"`;

/**
 * Returns credentials of the GitHub App that is installed in this repository and in that of the Go module. It replaces a
 * person's token: each job requests a token with only the permissions that it needs.
 */
export function appCredentials(
  permissions: github.workflows.AppPermissions,
  { environment, repository }: { readonly environment?: string; readonly repository?: string } = {},
): github.GithubCredentials {
  return github.GithubCredentials.fromApp({
    permissions,
    environment,
    ...(repository ? { owner: '${{ github.repository_owner }}', repositories: [repository] } : {}),
  });
}

/** Makes the release write its section of CHANGELOG.md, attach the SBOM, and open a pull request with the section. */
export function completeRelease(project: awscdk.AwsCdkConstructLibrary): void {
  const { publisher } = project.release!;
  // The job builds the artifacts and pushes nothing.
  project.github!.tryFindWorkflow('release')!.file!.addOverride('jobs.release.permissions.contents', JobPermission.READ);

  project.tasks.tryFind('bump')!.exec('node scripts/release-changelog.mjs');
  project.tasks.tryFind('unbump')!.exec('node scripts/release-changelog.mjs --undo');

  publisher.addGitHubPostPublishingSteps({
    name: 'Attach the SBOM',
    if: '${{ !inputs.dry_run }}',
    run: 'gh release upload "$(cat dist/releasetag.txt)" dist/sbom.cdx.json --clobber -R "$GITHUB_REPOSITORY"',
    env: { GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}' },
  });

  const credentials = appCredentials({ contents: github.workflows.AppPermission.WRITE, pullRequests: github.workflows.AppPermission.WRITE });
  project.release!.addJobs({
    release_changelog: {
      name: 'Open a pull request for the changelog',
      needs: ['release', 'release_github'],
      if: '!inputs.dry_run',
      runsOn: ['ubuntu-latest'],
      environment: { name: RELEASE_ENVIRONMENT },
      permissions: { contents: JobPermission.READ },
      tools: { node: { version: '24.x' } },
      steps: [
        ...credentials.setupSteps,
        github.WorkflowSteps.checkout(),
        github.WorkflowSteps.downloadArtifact({ with: { artifactIds: ['${{ needs.release.outputs.artifact_id }}'], path: 'dist' } }),
        { name: 'Turn "Unreleased" into the section of the release', id: 'changelog', run: 'node scripts/release-changelog.mjs\necho "version=$(cat dist/version.txt)" >> "$GITHUB_OUTPUT"' },
        {
          name: 'Open a pull request',
          uses: github.ActionRefs.PETER_EVANS_CREATE_PULL_REQUEST,
          with: {
            'token': credentials.tokenRef,
            'add-paths': 'CHANGELOG.md',
            'branch': 'changelog-of-release',
            'title': 'docs(changelog): release ${{ steps.changelog.outputs.version }}',
            'commit-message': 'docs(changelog): release ${{ steps.changelog.outputs.version }}',
            'body': 'The changelog section of the published release.',
          },
        },
      ],
    },
  });
}
