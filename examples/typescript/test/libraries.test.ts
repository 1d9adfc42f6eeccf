import { App, Aspects, CfnResource, Duration, RemovalPolicies, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { MonitoringAspect, MonitoringFacade } from 'cdk-monitoring-constructs';
import { context } from '../cdk.json';
import { InfrastructureStack } from '../infrastructure-stack';

/* Other people's aspects and libraries find a function like any other. */

const create = () => {
  const stack = new InfrastructureStack(new App({ context }), 'Infrastructure');
  return { stack, synthesize: () => Template.fromStack(stack) };
};

test('cdk-monitoring-constructs monitors the function', () => {
  const { stack, synthesize } = create();
  Aspects.of(stack).add(new MonitoringAspect(new MonitoringFacade(stack, 'Monitoring'), {
    lambda: { props: { addLatencyP99Alarm: { Critical: { maxLatency: timeoutOf(stack) } }, addFaultRateAlarm: { Critical: { maxErrorRate: 1 } } } },
  }));
  const template = synthesize();
  const dashboards = JSON.stringify(template.findResources('AWS::CloudWatch::Dashboard'));
  expect(dashboards).toContain('CodeBuildSourceCredentialsProvider');
  expect(dashboards).not.toMatch(/e\+289|\$\{Token/);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
});

test('the aspects of an organization apply', () => {
  const { stack, synthesize } = create();
  Tags.of(stack).add('team', 'platform');
  iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'developers'));
  RemovalPolicies.of(stack).destroy();
  Aspects.of(stack).add({
    visit: (node) => {
      if (node instanceof logs.CfnLogGroup) node.retentionInDays = 14;
      if (node instanceof lambda.CfnFunction && node.runtime?.startsWith('nodejs')) node.runtime = 'nodejs22.x';
      if (CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::IAM::Role') node.applyRemovalPolicy(RemovalPolicy.DESTROY);
    },
  });
  const template = synthesize();
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 14 });
  template.allResourcesProperties('AWS::Lambda::Function', { Runtime: 'nodejs22.x' });
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) expect(JSON.stringify(Properties.PermissionsBoundary)).toContain('policy/developers');
  template.hasResourceProperties('Custom::CodeConnectionsConnection', { Tags: [{ Key: 'team', Value: 'platform' }] });
  template.hasResourceProperties('Custom::CodeConnectionsConnection', { RemovalPolicy: 'destroy' });
});

function timeoutOf(stack: Stack): Duration {
  const found = stack.node.findAll().find((node): node is lambda.Function => node instanceof lambda.Function);
  return found!.timeout!;
}
