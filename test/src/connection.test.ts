import { App, CfnParameter, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  Connection, ConnectionProps, GitHubCredential, GitLabCredential, ProviderType, SourceCredentials, SourceCredentialsProvider,
} from 'cdk-codebuild-source-credentials';

function statements(stack: Stack, connectionArn: string) {
  new SourceCredentials(stack, 'Credentials', {
    credential: GitLabCredential.connection(Connection.fromConnectionArn(stack, 'Connection', connectionArn)),
  });
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy.Properties.PolicyDocument.Statement.slice(2);
}

test.each(['codeconnections', 'codestar-connections'])('an ARN with the prefix %s, in any account and region, is granted under this prefix', (service) => {
  const connectionArn = `arn:aws:${service}:eu-central-1:999999999999:connection/0b8fbb68-6a6d-4d2a-9a6a-3f0f4ba54c41`;

  expect(statements(new Stack(), connectionArn)).toEqual([
    { Effect: 'Allow', Action: [`${service}:GetConnection`, `${service}:PassConnection`], Resource: connectionArn },
  ]);
});

test('an ARN that is only known at deployment is granted under both prefixes', () => {
  const stack = new Stack(new App(), 'Stack');
  const parameter = new CfnParameter(stack, 'ConnectionArn');

  expect(statements(stack, parameter.valueAsString)).toEqual([{
    Effect: 'Allow',
    Action: ['codeconnections:GetConnection', 'codeconnections:PassConnection', 'codestar-connections:GetConnection', 'codestar-connections:PassConnection'],
    Resource: { Ref: 'ConnectionArn' },
  }]);
});

test.each([
  'my-connection',
  'arn:aws:codebuild:eu-west-1:111111111111:project/x',
  'arn:aws:codeconnections:eu-west-1:111111111111:host/x',
  'arn:aws:codeconnections:eu-west-1:1:connection/x',
])('%s is refused', (connectionArn) => {
  expect(() => Connection.fromConnectionArn(new Stack(), 'Connection', connectionArn))
    .toThrow(`connectionArn must be an ARN like 'arn:aws:codeconnections:REGION:ACCOUNT:connection/ID'; got the string '${connectionArn}'. Copy it from the console`);
});

test('the connection has the account and region of its ARN', () => {
  const connection = Connection.fromConnectionArn(new Stack(), 'Connection', 'arn:aws:codeconnections:eu-west-1:999999999999:connection/x');

  expect(connection.env).toEqual({ account: '999999999999', region: 'eu-west-1' });
});

test.each([undefined, 'a text', new Stack()])('another value in place of a connection is refused', (connection) => {
  expect(() => GitHubCredential.connection(connection as never)).toThrow(/connection must be a Connection; got .*\. Pass a construct, such as Connection.fromConnectionArn/);
});

describe('a connection of the stack', () => {
  let stack: Stack;

  beforeEach(() => {
    stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'us-east-1' } });
  });

  const HOST = 'arn:aws:codeconnections:us-east-1:111111111111:host/gitlab-1234';

  function create(props: Partial<ConnectionProps> = {}) {
    return new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, ...props });
  }

  function resource(type = 'Custom::CodeConnectionsConnection') {
    const [found] = Object.values(Template.fromStack(stack).findResources(type));
    return found.Properties;
  }

  test('sends its default properties', () => {
    create();
    expect(resource()).toEqual({
      ServiceToken: expect.anything(),
      ServiceTimeout: '1140',
      ProviderType: 'GitLab',
      ConnectionName: expect.stringMatching(/^StackConnection[0-9A-F]{8}$/),
      AdoptExisting: 'true',
      RemovalPolicy: 'retain',
    });
  });

  test('sends every option', () => {
    create({
      providerType: ProviderType.GITLAB_SELF_MANAGED,
      connectionName: 'gitlab',
      hostArn: HOST,
      adoptExisting: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Tags.of(stack).add('team', 'platform');
    expect(resource()).toMatchObject({
      ProviderType: 'GitLabSelfManaged',
      ConnectionName: 'gitlab',
      HostArn: HOST,
      AdoptExisting: 'false',
      RemovalPolicy: 'destroy',
      Tags: [{ Key: 'team', Value: 'platform' }],
    });
  });

  test('has a name of at most 32 characters, however long its path is', () => {
    const deep = new Stack(stack, 'a'.repeat(40));
    new Connection(deep, 'b'.repeat(40), { providerType: ProviderType.GITLAB });
    const [{ Properties }] = Object.values(Template.fromStack(deep).findResources('Custom::CodeConnectionsConnection'));
    expect(Properties.ConnectionName).toHaveLength(32);
  });

  test.each([
    [{ connectionName: 'x'.repeat(33) }, `connectionName must be a string of 1 to 32 characters; got the string '${'x'.repeat(33)}'. Choose another name, or leave it out`],
    [{ connectionName: '' }, "connectionName must be a string of 1 to 32 characters; got the string ''."],
    [{ providerType: ProviderType.GITLAB_SELF_MANAGED }, 'hostArn is missing: GitLabSelfManaged runs on a host of your own. Set it up in the console'],
    [{ providerType: ProviderType.GITHUB_ENTERPRISE_SERVER }, 'hostArn is missing: GitHubEnterpriseServer runs on a host of your own.'],
    [{ hostArn: HOST }, `hostArn only applies to GitHubEnterpriseServer and GitLabSelfManaged; got '${HOST}' for GitLab. Leave it out`],
    [{ providerType: ProviderType.GITLAB_SELF_MANAGED, hostArn: 'gitlab.example.com' }, "hostArn must be an ARN like 'arn:aws:codeconnections:REGION:ACCOUNT:host/ID'; got the string 'gitlab.example.com'."],
    [{ removalPolicy: RemovalPolicy.SNAPSHOT }, "removalPolicy must be RemovalPolicy.DESTROY or RemovalPolicy.RETAIN; got the string 'snapshot'"],
  ])('is refused with %j', (props, message) => {
    expect(() => create(props)).toThrow(message);
  });

  test('says at synthesis where to complete the handshake', () => {
    create();
    Annotations.fromStack(stack).hasInfo('/Stack/Connection', Match.stringLikeRegexp('a new connection to GitLab is pending until a person completes its handshake at https://us-east-1.console.aws.amazon.com/codesuite/settings/connections.region=us-east-1. Builds'));
  });

  test.each([
    ['eu-west-1', 'at https://eu-west-1.console.aws.amazon.com/codesuite/settings/connections.region=eu-west-1'],
    ['us-gov-west-1', 'at https://us-gov-west-1.console.amazonaws-us-gov.com/codesuite/settings/connections.region=us-gov-west-1'],
    [undefined, "in the console of the stack's region: Developer Tools, Settings, Connections"],
  ])('names the page in a stack whose region is %s', (region, place) => {
    stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region } });
    const wait = create().waitUntilAvailable(Duration.minutes(10));
    Annotations.fromStack(stack).hasInfo('/Stack/Connection', Match.stringLikeRegexp(`its handshake ${place}. Builds`));
    Annotations.fromStack(stack).hasInfo(`/${wait.node.path}`, Match.stringLikeRegexp(`the deployment waits up to 600 seconds until a person has completed the handshake ${place}. Complete it`));
  });

  const permissions = () => Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
  const ALL = 'arn:AWS::Partition:codeconnections:us-east-1:111111111111:connection/*';
  const CREATOR = 'codebuild-source-credentials:stack-id';
  const spelt = (value: unknown) => JSON.parse(JSON.stringify(value).replace(/\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g, '"arn:AWS::Partition$1"'));

  test.each([RemovalPolicy.RETAIN, RemovalPolicy.DESTROY])('gives the function these permissions with %s', (removalPolicy) => {
    create({ removalPolicy });
    const createdHere = { [`aws:ResourceTag/${CREATOR}`]: { Ref: 'AWS::StackId' } };
    expect(spelt(permissions())).toEqual([
      {
        Effect: 'Allow',
        Action: [
          'codeconnections:GetConnection', 'codeconnections:ListTagsForResource',
          'codestar-connections:GetConnection', 'codestar-connections:ListTagsForResource',
        ],
        Resource: [ALL, ALL.replace('codeconnections', 'codestar-connections')],
      },
      {
        Effect: 'Allow',
        Action: 'codeconnections:ListConnections',
        Resource: '*',
        Condition: {
          StringEquals: { 'codeconnections:ProviderTypeFilter': ['GitHub', 'GitHubEnterpriseServer', 'Bitbucket', 'GitLab', 'GitLabSelfManaged'] },
        },
      },
      { Effect: 'Allow', Action: 'codeconnections:DeleteConnection', Resource: ALL, Condition: { StringEquals: createdHere } },
      {
        Effect: 'Allow',
        Action: ['codeconnections:TagResource', 'codeconnections:UntagResource'],
        Resource: ALL,
        Condition: {
          'StringEquals': createdHere,
          'ForAllValues:StringNotEquals': {
            'aws:TagKeys': [CREATOR, 'codebuild-source-credentials:logical-id', 'codebuild-source-credentials:request-id'],
          },
        },
      },
      {
        Effect: 'Allow',
        Action: 'codeconnections:TagResource',
        Resource: '*',
        Condition: { StringEquals: { [`aws:RequestTag/${CREATOR}`]: { Ref: 'AWS::StackId' } } },
      },
      {
        Effect: 'Deny',
        Action: 'codeconnections:TagResource',
        Resource: ALL,
        Condition: { StringNotEquals: createdHere, Null: { [`aws:ResourceTag/${CREATOR}`]: 'false' } },
      },
      {
        Effect: 'Allow',
        Action: 'codeconnections:CreateConnection',
        Resource: '*',
        Condition: { StringEquals: { 'codeconnections:ProviderType': 'GitLab', [`aws:RequestTag/${CREATOR}`]: { Ref: 'AWS::StackId' } } },
      },
      {
        Effect: 'Allow',
        Action: ['ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'],
        Resource: ['GITLAB', 'GITLAB/*'].map((name) => `arn:AWS::Partition:ssm:us-east-1:111111111111:parameter/codebuild-source-credentials/${name}`),
      },
    ]);
  });

  test('can be used by its grantee', () => {
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
    Connection.fromConnectionArn(stack, 'Import', 'arn:aws:codestar-connections:us-east-1:111111111111:connection/x').grantUse(role);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{
          Effect: 'Allow',
          Action: ['codestar-connections:UseConnection', 'codestar-connections:GetConnection', 'codestar-connections:GetConnectionToken'],
          Resource: 'arn:aws:codestar-connections:us-east-1:111111111111:connection/x',
        }],
      },
    });
  });

  test('is refused for a credential of another source provider', () => {
    const connection = create();
    expect(() => GitHubCredential.connection(connection)).toThrow(
      "connection 'Stack/Connection' is to GitLab, but a GITHUB credential needs one to GitHub. Use the factory of the connection's source provider, or another connection");
  });

  describe('with a wait', () => {
    const lambdaTimeout = () => Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'))[0].Properties.Timeout;

    test('raises the function\'s timeout, and creates one wait for each timeout', () => {
      const connection = create();
      const wait = connection.waitUntilAvailable(Duration.minutes(10));

      expect(connection.waitUntilAvailable(Duration.minutes(10))).toBe(wait);
      expect(connection.waitUntilAvailable(Duration.minutes(1))).not.toBe(wait);
      expect(lambdaTimeout()).toBe(660);
      Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumEventAgeInSeconds: 2 * 300 + 210 });
      Template.fromStack(stack).hasResourceProperties('Custom::CodeConnectionsWait', { TimeoutSeconds: '600', ServiceTimeout: String(2 * 300 + 210 + 660 + 30) });
      expect(resource().ServiceTimeout).toBe('1140');
    });

    test('does not shorten the timeout of the function', () => {
      new SourceCredentialsProvider(stack, 'Provider', { timeout: Duration.minutes(15) });
      create().waitUntilAvailable(Duration.seconds(1));
      expect(lambdaTimeout()).toBe(900);
    });

    test('can wait for an imported connection', () => {
      const arn = 'arn:aws:codestar-connections:us-east-1:111111111111:connection/x';
      Connection.fromConnectionArn(stack, 'Import', arn).waitUntilAvailable(Duration.minutes(14));
      expect(resource('Custom::CodeConnectionsWait')).toMatchObject({ ConnectionArn: arn, TimeoutSeconds: '840' });
      expect(lambdaTimeout()).toBe(900);
      Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'codestar-connections:GetConnection', Resource: arn }] },
      });
    });

    test.each([0, 841])('is refused for %i seconds', (seconds) => {
      expect(() => create().waitUntilAvailable(Duration.seconds(seconds)))
        .toThrow(`timeout must be a Duration between 1 and 840 seconds, in whole seconds; got a Duration of ${seconds} seconds`);
    });

    test('is refused with DESTROY', () => {
      expect(() => create({ removalPolicy: RemovalPolicy.DESTROY }).waitUntilAvailable(Duration.minutes(1))).toThrow(
        "Connection 'Stack/Connection' has RemovalPolicy.DESTROY: after a timeout of the wait, the rollback would delete the connection while a person completes its handshake. Leave removalPolicy out");
    });
  });
});
