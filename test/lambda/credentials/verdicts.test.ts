import { bitbucketVerdict } from '../../../lambda/credentials/bitbucket-verdict';
import { gitHubVerdict } from '../../../lambda/credentials/github-verdict';

/* Answers that no source provider documents. Those of GitHub and Bitbucket are in token-check.test.ts. */

test.each([200, 401])('an answer of GitHub without a content type, with status %d, does not come from its API', (status) => {
  expect(gitHubVerdict({ status, headers: {}, body: '' }, ['repo'])).toMatchObject({ unknownBecause: expect.stringContaining('did not come from the API of GitHub. Check apiUrl') });
});

test.each([
  ['no list of the required scopes', { error: { detail: { required: 'account', granted: ['repository'] } } }],
  ['no detail', { error: {} }],
  ['no error', {}],
])('a rejection of Bitbucket with %s leaves the token unknown', (_, body) => {
  expect(bitbucketVerdict({ status: 403, headers: {}, body: JSON.stringify(body) }, ['repository']))
    .toMatchObject({ unknownBecause: 'Bitbucket rejected the request without a reason (HTTP status 403). It may be an IP allow list' });
});

test('a rejection of Bitbucket that discloses only the required scopes shows that the token is valid', () => {
  const body = JSON.stringify({ error: { detail: { required: ['account'] } } });
  expect(bitbucketVerdict({ status: 403, headers: {}, body }, ['repository'])).toMatchObject({ valid: true, missingScopes: [] });
});
