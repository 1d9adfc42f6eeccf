import { App, CfnResource, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Moto } from './moto';
import { Aws, CloudFormation, Deployment } from '../../simulator';
import { GitHubCredential, SourceCredentials, SourceCredentialsProps } from 'cdk-codebuild-source-credentials';

export const PLACE = { account: '111111111111', region: 'us-east-1' };

const RECORDS = '/codebuild-source-credentials/GITHUB/';

/** A record, and its name below the path. */
export type StoredRecord = Record<string, any> & { readonly name: string };

/**
 * Stacks of one account that all have a credential for GitHub. Each function is the built bundle in processes of its own,
 * in real time: its records and secrets are in moto, all else is the simulator's.
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

  /** All at once. */
  async deploy(props: Partial<SourceCredentialsProps> = {}): Promise<Deployment[]> {
    const app = new App({ analyticsReporting: false });
    this.names.forEach((name, index) => this.declare(new Stack(app, name), index, props));
    const assembly = app.synth();
    return this.atOnce(this.names, (name) => this.cloudFormation.deploy(assembly, name));
  }

  /** All at once. */
  async destroy(names: readonly string[]): Promise<Deployment[]> {
    return this.atOnce(names, (name) => this.cloudFormation.destroy(name));
  }

  /** Gives the secret of each stack a new value, all at once, and says so on EventBridge, as AWS does. */
  async rotate(): Promise<void> {
    await this.atOnce(this.names, async (name) => {
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

  /** The present token of a stack. */
  tokenOf(name: string): string {
    return this.secrets.get(name)!.tokens.at(-1)!;
  }

  /** Every token that there has ever been. */
  get tokens(): string[] {
    return [...this.secrets.values()].flatMap(({ tokens }) => tokens);
  }

  /** What is recorded. Throws where there is something else. */
  async records(): Promise<StoredRecord[]> {
    return (await this.moto.parameters()).map(({ name, values }) => {
      const record = { name: name.slice(RECORDS.length), ...JSON.parse(values.at(-1)!) };
      if (!name.startsWith(RECORDS) || record.format !== 1) throw new Error(`${name} is no record of this release: ${values.at(-1)}`);
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

  private async atOnce<T>(names: readonly string[], act: (name: string) => Promise<T>): Promise<T[]> {
    const done = await Promise.all(names.map(act));
    await this.cloudFormation.idle();
    return done;
  }

  /** Half of the secrets are named by their complete ARN. */
  private declare(stack: Stack, index: number, props: Partial<SourceCredentialsProps>): void {
    const secret = index % 2 === 0
      ? secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', secretName(stack.stackName))
      : secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', this.secrets.get(stack.stackName)!.arn);
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret), ...props });
    // As everybody can set them for a function.
    for (const service of ['SSM', 'SECRETS_MANAGER']) {
      const lambda = stack.node.findAll().find((one) => CfnResource.isCfnResource(one) && one.cfnResourceType === 'AWS::Lambda::Function') as CfnResource;
      lambda.addPropertyOverride(`Environment.Variables.AWS_ENDPOINT_URL_${service}`, this.moto.endpoint);
    }
  }
}

function secretName(stackName: string): string {
  return `ci/${stackName}`;
}
