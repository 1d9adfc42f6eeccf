import type { World } from './world';
import { Declaration, Exchange, Outcome, Resource, ResourceFailure, ResourceProvider } from '../cloudformation/resource';

type RequestType = 'Create' | 'Update' | 'Delete';

export interface LifecycleEvent {
  readonly RequestType: RequestType;
  readonly RequestId: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Record<string, any>;
  readonly OldResourceProperties?: Record<string, any>;
}

/** Follows the rules of simulator/cloudformation/custom-resource.ts, which names their sources, in the world's virtual time. */
export class VirtualCustomResources implements ResourceProvider {
  constructor(private readonly world: World) {}

  async create(declaration: Declaration, cancelled?: AbortSignal): Promise<Outcome> {
    const generatedId = `${declaration.stack.stackName}-${declaration.logicalId}-MADEUP${this.world.nextNumber()}`;
    return this.send('Create', declaration, generatedId, {}, cancelled);
  }

  async update(declaration: Declaration, current: Resource, cancelled?: AbortSignal): Promise<Outcome> {
    const { physicalId, properties } = current;
    return this.send('Update', declaration, physicalId, { PhysicalResourceId: physicalId, OldResourceProperties: properties }, cancelled);
  }

  async delete(current: Resource): Promise<Exchange> {
    return (await this.send('Delete', current, current.physicalId, { PhysicalResourceId: current.physicalId })).exchange;
  }

  private async send(
    RequestType: RequestType, { logicalId, properties, stack, type }: Declaration, knownId: string, more: object, cancelled?: AbortSignal,
  ): Promise<Outcome & { exchange: Exchange }> {
    const { world } = this;
    const answerUrl = world.aws.answerUrl(world.clock.now());
    const request = {
      RequestType,
      ServiceToken: properties.ServiceToken,
      ResponseURL: answerUrl.url,
      StackId: stack.stackId,
      RequestId: world.nextRequestId(),
      LogicalResourceId: logicalId,
      ResourceType: type,
      ResourceProperties: properties,
      ...more,
    };
    const startedAt = world.clock.now();
    world.invoke(request, answerUrl);
    const answer = await this.waitForAnswer(request, answerUrl, Number(properties.ServiceTimeout ?? 3600) * 1000, cancelled);
    world.onExchange(request, answer, cancelled?.aborted ?? false);

    const exchange = { request, answer, milliseconds: world.clock.now() - startedAt };
    const physicalId = answer?.PhysicalResourceId ?? knownId;
    if (answer?.Status === 'SUCCESS') return { physicalId, attributes: answer.Data ?? {}, exchange };
    throw new ResourceFailure(answer?.Reason ?? (cancelled?.aborted ? 'cancelled' : 'did not receive a response'), physicalId, exchange);
  }

  private async waitForAnswer(
    { RequestId }: { RequestId: string }, answerUrl: ReturnType<World['aws']['answerUrl']>, timeoutMs: number, cancelled?: AbortSignal,
  ): Promise<Record<string, any> | undefined> {
    const { clock } = this.world;
    return new Promise((resolve) => {
      const end = (body?: Record<string, any>) => {
        clock.clear(timer);
        cancelled?.removeEventListener('abort', cancel);
        this.world.awaited.delete(answerUrl);
        resolve(body);
      };
      const cancel = () => end();
      const timer = clock.setTimeout(this.world, () => end(), timeoutMs);
      if (cancelled?.aborted) return end();
      cancelled?.addEventListener('abort', cancel);
      this.world.awaited.set(answerUrl, () => {
        const answer = answerUrl.answers.find(({ body }) => body?.RequestId === RequestId)?.body;
        if (answer) end(answer as unknown as Record<string, any>);
      });
    });
  }
}
