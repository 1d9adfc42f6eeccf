import type { StackName } from './steps';
import { NUMBERS } from './templates';

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
  /** Whether no secret was bad at any time. */
  wereSecretsGood = true;
  /** Whether a secret has rotated while a stack was deployed. */
  wasRotatedMeanwhile = false;
  /** The secrets whose changes a stack's rule has heard of all through this step. */
  readonly heard = new Map<StackName, ReadonlySet<number>>();
  private readonly changed = new Set<string>();
  private readonly recordedUpdates = new Map<string, string>();
  private readonly cancelled = new Set<string>();

  /** Whether nothing has gone wrong on the way: no fault, no copy of a request, no event that was given up or ignored. */
  get isClean(): boolean {
    return this.isFaultless && !this.hasCopies && !this.isGivenUp && !this.isIgnored;
  }

  /** Why CodeBuild may be wrong until the next daily check, if it may. */
  get excuse(): string | undefined {
    if (!this.isFaultless) return 'a fault';
    if (this.isGivenUp) return 'an event that was given up';
    if (this.isIgnored) return 'an event while its stack was deployed without the server type';
    if (!this.wereSecretsGood) return 'a secret that could not be read';
    const areRulesNew = [...this.heard.values()].every((numbers) => numbers.size < NUMBERS.length);
    return this.wasRotatedMeanwhile && areRulesNew ? 'a rotation before the rule that hears of it' : undefined;
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
