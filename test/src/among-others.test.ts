import { Annotations, App, Aspects, CfnDeletionPolicy, CfnResource, Duration, IAspect, NestedStack, RemovalPolicies, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations as Annotated, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { IConstruct } from 'constructs';
import { PAIRS } from '../pairs';
import { Connection, GitHubCredential, ProviderType, SourceCredentials, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

/* What aspects, other libraries and escape hatches find in a stack. */

const ENV = { account: '111111111111', region: 'us-east-1' };

let app: App;
let stack: Stack;

beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack', { env: ENV });
});

const gitHub = () => new SourceCredentials(stack, 'GitHub', {
  credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/github')),
});
const gitLab = () => new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });

/** What was found at each function and rule, before anything is resolved. */
class Reader implements IAspect {
  public readonly found: unknown[] = [];

  public visit(node: IConstruct): void {
    if (node instanceof lambda.Function) this.found.push([node.timeout?.toSeconds(), node.runtime.name]);
    if (node instanceof lambda.CfnFunction) {
      this.found.push([node.timeout, node.memorySize, node.runtime, (node.environment as any).variables?.SERVER_TYPES ?? 'lazy']);
    }
    if (node instanceof lambda.CfnEventInvokeConfig) this.found.push(node.maximumEventAgeInSeconds);
  }
}

describe('the function has plain values', () => {
  const read = () => {
    const reader = new Reader();
    Aspects.of(app).add(reader);
    const template = Template.fromStack(stack);
    const [{ Properties }] = Object.values(template.findResources('AWS::Lambda::Function'));
    return { found: reader.found, Properties };
  };

  test('without a wait', () => {
    gitHub();
    const { found, Properties } = read();
    expect(found).toEqual(expect.arrayContaining([[300, 'nodejs24.x'], 810]));
    expect(JSON.stringify(found)).not.toMatch(/e\+289|Token/);
    expect([Properties.Timeout, Properties.Environment.Variables.SERVER_TYPES]).toEqual([300, 'GITHUB']);
  });

  test('with a wait, whose time fits in', () => {
    const { handler } = SourceCredentialsProvider.getOrCreate(stack) as unknown as { handler: lambda.Function };
    expect(handler.timeout!.toSeconds()).toBe(300);
    const connection = gitLab();
    connection.waitUntilAvailable(Duration.minutes(10));
    connection.waitUntilAvailable(Duration.minutes(5));
    expect(handler.timeout!.toSeconds()).toBe(660);
    expect(handler.metricDuration().period.toSeconds()).toBe(300);

    const { found, Properties } = read();
    expect(found).toEqual(expect.arrayContaining([[660, 'nodejs24.x'], 2 * 660 + 210]));
    expect([Properties.Timeout, Properties.Environment.Variables.TIMEOUT_SECONDS]).toEqual([660, '300']);
  });

  test('which an aspect may change', () => {
    gitHub();
    Aspects.of(app).add({
      visit: (node) => {
        if (node instanceof lambda.CfnFunction && node.timeout! < 400) node.timeout = 400;
      },
    });
    expect(read().Properties.Timeout).toBe(400);
  });
});

describe.each([
  ['Custom::CodeBuildSourceCredentials', gitHub, 'GitHub'],
  ['Custom::CodeConnectionsConnection', gitLab, 'Connection'],
] as const)('%s', (type, create, id) => {
  const resource = () => Object.entries(Template.fromStack(stack).findResources(type))[0];
  const policies = () => {
    const [, { DeletionPolicy, UpdateReplacePolicy, Properties }] = resource();
    return [Properties.RemovalPolicy, DeletionPolicy, UpdateReplacePolicy];
  };

  test.each([
    [RemovalPolicy.RETAIN, 'retain'],
    [RemovalPolicy.DESTROY, 'destroy'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, 'retain'],
  ])('honours applyRemovalPolicy(%s)', (policy, property) => {
    create().applyRemovalPolicy(policy);
    expect(policies()).toEqual([property, 'Delete', 'Delete']);
  });

  test.each([
    ['of the stack', () => RemovalPolicies.of(stack).retain()],
    ['of the app', () => RemovalPolicies.of(app).retain()],
    ['of an aspect', () => Aspects.of(app).add({
      visit: (node) => {
        if (CfnResource.isCfnResource(node)) node.applyRemovalPolicy(RemovalPolicy.RETAIN);
      },
    })],
    ['of its resource', () => (stack.node.findChild(id).node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN)],
  ])('honours a removal policy %s', (_, retain) => {
    create();
    retain();
    expect(policies()).toEqual(['retain', 'Delete', 'Delete']);
  });

  test('honours the last of several', () => {
    create().applyRemovalPolicy(RemovalPolicy.RETAIN);
    RemovalPolicies.of(stack).destroy();
    expect(policies()).toEqual(['destroy', 'Delete', 'Delete']);
  });

  test.each<[string, (child: CfnResource) => void]>([
    ['DeletionPolicy Retain', (child) => { child.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN; }],
    ['DeletionPolicy Retain', (child) => child.addOverride('DeletionPolicy', 'Retain')],
    ['DeletionPolicy RetainExceptOnCreate', (child) => child.addOverride('DeletionPolicy', 'RetainExceptOnCreate')],
    ['UpdateReplacePolicy Retain', (child) => { child.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN; }],
  ])('refuses a policy that hides its removal: %s', (policy, hide) => {
    create();
    hide(stack.node.findChild(id).node.defaultChild as CfnResource);
    expect(() => app.synth()).toThrow(`'Stack/${id}' has ${policy}: CloudFormation would not tell the function of its removal`);
  });

  test('refuses SNAPSHOT', () => {
    expect(() => create().applyRemovalPolicy(RemovalPolicy.SNAPSHOT)).toThrow("removalPolicy must be DESTROY or RETAIN; got 'snapshot'");
  });

  test('has its CfnResource as default child', () => {
    const child = create().node.defaultChild as CfnResource;
    child.overrideLogicalId('Mine');
    child.addPropertyOverride('ShouldOverwrite', 'false');
    child.cfnOptions.metadata = { owner: 'me' };
    const [logicalId, { Properties, Metadata }] = resource();
    expect([logicalId, Properties.ShouldOverwrite, Metadata]).toEqual(['Mine', 'false', { owner: 'me' }]);
  });
});

test('a connection that is waited for stays', () => {
  const connection = gitLab();
  connection.waitUntilAvailable(Duration.minutes(1));
  expect(() => connection.applyRemovalPolicy(RemovalPolicy.DESTROY)).toThrow("Connection 'Stack/Connection' has RemovalPolicy.DESTROY");

  const other = new Connection(stack, 'Other', { providerType: ProviderType.GITLAB });
  other.applyRemovalPolicy(RemovalPolicy.DESTROY);
  expect(() => other.waitUntilAvailable(Duration.minutes(1))).toThrow("Connection 'Stack/Other' has RemovalPolicy.DESTROY");
});

describe('a stack with 50 connections, 50 waits and all five credentials', () => {
  const SERVER_TYPES = ['GITHUB', 'GITHUB_ENTERPRISE', 'BITBUCKET', 'GITLAB', 'GITLAB_SELF_MANAGED'];
  const TYPES = Object.values(ProviderType);

  function build() {
    for (let i = 0; i < 50; i++) {
      const providerType = TYPES[i % TYPES.length];
      const hostArn = providerType.endsWith('Server') || providerType.endsWith('SelfManaged') ? `arn:aws:codeconnections:us-east-1:111111111111:host/host-${i}` : undefined;
      const connection = new Connection(stack, `Connection${i}`, { providerType, connectionName: `connection-${i}`, hostArn });
      connection.waitUntilAvailable(Duration.minutes(10));
    }
    const secret = (serverType: string) => secretsmanager.Secret.fromSecretCompleteArn(stack, `Secret${serverType}`,
      `arn:aws:secretsmanager:us-east-1:111111111111:secret:${'a-long-folder/'.repeat(6)}${serverType}-AbCdEf`);
    for (const serverType of SERVER_TYPES) {
      const { credential } = PAIRS.find((pair) => pair.serverType === serverType)!;
      const arn = 'arn:aws:codeconnections:us-east-1:111111111111:connection/0b8fbb68-6a6d-4d2a-9a6a-3f0f4ba54c41';
      new SourceCredentials(stack, serverType, { credential: credential({ secret: secret(serverType), connection: Connection.fromConnectionArn(stack, `Import${serverType}`, arn) }) });
    }
    return Template.fromStack(stack);
  }

  /** As IAM counts: without white space, and with ARNs and ids in full. */
  const deployed = (value: unknown) => JSON.stringify(value)
    .replace(/\{"Ref":"AWS::StackId"\}/g, `"arn:aws:cloudformation:us-east-1:111111111111:stack/${'x'.repeat(40)}/00000000-0000-4000-8000-000000000000"`)
    .replace(/\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g, '"arn:aws$1"');

  test('stays away from the limits of AWS', () => {
    const template = build();
    const [role] = Object.values(template.findResources('AWS::IAM::Role'));
    const inline = [...role.Properties.Policies, ...Object.values(template.findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties)];
    const characters = inline.reduce((sum, { PolicyDocument }) => sum + deployed(PolicyDocument).length, 0);
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: all inline policies of a role.
    expect(characters).toBeLessThan(10_000);

    const { Resources, ...others } = template.toJSON();
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    expect(Object.keys(Resources).length).toBeLessThan(500);
    expect(JSON.stringify({ Resources, ...others }).length).toBeLessThan(1_000_000);
    const [rule] = Object.values(template.findResources('AWS::Events::Rule'));
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    expect(deployed(rule.Properties.EventPattern).length).toBeLessThan(2_048);
    const [{ Properties }] = Object.values(template.findResources('AWS::Lambda::Function'));
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    expect(deployed(Properties.Environment.Variables).length).toBeLessThan(4_096);
  });
});

describe('tags of the stack', () => {
  const tagged = (other: Stack) => {
    new Connection(other, 'Connection', { providerType: ProviderType.GITLAB });
    const [{ Properties }] = Object.values(Template.fromStack(other).findResources('Custom::CodeConnectionsConnection'));
    return Object.fromEntries((Properties.Tags ?? []).map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
  };

  test('reach a connection, as those of Tags.of do, which win', () => {
    const other = new Stack(app, 'Tagged', { tags: { team: 'platform', stage: 'test' } });
    Tags.of(other).add('stage', 'production');
    expect(tagged(other)).toEqual({ team: 'platform', stage: 'production' });
  });

  test('reach one in a nested stack', () => {
    expect(tagged(new NestedStack(new Stack(app, 'Tagged', { tags: { team: 'platform' } }), 'Nested'))).toEqual({ team: 'platform' });
  });

  test('are left out where there are none', () => {
    expect(tagged(stack)).toEqual({});
  });
});

test.each(['before', 'after'])('what a new connection says can be acknowledged %s it is created', (when) => {
  const ID = 'cdk-codebuild-source-credentials:handshake';
  if (when === 'before') Annotations.of(stack).acknowledgeInfo(ID);
  gitLab();
  if (when === 'after') Annotations.of(stack).acknowledgeInfo(ID);
  Annotated.fromStack(stack).hasNoInfo('*', Match.anyValue());
});

test('what a new connection says has no path of this machine', () => {
  expect(JSON.stringify(gitLab().node.metadata)).not.toContain('"trace"');
});
