import { App, Duration, IPropertyInjector, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  Connection, GitHubCredential, ProviderType, SourceCredentials, SourceCredentialsProvider, SourceCredentialsProviderProps,
} from 'cdk-codebuild-source-credentials';

function synthesize(props: (stack: Stack) => SourceCredentialsProviderProps = () => ({})) {
  const stack = new Stack(new App(), 'Stack');
  const provider = new SourceCredentialsProvider(stack, 'Provider', props(stack));
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/github');
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secret) });
  return { stack, provider, template: Template.fromStack(stack) };
}

const LIST_AND_DELETE = {
  Effect: 'Allow',
  Action: ['codebuild:ListSourceCredentials', 'codebuild:DeleteSourceCredentials'],
  Resource: '*',
};

test('a stack has a function with its permanent permissions', () => {
  const { template } = synthesize();

  const [logGroup] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
  template.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x', Handler: 'index.handler', MemorySize: 256, Timeout: 300, LoggingConfig: { LogGroup: { Ref: logGroup } }, Environment: { Variables: { STACK_ID: { Ref: 'AWS::StackId' }, TIMEOUT_SECONDS: '300', SERVER_TYPES: 'GITHUB' } },
  });
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  expect(role.Properties.ManagedPolicyArns).toBeUndefined();
  expect(role.Properties.Policies).toEqual([{
    PolicyName: 'SourceCredentials',
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] } },
        LIST_AND_DELETE,
        {
          Effect: 'Allow',
          Action: 'events:PutEvents',
          Resource: {
            'Fn::Join': ['', [
              'arn:', { Ref: 'AWS::Partition' }, ':events:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':event-bus/default',
            ]],
          },
          Condition: {
            'ForAllValues:StringEquals': { 'events:source': 'cdk-codebuild-source-credentials', 'events:detail-type': 'Source Credential Restore Requested' },
            'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
          },
        },
      ],
    },
  }]);
});

test.each([
  ['a credential alone', []],
  ['with a short wait', [Duration.seconds(30)]],
  ['with the longest wait', [Duration.minutes(14)]],
])('%s: the last attempt at an event ends before CloudFormation times out', (_, waits) => {
  const stack = new Stack(new App(), 'Stack');
  const provider = SourceCredentialsProvider.getOrCreate(stack);
  const connection = new Connection(stack, 'Waited', { providerType: ProviderType.GITLAB });
  waits.forEach((timeout) => connection.waitUntilAvailable(timeout));
  const template = Template.fromStack(stack);

  const [{ Properties: { MaximumEventAgeInSeconds } }] = Object.values(template.findResources('AWS::Lambda::EventInvokeConfig'));
  expect(MaximumEventAgeInSeconds + 300).toBeLessThan(provider.serviceTimeout.toSeconds());
  for (const { Properties } of Object.values(template.findResources('Custom::CodeConnectionsWait'))) {
    expect(MaximumEventAgeInSeconds + Number(Properties.TimeoutSeconds) + 60).toBeLessThan(Number(Properties.ServiceTimeout));
  }
});

describe('the daily check', () => {
  const schedule = (reconcileInterval?: Duration) =>
    Object.values(synthesize(() => ({ reconcileInterval })).template.findResources('AWS::Events::Rule'))[0].Properties.ScheduleExpression;

  test.each([
    [undefined, 'rate(1 day)'],
    [Duration.minutes(1), 'rate(1 minute)'],
    [Duration.hours(12), 'rate(12 hours)'],
    [Duration.seconds(0), undefined],
  ])('with %p has the schedule %p', (interval, expression) => {
    expect(schedule(interval)).toBe(expression);
  });

  test.each([Duration.seconds(30), Duration.seconds(90)])('is refused with %p', (interval) => {
    expect(() => schedule(interval)).toThrow(`reconcileInterval must be a Duration of whole minutes, or Duration.seconds(0) to turn it off; got a Duration of ${interval.toSeconds()} seconds. Leave it out for one day`);
  });
});

test('the metrics are the function\'s', () => {
  const { provider, stack } = synthesize();
  const FunctionName = stack.resolve((provider.metricErrors().dimensions as any).FunctionName);

  expect(FunctionName).toEqual({ Ref: expect.stringMatching(/^ProviderFunction/) });
  expect([
    provider.metric('AsyncEventAge'), provider.metricErrors(), provider.metricInvocations(), provider.metricDuration(), provider.metricThrottles(),
  ].map(({ metricName }) => metricName)).toEqual(['AsyncEventAge', 'Errors', 'Invocations', 'Duration', 'Throttles']);
});

test('the role may send messages to a dead-letter queue', () => {
  const { template } = synthesize((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Queue') }));

  const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'));
  template.hasResourceProperties('AWS::Lambda::Function', { DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [queue, 'Arn'] } } });
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  expect(role.Properties.Policies[0].PolicyDocument.Statement).toContainEqual({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [queue, 'Arn'] } });
  template.resourceCountIs('AWS::IAM::Policy', 1);
});

test('a stack has one provider', () => {
  const stack = new Stack(new App(), 'Stack');
  const provider = SourceCredentialsProvider.getOrCreate(stack);

  expect(SourceCredentialsProvider.getOrCreate(stack)).toBe(provider);
  expect(provider.node.path).toBe('Stack/CodeBuildSourceCredentialsProvider');
  expect(() => new SourceCredentialsProvider(stack, 'Second'))
    .toThrow("stack 'Stack' already has a SourceCredentialsProvider, at 'Stack/CodeBuildSourceCredentialsProvider'. Create 'Stack/Second' before the first SourceCredentials of the stack, or remove it");
});

test('all credentials of a stack use its provider with options', () => {
  const { stack, provider } = synthesize(() => ({ memorySize: 512 }));

  expect(SourceCredentialsProvider.getOrCreate(stack)).toBe(provider);
});

test('a nested stack has its own provider', () => {
  const stack = new Stack(new App(), 'Stack');
  const nested = new NestedStack(stack, 'Nested');

  expect(SourceCredentialsProvider.getOrCreate(nested)).not.toBe(SourceCredentialsProvider.getOrCreate(stack));
});

test('memory, runtime and timeout can be set', () => {
  const { template, provider } = synthesize(() => ({ memorySize: 512, runtime: lambda.Runtime.NODEJS_22_X, timeout: Duration.minutes(5) }));

  template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 512, Runtime: 'nodejs22.x', Timeout: 300 });
  expect(provider.serviceTimeout.toSeconds()).toBe(3 * 300 + 240);
  template.hasResourceProperties('Custom::CodeBuildSourceCredentials', { ServiceTimeout: '1140' });
});

test.each([
  [{ runtime: lambda.Runtime.NODEJS_20_X }, "runtime must be Node.js 22 or newer; got 'nodejs20.x'. Leave it out for nodejs24.x"],
  [{ runtime: lambda.Runtime.PYTHON_3_12 }, "runtime must be Node.js 22 or newer; got 'python3.12'"],
  [{ timeout: Duration.seconds(29) }, 'timeout must be a Duration between 30 and 900 seconds, in whole seconds; got a Duration of 29 seconds. Leave it out for 5 minutes'],
  [{ timeout: Duration.minutes(16) }, 'timeout must be a Duration between 30 and 900 seconds, in whole seconds; got a Duration of 960 seconds'],
])('%p is refused', (props, message) => {
  expect(() => new SourceCredentialsProvider(new Stack(), 'Provider', props)).toThrow(message);
});

test('a role of the app gets the permissions in a policy on which the function depends', () => {
  const { template } = synthesize((stack) => ({ role: new iam.Role(stack, 'MyRole', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }));

  template.resourceCountIs('AWS::IAM::Role', 1);
  const [policyId] = Object.keys(template.findResources('AWS::IAM::Policy', { Properties: { PolicyDocument: { Statement: Match.arrayWith([LIST_AND_DELETE]) } } }));
  const [{ DependsOn }] = Object.values(template.findResources('AWS::Lambda::Function'));
  expect(DependsOn).toContain(policyId);
});

test('an immutable role is not changed', () => {
  const { template } = synthesize((stack) => ({ role: iam.Role.fromRoleArn(stack, 'MyRole', 'arn:aws:iam::111111111111:role/mine', { mutable: false }) }));

  template.resourceCountIs('AWS::IAM::Policy', 0);
  template.resourceCountIs('AWS::IAM::Role', 0);
});

test('a log group of the app replaces the default one', () => {
  const { template } = synthesize((stack) => ({ logGroup: logs.LogGroup.fromLogGroupName(stack, 'MyLogs', 'mine') }));

  template.resourceCountIs('AWS::Logs::LogGroup', 0);
  template.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: 'mine' } });
});

test('a function in a VPC depends on its route to the Internet', () => {
  const { template, provider } = synthesize((stack) => ({ vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 }) }));

  expect(provider.connections.securityGroups).toHaveLength(1);
  const [role] = Object.values(template.findResources('AWS::IAM::Role', { Properties: { Policies: Match.anyValue() } }));
  expect(role.Properties.Policies[0].PolicyDocument.Statement[3].Action).toContain('ec2:CreateNetworkInterface');
  const [{ DependsOn }] = Object.values(template.findResources('AWS::Lambda::Function'));
  expect(DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^VpcPrivateSubnet1DefaultRoute/)]));
});

test('without a VPC, the provider has no network connections', () => {
  const { provider } = synthesize();

  expect(() => provider.connections).toThrow('VPC');
});

test('grants go to the role', () => {
  const { provider } = synthesize();

  expect(provider.grantPrincipal).toBe(provider.role);
});

test('a function in a VPC depends on the endpoints that the stack creates there, even later', () => {
  const stack = new Stack(new App(), 'Stack');
  const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0 });
  vpc.addInterfaceEndpoint('Before', { service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER });
  const subnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
  const provider = new SourceCredentialsProvider(stack, 'Provider', { vpc, vpcSubnets: subnets });
  const after = new ec2.InterfaceVpcEndpoint(stack, 'After', { vpc, service: ec2.InterfaceVpcEndpointAwsService.SSM });
  after.connections.allowDefaultPortFrom(provider);
  vpc.addGatewayEndpoint('Gateway', { service: ec2.GatewayVpcEndpointAwsService.S3 });
  new ec2.CfnVPCEndpoint(stack, 'Raw', { vpcId: vpc.vpcId, serviceName: 'com.amazonaws.us-east-1.events' });
  const other = new ec2.Vpc(stack, 'Other', { natGateways: 0 });
  other.addInterfaceEndpoint('Elsewhere', { service: ec2.InterfaceVpcEndpointAwsService.SSM });

  const template = Template.fromStack(stack);
  const [{ DependsOn }] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.handler', Timeout: 300 } }));
  const endpoints = Object.keys(template.findResources('AWS::EC2::VPCEndpoint'));
  expect(DependsOn.filter((id: string) => endpoints.includes(id)).sort()).toEqual(endpoints.filter((id) => !id.startsWith('Other')).sort());
  expect(DependsOn.join()).toMatch(/AfterSecurityGroup/);
});

test('the role may use the key of a dead-letter queue', () => {
  const { template } = synthesize((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryption: sqs.QueueEncryption.KMS }) }));

  const [key] = Object.keys(template.findResources('AWS::KMS::Key'));
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  expect(role.Properties.Policies[0].PolicyDocument.Statement).toContainEqual({
    Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: { 'Fn::GetAtt': [key, 'Arn'] },
  });
});

test.each([
  ['GenerateDataKey and Decrypt for a queue', (key: kms.IKey, stack: Stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: key }) })],
  ['Decrypt for the environment', (key: kms.IKey) => ({ environmentEncryption: key })],
])('an alias of a key is allowed %s', (_, props) => {
  const { template } = synthesize((stack) => props(kms.Alias.fromAliasName(stack, 'Alias', 'alias/mine'), stack));
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  expect(role.Properties.Policies[0].PolicyDocument.Statement).toContainEqual(expect.objectContaining({
    Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/mine' } },
  }));
});

test('the role may use the key of the environment variables', () => {
  const { template } = synthesize((stack) => ({ environmentEncryption: new kms.Key(stack, 'Key') }));
  const [key] = Object.keys(template.findResources('AWS::KMS::Key'));
  template.hasResourceProperties('AWS::Lambda::Function', { KmsKeyArn: { 'Fn::GetAtt': [key, 'Arn'] } });
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  expect(role.Properties.Policies[0].PolicyDocument.Statement).toContainEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': [key, 'Arn'] } });
  template.resourceCountIs('AWS::IAM::Policy', 1);
});

test('the log group can have a key', () => {
  const { template } = synthesize((stack) => ({ logGroup: new logs.LogGroup(stack, 'Logs', { encryptionKey: new kms.Key(stack, 'Key') }) }));
  const [key] = Object.keys(template.findResources('AWS::KMS::Key'));
  const [group] = Object.keys(template.findResources('AWS::Logs::LogGroup', { Properties: { KmsKeyId: { 'Fn::GetAtt': [key, 'Arn'] } } }));
  template.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: { Ref: group } } });
});

test('reserved concurrency and tracing can be set, and create no default policy', () => {
  const { template } = synthesize(() => ({ reservedConcurrentExecutions: 5, tracing: lambda.Tracing.ACTIVE }));
  template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 5, TracingConfig: { Mode: 'Active' } });
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  expect(role.Properties.Policies[0].PolicyDocument.Statement).toContainEqual({ Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' });
  template.resourceCountIs('AWS::IAM::Policy', 1);
});

test('disabled tracing is omitted', () => {
  const { template } = synthesize(() => ({ tracing: lambda.Tracing.DISABLED }));
  expect(JSON.stringify(template.toJSON())).not.toMatch(/xray|TracingConfig/);
});

describe('managed policies only', () => {
  const inline = (template: Template) => [template.findResources('AWS::IAM::Policy'), template.findResources('AWS::IAM::Role', { Properties: { Policies: Match.anyValue() } })];

  test('are attached to the role that the provider creates', () => {
    const { template } = synthesize(() => ({ managedPolicies: true }));
    expect(inline(template)).toEqual([{}, {}]);
    const [first, credential] = Object.keys(template.findResources('AWS::IAM::ManagedPolicy'));
    template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: [{ Ref: first }] });
    expect(first).toMatch(/^ProviderPolicy/);
    const [{ DependsOn }] = Object.values(template.findResources('Custom::CodeBuildSourceCredentials'));
    expect(DependsOn).toContain(credential);
  });

  test('are attached to a role that the app creates, and the function depends on them', () => {
    const { template } = synthesize((stack) => ({ managedPolicies: true, role: new iam.Role(stack, 'MyRole', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }));
    expect(inline(template)).toEqual([{}, {}]);
    const [first] = Object.keys(template.findResources('AWS::IAM::ManagedPolicy'));
    const [{ DependsOn }] = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(DependsOn).toContain(first);
  });

  test.each([true, false])('are not attached to an imported role (mutable: %s)', (mutable) => {
    expect(() => synthesize((stack) => ({ managedPolicies: true, role: iam.Role.fromRoleArn(stack, 'MyRole', 'arn:aws:iam::111111111111:role/mine', { mutable }) })))
      .toThrow("managedPolicies needs a role that this app creates, to attach them to; got 'Stack/");
  });
});

describe('the queue for events that EventBridge cannot deliver', () => {
  const ruleOf = (template: Template) => Object.entries(template.findResources('AWS::Events::Rule'))[0];

  test('is the dead-letter queue, which the rule may send to', () => {
    const { template } = synthesize((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryption: sqs.QueueEncryption.KMS }) }));
    const [rule, { Properties: { Targets } }] = ruleOf(template);
    const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'));
    expect(Targets[0].DeadLetterConfig).toEqual({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] } });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [{
          Action: 'sqs:SendMessage', Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [rule, 'Arn'] } } },
        }],
      },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'events.amazonaws.com' }, Action: ['kms:GenerateDataKey', 'kms:Decrypt'] })]) },
    });
  });

  test('is not set if another stack creates the queue', () => {
    const app = new App();
    const other = new sqs.Queue(new Stack(app, 'Other'), 'Queue');
    const stack = new Stack(app, 'Stack');
    new SourceCredentialsProvider(stack, 'Provider', { deadLetterQueue: other });
    expect(ruleOf(Template.fromStack(stack))[1].Properties.Targets[0].DeadLetterConfig).toBeUndefined();
    expect(() => app.synth()).not.toThrow();
  });
});

test('property injectors of an organization apply to the function, its log group and its role', () => {
  const injector = (injectConstruct: { PROPERTY_INJECTION_ID: string }, more: object): IPropertyInjector =>
    ({ constructUniqueId: injectConstruct.PROPERTY_INJECTION_ID, inject: (props) => ({ ...props, ...more }) });
  const stack = new Stack(new App(), 'Stack', {
    propertyInjectors: [
      injector(lambda.Function, { reservedConcurrentExecutions: 3 }),
      injector(logs.LogGroup, { retention: logs.RetentionDays.ONE_WEEK }),
      injector(iam.Role, { path: '/service/' }),
    ],
  });
  SourceCredentialsProvider.getOrCreate(stack);
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 3 });
  template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  template.hasResourceProperties('AWS::IAM::Role', { Path: '/service/' });
});
