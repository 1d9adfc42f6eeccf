import { Annotations, App, Aspects, CfnDeletionPolicy, CfnResource, Duration, IAspect, NestedStack, RemovalPolicies, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations as Annotated, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { PAIRS } from '../pairs';
import { Connection, GitHubCredential, ProviderType, ServerType, SourceCredentials, SourceCredentialsProvider, SourceCredentialsProviderProps } from 'cdk-codebuild-source-credentials';

/* How the constructs work with aspects, other libraries and escape hatches. */

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

/** The values that an aspect finds on each function and rule, unresolved. */
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

describe('the function\'s properties are plain values', () => {
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

  test('with a wait that fits into its timeout', () => {
    const { handler } = SourceCredentialsProvider.getOrCreate(stack) as unknown as { handler: lambda.Function };
    expect(handler.timeout!.toSeconds()).toBe(300);
    const connection = gitLab();
    connection.waitUntilAvailable(Duration.minutes(10));
    connection.waitUntilAvailable(Duration.minutes(5));
    expect(handler.timeout!.toSeconds()).toBe(660);
    expect(handler.metricDuration().period.toSeconds()).toBe(300);

    const { found, Properties } = read();
    expect(found).toEqual(expect.arrayContaining([[660, 'nodejs24.x'], 2 * 300 + 210]));
    expect([Properties.Timeout, Properties.Environment.Variables.TIMEOUT_SECONDS]).toEqual([660, '300']);
  });

  test('that an aspect can change', () => {
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
  ])('applies applyRemovalPolicy(%s)', (policy, property) => {
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
  ])('applies a removal policy %s', (_, retain) => {
    create();
    retain();
    expect(policies()).toEqual(['retain', 'Delete', 'Delete']);
  });

  test('applies the last of several policies', () => {
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
    expect(() => app.synth()).toThrow(`'Stack/${id}' has ${policy}: CloudFormation would not send its removal to the function`);
  });

  test('refuses SNAPSHOT', () => {
    expect(() => create().applyRemovalPolicy(RemovalPolicy.SNAPSHOT)).toThrow("removalPolicy must be DESTROY or RETAIN; got 'snapshot'");
  });

  test('has a CfnResource as its default child', () => {
    const child = create().node.defaultChild as CfnResource;
    child.overrideLogicalId('Mine');
    child.addPropertyOverride('ShouldOverwrite', 'false');
    child.cfnOptions.metadata = { owner: 'me' };
    const [logicalId, { Properties, Metadata }] = resource();
    expect([logicalId, Properties.ShouldOverwrite, Metadata]).toEqual(['Mine', 'false', { owner: 'me' }]);
  });
});

test('a connection with a wait is retained', () => {
  const connection = gitLab();
  connection.waitUntilAvailable(Duration.minutes(1));
  expect(() => connection.applyRemovalPolicy(RemovalPolicy.DESTROY)).toThrow("Connection 'Stack/Connection' has RemovalPolicy.DESTROY");

  const other = new Connection(stack, 'Other', { providerType: ProviderType.GITLAB });
  other.applyRemovalPolicy(RemovalPolicy.DESTROY);
  expect(() => other.waitUntilAvailable(Duration.minutes(1))).toThrow("Connection 'Stack/Other' has RemovalPolicy.DESTROY");
});

describe('the largest stack stays below the limits of AWS', () => {
  const TYPES = Object.values(ProviderType);
  const LONGEST_NAME = 'n'.repeat(512);

  /** Declares 50 connections with waits, 50 waits for other connections, all five credentials with a key each, a VPC, and a queue with a key. */
  function build(secretName: string, props: SourceCredentialsProviderProps = {}) {
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    const deadLetterQueue = new sqs.Queue(stack, 'Queue', { encryption: sqs.QueueEncryption.KMS });
    new SourceCredentialsProvider(stack, 'Provider', {
      vpc, deadLetterQueue, environmentEncryption: new kms.Key(stack, 'EnvironmentKey'), tracing: lambda.Tracing.ACTIVE, ...props,
    });
    for (let i = 0; i < 50; i++) {
      const providerType = TYPES[i % TYPES.length];
      const hostArn = providerType.endsWith('Server') || providerType.endsWith('SelfManaged') ? `arn:aws:codeconnections:us-east-1:111111111111:host/host-${i}` : undefined;
      new Connection(stack, `Connection${i}`, { providerType, connectionName: `connection-${i}`, hostArn }).waitUntilAvailable(Duration.minutes(10));
      const other = `arn:aws:codeconnections:us-east-1:111111111111:connection/0b8fbb68-6a6d-4d2a-9a6a-3f0f4ba54c${10 + i}`;
      Connection.fromConnectionArn(stack, `Other${i}`, other).waitUntilAvailable(Duration.minutes(10));
    }
    const connection = Connection.fromConnectionArn(stack, 'Import', 'arn:aws:codeconnections:us-east-1:111111111111:connection/0b8fbb68-6a6d-4d2a-9a6a-3f0f4ba54c41');
    for (const serverType of Object.values(ServerType)) {
      const secret = secretsmanager.Secret.fromSecretAttributes(stack, `Secret${serverType}`, {
        secretCompleteArn: `arn:aws:secretsmanager:us-east-1:111111111111:secret:${`${serverType}/${secretName}`.slice(0, 512)}-AbCdEf`,
        encryptionKey: kms.Key.fromKeyArn(stack, `Key${serverType}`, `arn:aws:kms:us-east-1:111111111111:alias/${serverType}`),
      });
      const pair = PAIRS.find((candidate) => candidate.serverType === serverType)!;
      new SourceCredentials(stack, serverType, { credential: pair.credential({ secret, connection }) });
    }
    return Template.fromStack(stack);
  }

  /** Measures a document as AWS does: without whitespace, and with complete ARNs and ids. */
  const deployed = (value: unknown) => JSON.stringify(value)
    .replace(/\{"Ref":"AWS::StackId"\}/g, `"arn:aws:cloudformation:us-east-1:111111111111:stack/${'x'.repeat(128)}/00000000-0000-4000-8000-000000000000"`)
    .replace(/\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g, '"arn:aws$1"')
    .replace(/\{"(Ref|Fn::GetAtt)":[^}]*\}/g, `"${'x'.repeat(130)}"`).length;

  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);

  function figures(template: Template) {
    const of = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);
    const role = of('AWS::IAM::Role').find(({ Description }) => Description === 'Gives CodeBuild its source credentials')!;
    const [{ EventPattern, Targets }] = of('AWS::Events::Rule');
    const { Environment } = of('AWS::Lambda::Function').find(({ Handler, Timeout }) => Handler === 'index.handler' && Timeout > 100)!;
    const managed = of('AWS::IAM::ManagedPolicy');
    return {
      inline: sum([...role.Policies ?? [], ...of('AWS::IAM::Policy')].map(({ PolicyDocument }) => deployed(PolicyDocument))),
      managed: managed.length,
      longestManaged: Math.max(...managed.map(({ PolicyDocument }) => deployed(PolicyDocument))),
      pattern: deployed(EventPattern),
      targets: Targets.length,
      environment: deployed(Environment.Variables),
      resources: Object.keys(template.toJSON().Resources).length,
      template: JSON.stringify(template.toJSON()).length,
      tags: Math.max(...Object.values(template.toJSON().Resources).map(({ Properties }: any) => [Properties?.Tags ?? []].flat().length)),
      longestName: Math.max(0, ...(JSON.stringify(template.toJSON()).match(/"PolicyName":"[^"]*"/g) ?? []).map((name) => name.length - '"PolicyName":""'.length)),
    };
  }

  test.each(['ci/token', 'a-long-folder/'.repeat(6)])('with secrets named %s', (name) => {
    const { inline, managed, longestManaged, pattern, targets, environment, resources, template, tags, longestName } = figures(build(name));
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(inline).toBeLessThan(7_500);
    expect(managed).toBeLessThanOrEqual(10);
    expect(longestManaged).toBeLessThan(5_700);
    expect(longestName).toBeLessThanOrEqual(128);
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    expect(pattern).toBeLessThan(2_048);
    expect(targets).toBe(1);
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    expect(environment).toBeLessThan(1_000);
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    expect(resources).toBeLessThan(500);
    expect(template).toBeLessThan(700_000);
    expect(tags).toBeLessThanOrEqual(50);
  });

  test('with the longest names of secrets, and managed policies only', () => {
    const { inline, longestManaged, pattern } = figures(build(LONGEST_NAME, { managedPolicies: true }));
    expect(inline).toBe(0);
    expect(longestManaged).toBeLessThan(6_144);
    expect(pattern).toBeLessThan(2_048);
    Annotated.fromStack(stack).hasWarning('/Stack/Provider', Match.stringLikeRegexp("the function's role has more than 10 managed policies"));
  });

  test('an imported role has inline policies only: synthesis fails if they are too long', () => {
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/mine');
    expect(() => build(LONGEST_NAME, { role }))
      .toThrow(/the inline policies of the function's role at 'Stack\/Role' have about \d+ characters together, but IAM allows 10240\. Set managedPolicies/);
  });

  test('an immutable role gets no policies that could be too long', () => {
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/mine', { mutable: false });
    expect(() => build(LONGEST_NAME, { role })).not.toThrow();
  });

  test('a rule matches every secret if its pattern would be too long', () => {
    build(LONGEST_NAME, { managedPolicies: true });
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
    expect(Properties.EventPattern.$or[1]).toEqual({ 'source': ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'], 'detail': { labelUpdated: ['AWSCURRENT'] } });
  });
});

describe('tags of the stack', () => {
  const tagged = (other: Stack) => {
    new Connection(other, 'Connection', { providerType: ProviderType.GITLAB });
    const [{ Properties }] = Object.values(Template.fromStack(other).findResources('Custom::CodeConnectionsConnection'));
    return Object.fromEntries((Properties.Tags ?? []).map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
  };

  test('apply to a connection, unless Tags.of overrides them', () => {
    const other = new Stack(app, 'Tagged', { tags: { team: 'platform', stage: 'test' } });
    Tags.of(other).add('stage', 'production');
    expect(tagged(other)).toEqual({ team: 'platform', stage: 'production' });
  });

  test('apply to a connection in a nested stack', () => {
    expect(tagged(new NestedStack(new Stack(app, 'Tagged', { tags: { team: 'platform' } }), 'Nested'))).toEqual({ team: 'platform' });
  });

  test.each([[47, false], [48, true]])('are limited to 47, because the library adds three: %s tags are refused: %s', (count, isRefused) => {
    for (let i = 0; i < count; i++) Tags.of(i % 2 ? app : stack).add(`tag-${i}`, 'x');
    gitLab();
    const synthesis = expect(() => app.synth());
    if (isRefused) synthesis.toThrow("Connection 'Stack/Connection' has 48 tags, but AWS allows 50, and this library needs 3. Remove 1, or exclude the types aws:cdk:stack and Custom::CodeConnectionsConnection from Tags.of(...).add");
    else synthesis.not.toThrow();
  });

  test('do not count if they are excluded', () => {
    for (let i = 0; i < 60; i++) Tags.of(app).add(`tag-${i}`, 'x', { excludeResourceTypes: ['aws:cdk:stack', 'Custom::CodeConnectionsConnection'] });
    gitLab();
    expect(() => app.synth()).not.toThrow();
  });

  test('cannot replace the library\'s own tags', () => {
    Tags.of(app).add('codebuild-source-credentials:stack-id', 'mine');
    gitLab();
    expect(() => app.synth()).toThrow("Connection 'Stack/Connection' has the tag 'codebuild-source-credentials:stack-id', which this library sets itself. Choose another key");
  });

  test('are omitted if there are none', () => {
    expect(tagged(stack)).toEqual({});
  });
});

test.each(['before', 'after'])('the info of a new connection can be acknowledged %s it is created', (when) => {
  const ID = 'cdk-codebuild-source-credentials:handshake';
  if (when === 'before') Annotations.of(stack).acknowledgeInfo(ID);
  gitLab();
  if (when === 'after') Annotations.of(stack).acknowledgeInfo(ID);
  Annotated.fromStack(stack).hasNoInfo('*', Match.anyValue());
});

test('the info of a new connection contains no path of the machine', () => {
  expect(JSON.stringify(gitLab().node.metadata)).not.toContain('"trace"');
});
