import type { StackName } from './steps';
import { NUMBERS } from './templates';

/** What happened in one step that may excuse its result. */
export class Circumstances {
  isFaultless = true;
  /** Whether Lambda delivered a request or event twice. */
  hasCopies = false;
  /** Whether a deployment has failed. */
  hasFailures = false;
  /** Whether Lambda gave up an event of EventBridge. */
  isGivenUp = false;
  /** Whether an event arrived while its stack was deployed without the server type. */
  isIgnored = false;
  /** Whether every secret was readable and usable throughout. */
  wereSecretsGood = true;
  /** Whether a secret rotated during a deployment. */
  wasRotatedMeanwhile = false;
  /** For each stack, the secrets that its rule matched throughout this step. */
  readonly watchedSecrets = new Map<StackName, ReadonlySet<number>>();
  private readonly changed = new Set<string>();
  private readonly recordedUpdates = new Map<string, string>();
  private readonly cancelled = new Set<string>();

  /** Whether the step had no fault, no duplicate request, and no event that was given up or ignored. */
  get isClean(): boolean {
    return this.isFaultless && !this.hasCopies && !this.isGivenUp && !this.isIgnored;
  }

  /** The reason why CodeBuild may be wrong until the next daily check, if there is one. */
  get excuse(): string | undefined {
    if (!this.isFaultless) return 'a fault';
    if (this.isGivenUp) return 'an event that was given up';
    if (this.isIgnored) return 'an event while its stack was deployed without the server type';
    if (!this.wereSecretsGood) return 'a secret that could not be read';
    const areRulesNew = [...this.watchedSecrets.values()].every((numbers) => numbers.size < NUMBERS.length);
    return this.wasRotatedMeanwhile && areRulesNew ? 'a rotation before the rule that hears of it' : undefined;
  }

  /** Notes that a request of this stack succeeded, or that its function imported something. */
  addChange(stackName: string): void {
    this.changed.add(stackName);
  }

  /** Notes that an Update wrote its record. If it is cancelled, its rollback cannot know whether it imports. */
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
