import type { Decision } from '../../simulator';

/** IAM's last decision for each role. */
export class Permissions {
  private readonly last = new Map<string, { readonly isAllowed: boolean; readonly at: number }>();

  constructor(private readonly now: () => number) {}

  decided({ isAllowed, roleName }: Decision): void {
    this.last.set(roleName, { isAllowed, at: this.now() });
  }

  /** Returns whether IAM denied the role's last call, at this time or later: its policies are gone. */
  areRevokedSince(roleName: string, at: number): boolean {
    const last = this.last.get(roleName);
    return last !== undefined && !last.isAllowed && last.at >= at;
  }
}
