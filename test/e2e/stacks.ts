import {
  CloudFormationClient, DeleteStackCommand, DescribeStackEventsCommand, DescribeStackResourcesCommand, DescribeStacksCommand,
  StackEvent, StackResource, waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';

/** What CloudFormation tells of the stacks. */
export class Stacks {
  private readonly cloudFormation = new CloudFormationClient({});
  /** A deleted stack is known by its id only. */
  private readonly ids = new Map<string, string>();
  private readonly seen = new Set<string>();
  /** Every event that was looked at. */
  readonly events: StackEvent[] = [];

  /** DELETE_COMPLETE also for one that never was. */
  async status(name: string): Promise<string> {
    const stack = await this.describe(name);
    return stack?.StackStatus ?? 'DELETE_COMPLETE';
  }

  /** Deletes it, if it is there. */
  async delete(StackName: string): Promise<void> {
    if (await this.status(StackName) === 'DELETE_COMPLETE') return;
    await this.cloudFormation.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client: this.cloudFormation, maxWaitTime: 900 }, { StackName });
  }

  /** The events of the stack since the last time, the oldest first. */
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

  /** Whether the new events of the stack are about a resource of the type, too. */
  async hasBegun(name: string, resourceType: string): Promise<boolean> {
    return (await this.newEvents(name)).some(({ ResourceType }) => ResourceType === resourceType);
  }

  /** The physical ids of the stack's custom resources. */
  async physicalIds(name: string): Promise<string[]> {
    return (await this.resources(name)).filter(isCustom).map(({ PhysicalResourceId }) => PhysicalResourceId!);
  }

  /** The name of the log group of the stack's function. */
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
