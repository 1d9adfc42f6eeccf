import type { Region } from '../simulator';

/** Lists the owners of GitHub's credential, as in `GitHub, CompanyGitHub*`. The asterisk marks the active owner. */
export function ownersOf({ parameters }: Region): string {
  const names = parameters.names().filter((name) => name.startsWith('/codebuild-source-credentials/GITHUB/owners/'));
  const records = names.map((name) => JSON.parse(parameters.get(name)!.value)).sort((one, other) => one.deployedAt - other.deployedAt);
  const owners = [...new Set(records.map(({ logicalId }) => logicalId.replace(/GITHUB[0-9A-F]{8}$/, '')))];
  return owners.map((owner, index) => index === owners.length - 1 ? `${owner}*` : owner).join(', ') || 'nobody';
}
