import { App, CfnResource, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Moto } from './moto';
import { Aws, CloudFormation, Deployment } from '../../simulator';
import { GitHubCredential, SourceCredentials, SourceCredentialsProps } from 'cdk-codebuild-source-credentials';

export const PLACE = { account: '111111111111', region: 'us-east-1' };

const RECORDS = '/codebuild-source-credentials/GITHUB/';

/** A record with its name relative to the path. */
export type StoredRecord = Record<string, any> & { readonly name: string };

/**
 * Stacks of one account that all have a GitHub credential. Each function runs the built bundle in separate processes and
 * in real time. Its records and secrets are in moto, everything else is in the simulator.
 */
export class Stacks {
  readonly cloudFormation: CloudFormation;
  private readonly secrets = new Map<string, { readonly arn: string; readonly tokens: string[] }>();

  constructor(readonly names: readonly string[], private readonly aws: Aws, private readonly moto: Moto) {
    this.cloudFormation = new CloudFormation(aws, { ...PLACE, order: 'parallel' });
  }

  async createSecrets(): Promise<void> {
    await Promise.all(this.names.map(async (name) => {
      const token = `token-of-${name}-1`;
      const { arn } = await this.moto.createSecret(secretName(name), token);
      this.secrets.set(name, { arn, tokens: [token] });
    }));
  }

  /** CodeBuild, as a person sees it in the console. */
  get sourceCredentials() {
    return this.aws.region(PLACE.account, PLACE.region).sourceCredentials;
  }

  /** Deploys all stacks in parallel. */
  async deploy(props: Partial<SourceCredentialsProps> = {}): Promise<Deployment[]> {
    const app = new App({ analyticsReporting: false });
    this.names.forEach((name, index) => this.declare(new Stack(app, name), index, props));
    const assembly = app.synth();
    return this.inParallel(this.names, (name) => this.cloudFormation.deploy(assembly, name));
  }

  /** Destroys stacks in parallel. */
  async destroy(names: readonly string[]): Promise<Deployment[]> {
    return this.inParallel(names, (name) => this.cloudFormation.destroy(name));
  }

  /** Updates the secrets of all stacks in parallel, and sends the event of each to EventBridge, as AWS does. */
  async rotate(): Promise<void> {
    await this.inParallel(this.names, async (name) => {
      const { arn, tokens } = this.secrets.get(name)!;
      tokens.push(`token-of-${name}-${tokens.length + 1}`);
      const { versionId } = await this.moto.updateSecret(arn, tokens.at(-1)!);
      this.aws.region(PLACE.account, PLACE.region).events.put({
        source: 'aws.secretsmanager',
        detailType: 'Secret Label Updated',
        resources: [arn],
        detail: { name: secretName(name), labelUpdated: 'AWSCURRENT', versionId },
      });
    });
  }

  /** Returns the current token of a stack. */
  tokenOf(name: string): string {
    return this.secrets.get(name)!.tokens.at(-1)!;
  }

  /** All current and former tokens. */
  get tokens(): string[] {
    return [...this.secrets.values()].flatMap(({ tokens }) => tokens);
  }

  /** Returns the library's records. Throws if Parameter Store contains any other parameter. */
  async records(): Promise<StoredRecord[]> {
    return (await this.moto.parameters()).map(({ name, values }) => {
      const record = { name: name.slice(RECORDS.length), ...JSON.parse(values.at(-1)!) };
      if (!name.startsWith(RECORDS) || record.format !== 1) throw new Error(`${name} is not a record of this release: ${values.at(-1)}`);
      return record;
    });
  }

  async putRecord({ name, ...fields }: StoredRecord): Promise<void> {
    await this.moto.putParameter(RECORDS + name, JSON.stringify(fields));
  }

  async close(): Promise<void> {
    this.cloudFormation.close();
    await this.aws.stop();
  }

  private async inParallel<T>(names: readonly string[], act: (name: string) => Promise<T>): Promise<T[]> {
    const done = await Promise.all(names.map(act));
    await this.cloudFormation.idle();
    return done;
  }

  /** Declares a stack's resources. Every second stack refers to its secret by the complete ARN, the others by name. */
  private declare(stack: Stack, index: number, props: Partial<SourceCredentialsProps>): void {
    const secret = index % 2 === 0
      ? secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', secretName(stack.stackName))
      : secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', this.secrets.get(stack.stackName)!.arn);
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret), ...props });
    // Users can set these variables on any function, too.
    for (const service of ['SSM', 'SECRETS_MANAGER']) {
      const lambda = stack.node.findAll().find((child) => CfnResource.isCfnResource(child) && child.cfnResourceType === 'AWS::Lambda::Function') as CfnResource;
      lambda.addPropertyOverride(`Environment.Variables.AWS_ENDPOINT_URL_${service}`, this.moto.endpoint);
    }
  }
}

function secretName(stackName: string): string {
  return `ci/${stackName}`;
}
