import type { Decision } from '../../simulator';

/** What IAM has last decided for each role. */
export class Permissions {
  private readonly last = new Map<string, { readonly isAllowed: boolean; readonly at: number }>();

  constructor(private readonly now: () => number) {}

  decided({ isAllowed, roleName }: Decision): void {
    this.last.set(roleName, { isAllowed, at: this.now() });
  }

  /** Whether a role that was allowed something at this time has been denied what it asked for last: its policies are gone. */
  areGoneSince(roleName: string, at: number): boolean {
    const last = this.last.get(roleName);
    return last !== undefined && !last.isAllowed && last.at >= at;
  }
}
