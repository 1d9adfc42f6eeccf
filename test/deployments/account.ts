import { App, Stack } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Aws, CloudFormation, CloudFormationOptions, Deployment, DeployOptions, JumpingClock, RecordedRequest } from '../../simulator';
import { StoredRecords } from '../stored-records';
import { Connection, ServerType, SourceCredentials } from 'cdk-codebuild-source-credentials';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';
export const STACK = 'Infrastructure';

/** An account in which a test deploys stacks: the AWS simulator, and CloudFormation with the built handler. */
export class Account {
  static async open(options: CloudFormationOptions = {}): Promise<Account> {
    return new Account(await Aws.start(new JumpingClock()), options);
  }

  readonly cloudFormation: CloudFormation;

  private constructor(readonly aws: Aws, options: CloudFormationOptions) {
    this.cloudFormation = new CloudFormation(aws, { account: ACCOUNT, region: REGION, ...options });
  }

  async close(): Promise<void> {
    this.cloudFormation.close();
    await this.aws.stop();
  }

  get region() {
    return this.aws.region(ACCOUNT, REGION);
  }

  /** Synthesizes and deploys a stack with these contents. Waits until all resulting events are handled. */
  async deploy(
    contents: (stack: Stack) => void, { stackName = STACK, ...options }: DeployOptions & { stackName?: string } = {},
  ): Promise<Deployment> {
    const app = new App({ analyticsReporting: false });
    contents(new Stack(app, stackName));
    const deployment = await this.cloudFormation.deploy(app.synth(), stackName, options);
    await this.cloudFormation.idle();
    return deployment;
  }

  async destroy(stackName = STACK): Promise<Deployment> {
    const deployment = await this.cloudFormation.destroy(stackName);
    await this.cloudFormation.idle();
    return deployment;
  }

  /** Returns the records of a server type in Parameter Store. */
  records(serverType = 'GITHUB'): StoredRecords {
    return new StoredRecords(this.region, serverType);
  }

  /** Returns the owners of a server type in order of deployment, for example `Infrastructure/GitHub`. */
  owners(serverType = 'GITHUB'): string[] {
    return this.records(serverType).owners().map(({ logicalId, stackId }) =>
      `${stackId.split('/')[1]}/${logicalId.replace(new RegExp(`(${Object.values(ServerType).join('|')})?[0-9A-F]{8}$`), '')}`);
  }

  /** Returns the requests of an operation so far. */
  requests(operation: string): RecordedRequest[] {
    return this.aws.requests.filter((request) => request.operation === operation);
  }
}

/** Adds a resource that is deployed after the contents. With the option FAILING it fails, and the deployment is rolled back. */
export function thatFails(contents: (stack: Stack) => void) {
  return (stack: Stack) => {
    contents(stack);
    const topic = new sns.Topic(stack, 'Topic');
    topic.node.addDependency(...stack.node.children.filter((child) => child instanceof Connection || child instanceof SourceCredentials));
    (topic.node.defaultChild as sns.CfnTopic).overrideLogicalId('Topic');
  };
}

export const FAILING = { failing: ['Topic'] };

/** Returns the requests to custom resources and their answers, for example `Create SUCCESS`. */
export function exchanges({ events }: Deployment): string[] {
  return events.filter(({ request }) => request !== undefined).map(({ request, answer }) => `${request!.RequestType} ${answer?.Status ?? 'unanswered'}`);
}

/** Returns the reason why the first resource failed. */
export function reason({ events }: Deployment): string | undefined {
  return events.find(({ status }) => status.endsWith('_FAILED'))?.reason;
}
