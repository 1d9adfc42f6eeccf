import type { github } from 'projen';

/**
 * The commits of the GitHub Actions that projen references by tag. A tag can be moved, a commit cannot.
 * projen pins the other actions itself. To upgrade one, use the commit of the release's tag:
 * `git ls-remote https://github.com/OWNER/REPOSITORY refs/tags/TAG`.
 */
const PINNED_ACTIONS: Readonly<Record<string, string>> = {
  'actions/create-github-app-token': 'bcd2ba49218906704ab6c1aa796996da409d3eb1', // v3.2.0
  'actions/setup-dotnet': 'a98b56852c35b8e3190ac28c8c2271da59106c68', // v6.0.0
  'actions/setup-go': 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e', // v7.0.0
  'actions/setup-java': '03ad4de0992f5dab5e18fcb136590ce7c4a0ac95', // v5.6.0
  'actions/setup-node': '820762786026740c76f36085b0efc47a31fe5020', // v7.0.0
  'actions/setup-python': '5fda3b95a4ea91299a34e894583c3862153e4b97', // v7.0.0
  'peter-evans/create-pull-request': '5f6978faf089d4d20b00c7766989d076bb2fc7f1', // v8.1.1
};

/** Makes every workflow use the pinned commits. */
export function pinActions(gitHub: github.GitHub): void {
  for (const [action, commit] of Object.entries(PINNED_ACTIONS)) gitHub.actions.set(action, `${action}@${commit}`);
}
