import {
  CloudFormationClient, DeleteStackCommand, DescribeStackEventsCommand, DescribeStackResourcesCommand, DescribeStacksCommand,
  StackEvent, StackResource, waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';

/** Queries and deletes stacks in CloudFormation. */
export class Stacks {
  private readonly cloudFormation = new CloudFormationClient({});
  /** Stack ids by name: CloudFormation finds a deleted stack only by its id. */
  private readonly ids = new Map<string, string>();
  private readonly seen = new Set<string>();
  /** Every event read so far. */
  readonly events: StackEvent[] = [];

  /** Returns the status of a stack, or DELETE_COMPLETE if it has never existed. */
  async status(name: string): Promise<string> {
    const stack = await this.describe(name);
    return stack?.StackStatus ?? 'DELETE_COMPLETE';
  }

  /** Deletes a stack if it exists. */
  async delete(StackName: string): Promise<void> {
    if (await this.status(StackName) === 'DELETE_COMPLETE') return;
    await this.cloudFormation.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client: this.cloudFormation, maxWaitTime: 900 }, { StackName });
  }

  /** Returns the stack's events since the last call, oldest first. */
  async newEvents(name: string): Promise<StackEvent[]> {
    const StackName = (await this.describe(name))?.StackId ?? this.ids.get(name);
    if (StackName === undefined) return [];
    const events: StackEvent[] = [];
    for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
      const page = await this.cloudFormation.send(new DescribeStackEventsCommand({ StackName, NextToken }));
      events.push(...page.StackEvents ?? []);
      NextToken = page.NextToken;
    }
    const fresh = events.filter(({ EventId }) => !this.seen.has(EventId!)).reverse();
    fresh.forEach(({ EventId }) => this.seen.add(EventId!));
    this.events.push(...fresh);
    return fresh;
  }

  /** Whether the stack's new events include a resource of this type. */
  async hasBegun(name: string, resourceType: string): Promise<boolean> {
    return (await this.newEvents(name)).some(({ ResourceType }) => ResourceType === resourceType);
  }

  /** Returns the physical ids of the stack's custom resources. */
  async physicalIds(name: string): Promise<string[]> {
    return (await this.resources(name)).filter(isCustom).map(({ PhysicalResourceId }) => PhysicalResourceId!);
  }

  /** Returns the name of the log group of the stack's function. */
  async logGroup(name: string): Promise<string> {
    return (await this.resources(name)).find(({ ResourceType }) => ResourceType === 'AWS::Logs::LogGroup')!.PhysicalResourceId!;
  }

  private async resources(name: string): Promise<StackResource[]> {
    const { StackResources = [] } = await this.cloudFormation.send(new DescribeStackResourcesCommand({ StackName: name }));
    return StackResources;
  }

  private async describe(name: string) {
    try {
      const { Stacks: [stack] = [] } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
      this.ids.set(name, stack.StackId!);
      return stack;
    } catch (error) {
      if ((error as Error).name === 'ValidationError' && (error as Error).message.includes('does not exist')) return undefined;
      throw error;
    }
  }
}

export function isCustom({ ResourceType }: { readonly ResourceType?: string }): boolean {
  return ResourceType?.startsWith('Custom::') ?? false;
}
