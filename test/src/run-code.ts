import * as cdk from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { IConstruct } from 'constructs';
import * as library from '../../src';

/**
 * Runs JavaScript code without type checks and returns its app. The code can use the app, its stack 'My', the
 * exports of the two packages, and the constructs below, each of which is created on first use.
 */
export function run(code: string): cdk.App {
  const app = new cdk.App({ context: { overwrite: 'false' } });
  const stack = new cdk.Stack(app, 'My', { env: { account: '111111111111', region: 'eu-west-1' } });
  const create = <T extends IConstruct>(id: string, construct: () => T) => stack.node.tryFindChild(id) as T | undefined ?? construct();
  const names = {
    ...cdk,
    ...library,
    ...{ codebuild, ec2, events, iam, lambda, logs, Secret, app, stack },
    url: 'https://gitlab.com/group/project.git',
    get secret() {
      return create('Secret', () => Secret.fromSecretNameV2(stack, 'Secret', 'ci/github'));
    },
    get credential(): library.Credential {
      return library.GitHubCredential.personalAccessToken(this.secret);
    },
    get connection() {
      return create('Connection', () => new library.Connection(stack, 'Connection', { providerType: library.ProviderType.GITHUB, connectionName: 'github' }));
    },
    get parameter() {
      return create('Parameter', () => new cdk.CfnParameter(stack, 'Parameter', { type: 'Number' }));
    },
    get project() {
      return create('Project', () => new codebuild.Project(stack, 'Project', { source: codebuild.Source.gitHub({ owner: 'me', repo: 'mine' }) }));
    },
    get vpc() {
      return create('Vpc', () => new ec2.Vpc(stack, 'Vpc'));
    },
  };
  new Function('names', `with (names) { ${code} }`)(names);
  return app;
}
