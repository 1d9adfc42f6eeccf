/** Returns the scopes in a header, or undefined if it has none. The header separates them by commas. */
export function scopesIn(header: string | string[] | undefined): string[] | undefined {
  const scopes = String(header ?? '').split(/[\s,]+/).filter((scope) => scope !== '');
  return scopes.length > 0 ? scopes : undefined;
}

/** Returns the required scopes that no scope of a GitHub token includes. */
export function missingGitHubScopes(required: readonly string[], granted: readonly string[]): string[] {
  return required.filter((scope) => !includedIn(scope).some((one) => granted.includes(one)));
}

/** Scopes that `repo` includes although their names do not begin with `repo:`. */
const PART_OF_REPO = /^(public_repo|repo_deployment|security_events|\w+:repo_hook)$/;

/**
 * Returns a scope and those that may include it. GitHub's header omits scopes that another scope includes.
 *
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 */
function includedIn(scope: string): string[] {
  const [first, second] = scope.split(':');
  const wider = second === undefined ? [] : [first, second, `admin:${second}`, ...first === 'read' ? [`write:${second}`] : []];
  return [scope, ...wider, ...PART_OF_REPO.test(scope) ? ['repo'] : []];
}

/** Returns the required scopes that no scope of a Bitbucket token includes. Names may be old, new, or those of AWS's guide. */
export function missingBitbucketScopes(required: readonly string[], granted: readonly string[]): string[] {
  const has = new Set(granted.flatMap((scope) => [classicName(scope), ...INCLUDED_IN_CLASSIC[scope] ?? []]));
  return required.filter((scope) => {
    const name = classicName(scope);
    // Any of the three new webhook scopes counts: it is not documented which one CodeBuild needs.
    return !(name.startsWith('webhook') ? [...has].some((one) => one.startsWith('webhook')) : has.has(name));
  });
}

/**
 * The scopes that the old scopes include. The new scopes include no others.
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

/** Converts a scope to its old name: `read:pullrequest:bitbucket`, or `pullrequest:read` in AWS's guide, to `pullrequest`. */
function classicName(scope: string): string {
  const [, level, area] = /^(\w+):([\w-]+):bitbucket$/.exec(scope) ?? [];
  if (area === undefined) return scope.replace(/:read$/, '');
  const classicArea = area === 'user' ? 'account' : area;
  return level === 'read' ? classicArea : `${classicArea}:${level}`;
}
