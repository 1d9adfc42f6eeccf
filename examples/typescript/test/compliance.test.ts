import { dirname, join } from 'node:path';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { Connection, GitHubCredential, GitLabCredential, ProviderType, SourceCredentials, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';
import { HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';

/* docs/compliance.md says how each finding is met. */

const PROVIDER = 'CodeBuildSourceCredentialsProvider';

/** A stack whose function has every option that the rules ask for, or none. */
function createStack(app: App, meetsRules: boolean): Stack {
  const surroundings = new Stack(app, 'Surroundings');
  const key = new kms.Key(surroundings, 'Key', { enableKeyRotation: true });
  const stack = new Stack(app, 'Infrastructure');
  if (meetsRules) {
    new SourceCredentialsProvider(stack, PROVIDER, {
      managedPolicies: true,
      logGroup: new logs.LogGroup(surroundings, 'Logs', { encryptionKey: key, retention: logs.RetentionDays.ONE_YEAR }),
      deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true }),
      // By its ids: Control Tower's rule takes no value that another stack exports.
      vpc: ec2.Vpc.fromVpcAttributes(surroundings, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-0123456789abcdef0'], privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
      }),
      reservedConcurrentExecutions: 10,
      environmentEncryption: key,
      tracing: lambda.Tracing.ACTIVE,
    });
  }
  new SourceCredentials(stack, 'GitHub', {
    credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/github')),
  });
  const connection = new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
  new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection) });
  return stack;
}

type Pack = new () => { validateScope(scope: Stack): { violations: Array<{ ruleName: string }> } };

/** The names of the rules that find something, without what they find. */
function findings(pack: Pack, meetsRules: boolean): string[] {
  const { violations } = new pack().validateScope(createStack(new App(), meetsRules));
  return [...new Set(violations.map(({ ruleName }) => ruleName.replace(/^[^-]*-|\[.*$/g, '')))].sort();
}

/** By its own options the library's function meets every rule of these packs but those of the second list. */
test.each<[string, Pack, string[], string[]]>([
  ['HIPAA', HIPAASecurityChecks, ['CloudWatchLogGroupEncrypted', 'IAMNoInlinePolicy', 'LambdaConcurrency', 'LambdaDLQ', 'LambdaInsideVPC'], []],
  ['NIST 800-53 R5', NIST80053R5Checks, ['CloudWatchLogGroupEncrypted', 'IAMNoInlinePolicy', 'LambdaConcurrency', 'LambdaDLQ', 'LambdaInsideVPC'], []],
  ['PCI DSS 3.2.1', PCIDSS321Checks, ['CloudWatchLogGroupEncrypted', 'IAMNoInlinePolicy', 'LambdaInsideVPC'], []],
  [
    'Serverless', ServerlessChecks,
    ['EventBusDLQ', 'LambdaAsyncFailureDestination', 'LambdaDLQ', 'LambdaStarPermissions', 'LambdaTracing'],
    // Failed events go to the dead-letter queue, once; and that queue has no other one.
    ['LambdaAsyncFailureDestination', 'SQSRedrivePolicy'],
  ],
])('%s', (_, pack, byDefault, withOptions) => {
  expect(findings(pack, false)).toEqual(byDefault);
  expect(findings(pack, true)).toEqual(withOptions);
});

/** Of the services that the library has resources of: each rule is a process of its own. */
const CONTROL_TOWER_RULES = ['cloudwatch', 'identityandaccessmanagement', 'lambda'].map((service) =>
  join(dirname(require.resolve('@cdklabs/cdk-validator-cfnguard/package.json')), 'rules', 'control-tower', 'cfn-guard', service));

/** The proactive controls of AWS Control Tower, as rules of CloudFormation Guard. */
function controlTowerFindings(meetsRules: boolean): string[] {
  const app = new App();
  const { artifactId } = createStack(app, meetsRules);
  const { templateFullPath } = app.synth().getStackArtifact(artifactId) as CloudFormationStackArtifact;
  const guard = new CfnGuardValidator({ controlTowerRulesEnabled: false, rules: CONTROL_TOWER_RULES });
  const { violations } = guard.validate({ appConstruct: app, templatePaths: [templateFullPath] });
  return violations.map(({ ruleName }) => ruleName).sort();
}

test('AWS Control Tower', () => {
  expect(controlTowerFindings(false)).toEqual(['cloudwatch_log_group_encrypted_check', 'lambda_inside_vpc_check']);
  expect(controlTowerFindings(true)).toEqual([]);
});
