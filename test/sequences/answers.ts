import type { Story } from './story';
import type { Attempt, LifecycleEvent, World } from '../../simulator';

/** After so many deaths of its function a request may stay without an answer: Lambda delivers it no more. */
const DELIVERIES = 3;

/** The rules of custom resources: each run of a function answers its request once, in time, with the request's own ids. */
export class Answers {
  private readonly deaths = new Map<string, number>();

  constructor(private readonly world: World, private readonly story: Story) {}

  /** What is wrong where CloudFormation has waited in vain. */
  missing({ RequestId }: LifecycleEvent): string | undefined {
    const deaths = this.deaths.get(RequestId) ?? 0;
    return deaths < DELIVERIES ? `was never answered, after ${deaths} deaths` : undefined;
  }

  /** What is wrong with how a run has ended. */
  ended({ answered, end, event: { RequestId }, lambda, number }: Attempt): string | undefined {
    // Who stands still too long is ended by Lambda.
    const isDeath = end === 'killed' || (end === 'timed out' && this.story.wasHit('frozen'));
    if (isDeath) this.deaths.set(RequestId, (this.deaths.get(RequestId) ?? 0) + 1);
    else if (end === 'timed out') return 'was not carried out in time';
    if (this.story.wasHit('PutAnswer')) return undefined;
    if (end === 'threw') return 'made the function throw';
    if (end === 'returned' && answered !== 1) return `was answered ${answered} times in one run of ${lambda.stackName}'s function (try ${number + 1})`;
    return undefined;
  }

  /** What is wrong with the answer that has just arrived. */
  arrived({ endsAt, event }: Attempt): string | undefined {
    const { body, refused } = this.last(event);
    if (refused) return refused;
    const ids = ['StackId', 'LogicalResourceId', 'RequestId'] as const;
    if (body && ids.some((id) => body[id] !== event[id])) return 'is answered with other ids';
    return this.world.clock.now() > endsAt ? 'is answered too late' : undefined;
  }

  /** The answer as it was sent. */
  last(event: LifecycleEvent) {
    return this.world.sent.find(({ request }) => request.RequestId === event.RequestId)!.answerUrl.answers.at(-1)!;
  }
}
