import { AppStagingSynthesizer, DeploymentIdentities } from '@aws-cdk/app-staging-synthesizer-alpha';
import { App, BootstraplessSynthesizer, CliCredentialsStackSynthesizer, DefaultStackSynthesizer, LegacyStackSynthesizer } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { codeOf, CredentialsStack } from './credentials';

const ENV = { account: '222222222222', region: 'eu-west-1' };

test('the handler is published with a custom qualifier and bucket', () => {
  const synthesizer = new DefaultStackSynthesizer({ qualifier: 'platform', fileAssetsBucketName: 'platform-assets-${AWS::AccountId}' });
  const stack = new CredentialsStack(new App(), 'Credentials', { env: ENV, synthesizer });
  expect(JSON.stringify(codeOf(Template.fromStack(stack)).S3Bucket)).toContain('platform-assets-222222222222');
});

test('the handler is published with the CLI\'s credentials, without the roles of the bootstrap stack', () => {
  const stack = new CredentialsStack(new App(), 'Credentials', { env: ENV, synthesizer: new CliCredentialsStackSynthesizer() });
  expect(codeOf(Template.fromStack(stack)).S3Bucket).toBe('cdk-hnb659fds-assets-222222222222-eu-west-1');
});

test('the legacy synthesizer passes the location of the handler in parameters', () => {
  const stack = new CredentialsStack(new App(), 'Credentials', { env: ENV, synthesizer: new LegacyStackSynthesizer() });
  const { S3Bucket } = codeOf(Template.fromStack(stack)) as { S3Bucket: { Ref: string } };
  expect(S3Bucket.Ref).toMatch(/^AssetParameters[0-9a-f]{64}S3Bucket/);
});

test('app staging publishes the handler to resources of this app only', () => {
  const app = new App({
    defaultStackSynthesizer: AppStagingSynthesizer.defaultResources({ appId: 'credentials', deploymentIdentities: DeploymentIdentities.cliCredentials(), stagingBucketEncryption: BucketEncryption.S3_MANAGED }),
  });
  const stack = new CredentialsStack(app, 'Credentials', { env: ENV });
  expect(JSON.stringify(codeOf(Template.fromStack(stack)).S3Bucket)).toContain('cdk-credentials-staging-222222222222-eu-west-1');
});

test('synthesis fails without a bootstrapped environment, because it has no bucket for the handler', () => {
  expect(() => new CredentialsStack(new App(), 'Credentials', { env: ENV, synthesizer: new BootstraplessSynthesizer() }))
    .toThrow(/[Cc]annot add assets to a Stack that uses the BootstraplessSynthesizer/);
});
