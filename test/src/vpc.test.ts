import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Connection, GitHubCredential, ProviderType, SourceCredentials, SourceCredentialsProvider, SourceCredentialsProviderProps } from 'cdk-codebuild-source-credentials';

/*
 * A VPC of the same stack. The resources that the function needs to reach AWS exist before CloudFormation's first
 * request, and until after its last one.
 */

let stack: Stack;

beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'us-east-1' } });
});

const provider = (props: SourceCredentialsProviderProps) => new SourceCredentialsProvider(stack, 'Provider', props);

type Resources = Record<string, { Type: string; DependsOn?: string[]; Properties?: object }>;

/** Returns all direct and indirect dependencies of a resource. */
function before(resources: Resources, id: string, found = new Set<string>()): Set<string> {
  const { DependsOn = [], Properties = {} } = resources[id];
  const references = [...JSON.stringify(Properties).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(([, name]) => name);
  for (const name of [...DependsOn, ...references].filter((one) => one in resources && !found.has(one))) {
    found.add(name);
    before(resources, name, found);
  }
  return found;
}

const ROUTES = /^AWS::EC2::(Route|NatGateway|NetworkInterface|InternetGateway|VPCGatewayAttachment)$/;

/** Expects that each custom resource depends on all resources of these types. Returns their logical ids. */
function expectBeforeRequests(types: RegExp): string[] {
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/github')) });
  new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB }).waitUntilAvailable(Duration.minutes(5));
  const resources: Resources = Template.fromStack(stack).toJSON().Resources;
  const ofType = (pattern: RegExp) => Object.keys(resources).filter((id) => pattern.test(resources[id].Type));
  const needed = ofType(types);
  const custom = ofType(/^Custom::Code/);
  expect(custom).toHaveLength(3);
  for (const id of custom) expect(needed.filter((one) => !before(resources, id).has(one))).toEqual([]);
  return needed;
}

/** Declares an instance in a public subnet. CDK does not make it depend on the route of that subnet. */
class Appliance extends ec2.NatProvider {
  public readonly configuredGateways = [];

  public configureNat({ natSubnets: [subnet], privateSubnets, vpc }: ec2.ConfigureNatOptions): void {
    const { attrId: routerId } = new ec2.CfnNetworkInterface(vpc, 'Appliance', { subnetId: subnet.subnetId });
    for (const privateSubnet of privateSubnets) {
      privateSubnet.addRoute('DefaultRoute', { routerType: ec2.RouterType.NETWORK_INTERFACE, routerId, enablesInternetConnectivity: true });
    }
  }

  public configureSubnet(): void {}
}

test.each<[string, ec2.VpcProps]>([
  ['with a NAT gateway in each zone', { maxAzs: 2 }],
  ['with one NAT gateway', { maxAzs: 2, natGateways: 1 }],
  ['with an appliance for NAT', { maxAzs: 2, natGatewayProvider: new Appliance() }],
  ['with two groups of private subnets', {
    maxAzs: 2,
    subnetConfiguration: [
      { name: 'Public', subnetType: ec2.SubnetType.PUBLIC },
      { name: 'One', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      { name: 'Two', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    ],
  }],
])('the routes of a VPC %s', (_, props) => {
  provider({ vpc: new ec2.Vpc(stack, 'Vpc', props) });
  expect(expectBeforeRequests(ROUTES).length).toBeGreaterThan(5);
});

describe('the function depends on the rules of a security group without outbound traffic by default', () => {
  test.each<[string, (vpc: ec2.Vpc, group: ec2.SecurityGroup) => void]>([
    ['to the endpoints', (vpc, group) => {
      vpc.addInterfaceEndpoint('Ssm', { service: ec2.InterfaceVpcEndpointAwsService.SSM }).connections.allowDefaultPortFrom(group);
    }],
    ['to endpoints with their own group', (vpc, group) => {
      const shared = new ec2.SecurityGroup(stack, 'Shared', { vpc });
      vpc.addInterfaceEndpoint('Ssm', { service: ec2.InterfaceVpcEndpointAwsService.SSM, securityGroups: [shared], open: false });
      shared.connections.allowFrom(group, ec2.Port.tcp(443));
    }],
    ['as separate resources', (_, group) => {
      new ec2.CfnSecurityGroupEgress(stack, 'Egress', { groupId: group.securityGroupId, ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0' });
    }],
  ])('%s', (_, allow) => {
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    const group = new ec2.SecurityGroup(stack, 'Group', { vpc, allowAllOutbound: false });
    provider({ vpc, securityGroups: [group] });
    allow(vpc, group);
    expect(expectBeforeRequests(/^AWS::EC2::SecurityGroup(Ingress|Egress)$/).length).toBeGreaterThan(0);
  });
});

test('other destinations of the function\'s security group may depend on its credentials', () => {
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
  const group = new ec2.SecurityGroup(stack, 'Group', { vpc, allowAllOutbound: false });
  provider({ vpc, securityGroups: [group] });
  const gitHub = new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/github')) });
  const other = new ec2.SecurityGroup(stack, 'Other', { vpc });
  other.node.addDependency(gitHub);
  group.connections.allowTo(other, ec2.Port.tcp(443));

  const resources: Resources = Template.fromStack(stack).toJSON().Resources;
  const [id] = Object.keys(resources).filter((name) => resources[name].Type.startsWith('Custom::Code'));
  expect(before(resources, id)).not.toContain(id);
});
