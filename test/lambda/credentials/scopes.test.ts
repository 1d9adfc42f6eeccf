import { missingGitHubScopes } from '../../../lambda/credentials/scopes';

test.each([
  [['repo'], ['gist'], ['repo']],
  [['repo'], ['repo', 'gist'], []],
  [['public_repo'], ['repo'], []],
  [['admin:repo_hook'], ['repo'], []],
  [['read:org'], ['write:org'], []],
  [['write:org'], ['read:org'], ['write:org']],
])('of the required scopes %j a GitHub token with %j lacks %j', (required, granted, missing) => {
  expect(missingGitHubScopes(required, granted)).toEqual(missing);
});
