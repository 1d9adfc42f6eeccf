/** The scopes in a header, in which they are separated by commas. Undefined where it names none. */
export function scopesIn(header: string | string[] | undefined): string[] | undefined {
  const scopes = String(header ?? '').split(/[\s,]+/).filter((scope) => scope !== '');
  return scopes.length > 0 ? scopes : undefined;
}

/** Required scopes that none of a GitHub token's scopes includes. */
export function missingGitHubScopes(required: readonly string[], granted: readonly string[]): string[] {
  return required.filter((scope) => !includedIn(scope).some((one) => granted.includes(one)));
}

/** What `repo` includes although its name does not say so. */
const PART_OF_REPO = /^(public_repo|repo_deployment|security_events|\w+:repo_hook)$/;

/**
 * A scope, and those that may include it. GitHub leaves out of its header what another scope includes.
 *
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 */
function includedIn(scope: string): string[] {
  const [first, second] = scope.split(':');
  const wider = second === undefined ? [] : [first, second, `admin:${second}`, ...first === 'read' ? [`write:${second}`] : []];
  return [scope, ...wider, ...PART_OF_REPO.test(scope) ? ['repo'] : []];
}

/** Required scopes that none of a Bitbucket token's scopes includes. Both may be given by their old or new names, or by AWS's. */
export function missingBitbucketScopes(required: readonly string[], granted: readonly string[]): string[] {
  const has = new Set(granted.flatMap((scope) => [classicName(scope), ...INCLUDED_IN_CLASSIC[scope] ?? []]));
  return required.filter((scope) => {
    const name = classicName(scope);
    // Which of the three new ones CodeBuild needs, nobody says.
    return !(name.startsWith('webhook') ? [...has].some((one) => one.startsWith('webhook')) : has.has(name));
  });
}

/**
 * What the old scopes include. The new ones include nothing.
 *
 * @see https://developer.atlassian.com/cloud/bitbucket/rest/intro/#scopes
 */
const INCLUDED_IN_CLASSIC: Readonly<Record<string, readonly string[]>> = {
  'pullrequest': ['repository'],
  'repository:write': ['repository'],
  'pullrequest:write': ['pullrequest', 'repository', 'repository:write'],
  'account': ['email'],
  'account:write': ['account', 'email'],
};

/** `read:pullrequest:bitbucket`, and AWS's `pullrequest:read`, are `pullrequest` under the old names. */
function classicName(scope: string): string {
  const [, level, area] = /^(\w+):([\w-]+):bitbucket$/.exec(scope) ?? [];
  if (area === undefined) return scope.replace(/:read$/, '');
  const classicArea = area === 'user' ? 'account' : area;
  return level === 'read' ? classicArea : `${classicArea}:${level}`;
}
