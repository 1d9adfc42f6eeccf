import type { Story } from './story';
import type { Attempt, LifecycleEvent, World } from '../../simulator';

/** How often Lambda delivers a request. If the function dies each time, the request may stay unanswered. */
const DELIVERIES = 3;

/** Checks the rules of custom resources: each run of a function answers its request once, in time and with the request's ids. */
export class Answers {
  private readonly deaths = new Map<string, number>();

  constructor(private readonly world: World, private readonly story: Story) {}

  /** Returns what is wrong if CloudFormation got no answer. */
  missingProblem({ RequestId }: LifecycleEvent): string | undefined {
    const deaths = this.deaths.get(RequestId) ?? 0;
    return deaths < DELIVERIES ? `was never answered, after ${deaths} deaths` : undefined;
  }

  /** Returns what is wrong with how a run ended. */
  endProblem({ answered, end, event: { RequestId }, lambda, number }: Attempt): string | undefined {
    // Lambda ends a run that a fault froze for too long.
    const isDeath = end === 'killed' || (end === 'timed out' && this.story.wasHit('frozen'));
    if (isDeath) this.deaths.set(RequestId, (this.deaths.get(RequestId) ?? 0) + 1);
    else if (end === 'timed out') return 'timed out';
    if (this.story.wasHit('PutAnswer')) return undefined;
    if (end === 'threw') return 'made the function throw';
    if (end === 'returned' && answered !== 1) return `was answered ${answered} times in one run of ${lambda.stackName}'s function (try ${number + 1})`;
    return undefined;
  }

  /** Returns what is wrong with the answer that just arrived. */
  answerProblem({ endsAt, event }: Attempt): string | undefined {
    const { body, refused } = this.lastAnswer(event);
    if (refused) return refused;
    const ids = ['StackId', 'LogicalResourceId', 'RequestId'] as const;
    if (body && ids.some((id) => body[id] !== event[id])) return 'is answered with other ids';
    return this.world.clock.now() > endsAt ? 'is answered too late' : undefined;
  }

  /** Returns the latest answer to a request, as it was sent. */
  lastAnswer(event: LifecycleEvent) {
    return this.world.sent.find(({ request }) => request.RequestId === event.RequestId)!.answerUrl.answers.at(-1)!;
  }
}
