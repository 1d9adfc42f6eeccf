import { Duration, RemovalPolicy, SecretValue, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Account, ACCOUNT, handlerRole, REGION, setRoleName } from './account';
import { logging, NETWORK, passing, reading, readingVariables, sending, takingOver, TRACING, using } from './by-others';
import { CREATOR_TAG } from '../../src/contract';
import { Pair, PAIRS } from '../pairs';
import { AuthType, Connection, GitHubCredential, ProviderType, SourceCredentials, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`;
const TOKEN = JSON.stringify({ username: 'ci@example.com', password: 'a-password', token: 'a-token' });

/** Deploys stacks one after the other that together have every kind of permission. */
export async function deployAll(account: Account): Promise<void> {
  for (const [index, pair] of PAIRS.entries()) await deployPair(account, pair, index);
  await deployOptions(account);
  await deployOwners(account);
  await deploySecrets(account);
  await deployConnections(account);
  await deployWaits(account);
}

/** Deploys a credential whose secret has a customer-managed key, and a project that uses it. */
async function deployPair(account: Account, { authType, credential, providerType, serverType }: Pair, index: number): Promise<void> {
  const stackName = `Pair${index}`;
  const secretName = `ci/pair-${index}`;
  const value = authType === AuthType.SECRETS_MANAGER
    ? JSON.stringify({ ServerType: serverType, AuthType: AuthType.PERSONAL_ACCESS_TOKEN, Token: 'a-token' })
    : authType === AuthType.BASIC_AUTH ? TOKEN : 'a-token';
  const secretArn = account.region.secrets.create({ name: secretName, value, kmsKeyArn: KEY });
  for (const prefix of ['codeconnections', 'codestar-connections'] as const) {
    if (prefix === 'codestar-connections' && authType !== AuthType.CODECONNECTIONS) continue;
    const connectionArn = account.region.connections.create({ name: `pair-${index}`, providerType: providerType as 'GitHub', prefix });
    await account.deploy(stackName, (stack) => {
      const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', KEY);
      const credentials = new SourceCredentials(stack, 'Credentials', {
        credential: credential({
          secret: secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn: secretArn, encryptionKey }),
          connection: Connection.fromConnectionArn(stack, 'Connection', connectionArn),
        }),
      });
      const project = new iam.Role(stack, 'Project', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
      setRoleName(project, `project-of-${stackName}`);
      credentials.grantUse(project);
    });
    if (authType === AuthType.CODECONNECTIONS) {
      account.expectAllowed(handlerRole(stackName), passing(connectionArn));
      account.expectAllowed(`project-of-${stackName}`, using(connectionArn));
    }
    if (authType === AuthType.SECRETS_MANAGER) account.expectAllowed(`project-of-${stackName}`, reading(secretArn, KEY));
    await account.rotate(secretName, value);
    await account.destroy(stackName);
  }
}

/** Deploys a provider with every option that adds permissions, as inline and as managed policies. */
async function deployOptions(account: Account): Promise<void> {
  const keyArn = (id: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`;
  account.region.secrets.create({ name: 'ci/options', value: 'a-token' });
  for (const managedPolicies of [false, true]) {
    await account.deploy('Options', (stack) => {
      new SourceCredentialsProvider(stack, 'CodeBuildSourceCredentialsProvider', {
        managedPolicies,
        logGroup: new logs.LogGroup(stack, 'Logs', { logGroupName: 'functions' }),
        deadLetterQueue: new sqs.Queue(stack, 'Queue', { queueName: 'failed', encryptionMasterKey: kms.Key.fromKeyArn(stack, 'QueueKey', keyArn('queue')) }),
        environmentEncryption: kms.Key.fromKeyArn(stack, 'VariablesKey', keyArn('variables')),
        tracing: lambda.Tracing.ACTIVE,
        vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-1'] }),
      });
      new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/options')) });
    });
    account.expectAllowed(handlerRole('Options'), [
      ...logging('functions'), ...sending('failed', keyArn('queue')), ...readingVariables(keyArn('variables')), ...TRACING, ...NETWORK,
    ]);
  }
  await account.destroy('Options');
}

/** Deploys two owners, then destroys the active one, which asks the other stack to restore its credential. */
async function deployOwners(account: Account): Promise<void> {
  for (const stackName of ['First', 'Second']) {
    account.region.secrets.create({ name: `ci/${stackName}`, value: 'a-token' });
    await account.deploy(stackName, (stack) => {
      new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', `ci/${stackName}`)) });
    });
  }
  await account.destroy('Second');
  await account.destroy('First');
}

/** Deploys a secret that the stack creates, one whose key has an alias, one of another region, and one of another account. */
async function deploySecrets(account: Account): Promise<void> {
  account.region.secrets.create({ name: 'ci/alias', value: 'a-token', kmsKeyArn: KEY, kmsKeyAliases: ['alias/ci'] });
  const elsewhere = account.regionOf(ACCOUNT, 'eu-west-1').secrets.create({ name: 'ci/elsewhere', value: 'a-token' });
  const otherKey = `arn:aws:kms:${REGION}:222222222222:key/5678`;
  const others = account.regionOf('222222222222', REGION).secrets
    .create({ name: 'ci/others', value: 'a-token', kmsKeyArn: otherKey, sharedWith: [ACCOUNT] });
  const sources: Array<(stack: Stack) => secretsmanager.ISecret> = [
    (stack) => new secretsmanager.Secret(stack, 'Secret', { secretStringValue: SecretValue.unsafePlainText('a-token') }),
    (stack) => secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
      secretPartialArn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ci/alias`, encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/ci'),
    }),
    (stack) => secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', elsewhere),
    (stack) => secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
      secretCompleteArn: others, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', otherKey),
    }),
  ];
  for (const source of sources) {
    await account.deploy('Secrets', (stack) => {
      new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(source(stack)) });
    });
  }
  await account.destroy('Secrets');
}

/** Creates, retags and deletes a connection of each provider type, and adopts connections. */
async function deployConnections(account: Account): Promise<void> {
  const { connections } = account.region;
  for (const [index, providerType] of Object.values(ProviderType).entries()) {
    const isInstalled = providerType === ProviderType.GITHUB_ENTERPRISE_SERVER || providerType === ProviderType.GITLAB_SELF_MANAGED;
    const hostArn = isInstalled ? connections.createHost(`host-${index}`, providerType as 'GitLabSelfManaged') : undefined;
    for (const tags of [{ team: 'a' }, { team: 'b' }, {}]) {
      await account.deploy('Connections', (stack) => {
        new Connection(stack, 'Connection', { providerType, connectionName: `created-${index}`, hostArn, removalPolicy: RemovalPolicy.DESTROY });
        Object.entries(tags).forEach(([key, value]) => Tags.of(stack).add(key, value));
      });
    }
    const { arn } = connections.list().find((one) => one.name === `created-${index}`)!;
    account.expectDenied(handlerRole('Connections'), takingOver(arn, CREATOR_TAG, account.stackId('Connections'), 'another stack'));
    await account.destroy('Connections');
  }
  for (const prefix of ['codeconnections', 'codestar-connections'] as const) {
    connections.create({ name: `adopted-${prefix}`, providerType: 'GitHub', prefix });
    await account.deploy('Adopting', (stack) => {
      new Connection(stack, 'Connection', { providerType: ProviderType.GITHUB, connectionName: `adopted-${prefix}` });
    });
    await account.destroy('Adopting');
  }
}

/** Waits for imported connections with both ARN prefixes. */
async function deployWaits(account: Account): Promise<void> {
  for (const prefix of ['codeconnections', 'codestar-connections'] as const) {
    const arn = account.region.connections.create({ name: 'waited-for', providerType: 'GitHub', prefix });
    await account.deploy('Waits', (stack) => {
      Connection.fromConnectionArn(stack, 'Connection', arn).waitUntilAvailable(Duration.minutes(1));
    });
    await account.destroy('Waits');
  }
}
