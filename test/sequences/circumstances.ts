/** What has happened in one step, as far as it excuses what comes of it. */
export class Circumstances {
  isFaultless = true;
  /** Whether something is delivered twice. */
  hasCopies = false;
  /** Whether a deployment has failed. */
  hasFailures = false;
  /** Whether an event of EventBridge was given up. */
  isGivenUp = false;
  /** Whether an event came while its stack was deployed without the server type. */
  isIgnored = false;
  private readonly changed = new Set<string>();
  private readonly recordedUpdates = new Map<string, string>();
  private readonly cancelled = new Set<string>();

  /** Why CodeBuild may be wrong until the next daily check, if it may. */
  get excuse(): string | undefined {
    if (!this.isFaultless) return 'a fault';
    if (this.isGivenUp) return 'an event that was given up';
    return this.isIgnored ? 'an event while its stack was deployed without the server type' : undefined;
  }

  /** A request of this stack has succeeded, or its function has imported something. */
  addChange(stackName: string): void {
    this.changed.add(stackName);
  }

  /** An Update has written its record. If it is cancelled, its rollback cannot know whether it imports. */
  addRecord(stackName: string, requestId: string): void {
    this.recordedUpdates.set(requestId, stackName);
  }

  addCancelled(requestId: string): void {
    this.cancelled.add(requestId);
  }

  hasChanged(stackName: string): boolean {
    return this.changed.has(stackName) || [...this.recordedUpdates].some(([requestId, name]) => name === stackName && this.cancelled.has(requestId));
  }
}
