import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Connection, GitHubCredential, ProviderType, SourceCredentials } from 'cdk-codebuild-source-credentials';

/* A stack cannot use resources of another AWS partition. */

const { Secret } = secretsmanager;
const ACCOUNT = '111111111111';

const SECRET = (partition: string, region: string) => `arn:${partition}:secretsmanager:${region}:${ACCOUNT}:secret:ci/token-AbCdEf`;
const CONNECTION = (partition: string, region: string) => `arn:${partition}:codeconnections:${region}:${ACCOUNT}:connection/x`;

type Use = (stack: Stack, partition: string, region: string) => void;

const USES: Array<[string, Use]> = [
  ['a secret', (stack, ...place) => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(Secret.fromSecretCompleteArn(stack, 'Token', SECRET(...place))) });
  }],
  ['a secret that CodeBuild reads', (stack, ...place) => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.secretsManager(Secret.fromSecretCompleteArn(stack, 'Token', SECRET(...place))) });
  }],
  ['the key of a secret', (stack, partition, region) => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:${partition}:kms:${region}:${ACCOUNT}:key/1234`);
    const secretCompleteArn = SECRET(stack.region.startsWith('cn-') ? 'aws-cn' : 'aws', stack.region);
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(Secret.fromSecretAttributes(stack, 'Token', { secretCompleteArn, encryptionKey })) });
  }],
  ['a connection', (stack, ...place) => {
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.connection(Connection.fromConnectionArn(stack, 'Connection', CONNECTION(...place))) });
  }],
  ['a connection that is waited for', (stack, ...place) => {
    Connection.fromConnectionArn(stack, 'Connection', CONNECTION(...place)).waitUntilAvailable(Duration.minutes(1));
  }],
  ['a host', (stack, partition, region) => {
    new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB_SELF_MANAGED, hostArn: `arn:${partition}:codeconnections:${region}:${ACCOUNT}:host/x` });
  }],
];

describe.each(USES)('%s', (_, use) => {
  const synthesize = (stackRegion: string | undefined, partition: string, region: string) => () => {
    const app = new App();
    use(new Stack(app, 'Stack', { env: { account: ACCOUNT, region: stackRegion } }), partition, region);
    app.synth();
  };

  test.each([
    ['us-east-1', 'aws-us-gov', 'us-gov-west-1'],
    ['cn-north-1', 'aws', 'cn-north-1'],
  ])('is refused if it is in another partition: a stack in %s, a resource in %s', (stackRegion, partition, region) => {
    expect(synthesize(stackRegion, partition, region)).toThrow(`is in the partition ${partition}, but stack 'Stack' is deployed to ${stackRegion}, in the partition`);
  });

  test.each([
    ['cn-north-1', 'aws-cn', 'cn-north-1'],
    [undefined, 'aws-us-gov', 'us-gov-west-1'],
    ['mars-1', 'aws-mars', 'mars-1'],
  ])('is accepted if it is or may be in the stack\'s partition: a stack in %s, a resource in %s', (stackRegion, partition, region) => {
    expect(synthesize(stackRegion, partition, region)).not.toThrow();
  });
});
