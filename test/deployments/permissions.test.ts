import * as fs from 'node:fs';
import { App, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Account, ACCOUNT, exchanges, reason, REGION, STACK } from './account';
import {
  BitbucketCredential, Connection, GitHubCredential, GitHubEnterpriseCredential, GitLabCredential, ProviderType, SourceCredentials,
  SourceCredentialsProvider, SourceCredentialsProviderProps,
} from 'cdk-codebuild-source-credentials';

/*
 * The role's policies at the time of each request. CloudFormation updates policies before the
 * credentials, and deletes them afterwards.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
});

afterEach(async () => account.close());

function secret(stack: Stack, name: string): secretsmanager.ISecret {
  if (!account.region.secrets.find((candidate) => candidate.name === name)) {
    account.region.secrets.create({ name, value: JSON.stringify({ username: 'ci@example.com', password: name, token: name }) });
  }
  return secretsmanager.Secret.fromSecretNameV2(stack, name, name);
}

const gitHub = (name: string, id = 'GitHub') => (stack: Stack) => {
  new SourceCredentials(stack, id, { credential: GitHubCredential.personalAccessToken(secret(stack, name), { jsonField: 'token' }) });
};

const bitbucket = (name: string, id = 'Bitbucket') => (stack: Stack) => {
  new SourceCredentials(stack, id, { credential: BitbucketCredential.basicAuth(secret(stack, name)) });
};

const both = (...contents: ((stack: Stack) => void)[]) => (stack: Stack) => contents.forEach((content) => content(stack));

function denials(): unknown[] {
  return account.aws.requests.filter(({ errorType }) => errorType?.startsWith('AccessDenied'));
}

describe('the policies suffice', () => {
  afterEach(() => expect(denials()).toEqual([]));

  test('to remove one of two credentials, whose policy is removed with it', async () => {
    await account.deploy(both(gitHub('a'), bitbucket('b')));
    const updated = await account.deploy(gitHub('a'));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Delete SUCCESS']]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ serverType: 'GITHUB' }]);
  });

  test('to change the server type: the old policy stays until the old credential is deleted', async () => {
    await account.deploy(gitHub('a', 'Credentials'));
    const updated = await account.deploy(bitbucket('b', 'Credentials'));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_COMPLETE', ['Create SUCCESS', 'Delete SUCCESS']]);
    expect(account.region.sourceCredentials.list()).toMatchObject([{ serverType: 'BITBUCKET' }]);
  });

  test('to replace the secret, which the policy allows before the update', async () => {
    await account.deploy(gitHub('a'));
    expect((await account.deploy(gitHub('b'))).status).toBe('UPDATE_COMPLETE');
    expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('b');
  });

});

describe('the policies suffice for a full stack whose policies no longer fit in the role', () => {
  const FACTORIES = [GitHubCredential, GitHubEnterpriseCredential, BitbucketCredential];

  /** Declares connections of three types, waits for other connections, and credentials with a key each. */
  const full = (props: SourceCredentialsProviderProps = {}) => (stack: Stack) => {
    new SourceCredentialsProvider(stack, 'CodeBuildSourceCredentialsProvider', { deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryption: sqs.QueueEncryption.KMS }), ...props });
    [ProviderType.GITHUB, ProviderType.BITBUCKET, ProviderType.GITLAB].forEach((providerType) => {
      new Connection(stack, providerType, { providerType, connectionName: providerType, removalPolicy: RemovalPolicy.DESTROY });
    });
    account.region.connections.list().filter(({ name }) => name.startsWith('other')).forEach(({ arn }, index) => {
      Connection.fromConnectionArn(stack, `Other${index}`, arn).waitUntilAvailable(Duration.minutes(1));
    });
    FACTORIES.forEach((factory, index) => {
      const keyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${index}`;
      const encrypted = secretsmanager.Secret.fromSecretAttributes(stack, `Encrypted${index}`, {
        secretCompleteArn: account.region.secrets.find(({ name }) => name === `${index}/${LONG}`)!.arn,
        encryptionKey: kms.Key.fromKeyArn(stack, `Key${index}`, keyArn),
      });
      new SourceCredentials(stack, `Credentials${index}`, { credential: factory.personalAccessToken(encrypted) });
    });
  };
  const LONG = 'a-long-folder/'.repeat(17);

  beforeEach(() => {
    for (let index = 0; index < 30; index++) account.region.connections.create({ name: `other-${index}`, providerType: 'GitHub', status: 'AVAILABLE' });
    FACTORIES.forEach((_, index) => account.region.secrets.create({ name: `${index}/${LONG}`, value: `token-${index}`, kmsKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${index}` }));
  });

  const tokens = () => {
    const { sourceCredentials } = account.region;
    return sourceCredentials.list().map(({ serverType }) => sourceCredentials.held(serverType)!.token).sort();
  };

  test('to deploy it, to change to managed policies and back, and to delete it', async () => {
    const outcome = async (contents: (stack: Stack) => void) => {
      const deployment = await account.deploy(contents);
      return reason(deployment) ?? deployment.status;
    };
    expect(await outcome(full())).toBe('CREATE_COMPLETE');
    expect(tokens()).toEqual(['token-0', 'token-1', 'token-2']);
    // A small stack starts with inline policies and then changes to managed policies.
    expect(await outcome(gitHub('a'))).toBe('UPDATE_COMPLETE');
    expect(await outcome(both((stack) => void new SourceCredentialsProvider(stack, 'CodeBuildSourceCredentialsProvider', { managedPolicies: true }), gitHub('a')))).toBe('UPDATE_COMPLETE');
    expect(await outcome(full())).toBe('UPDATE_COMPLETE');
    const deleted = await account.destroy();
    expect([deleted.status, account.region.sourceCredentials.list()]).toEqual(['DELETE_COMPLETE', []]);
    expect(account.region.connections.list().filter(({ name }) => !name.startsWith('other'))).toEqual([]);
    expect(denials()).toEqual([]);
  });
});

test('the policies suffice to delete the stack, whose role is deleted last', async () => {
  await account.deploy(both(gitHub('a'), bitbucket('b')));
  const deleted = await account.destroy();

  expect([deleted.status, exchanges(deleted)]).toEqual(['DELETE_COMPLETE', ['Delete SUCCESS', 'Delete SUCCESS']]);
  expect(account.region.sourceCredentials.list()).toEqual([]);
});

test('a deployment waits for policies that take effect after 40 seconds', async () => {
  await account.close();
  account = await Account.open({ propagationMs: 40_000 });

  expect((await account.deploy(gitHub('a'))).status).toBe('CREATE_COMPLETE');
  expect((await account.deploy(gitHub('b'))).status).toBe('UPDATE_COMPLETE');
  expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('b');
  expect(denials().length).toBeGreaterThan(0);
});

/** Deploys the stack with every kind of source, without permission for one action. */
async function deployWithout(action: string) {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, STACK);
  gitHub('a')(stack);
  const keyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`;
  const secretCompleteArn = account.region.secrets.create({ name: 'encrypted', value: '{"username":"ci@example.com","password":"x"}', kmsKeyArn: keyArn });
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', keyArn);
  new SourceCredentials(stack, 'Bitbucket', {
    credential: BitbucketCredential.basicAuth(secretsmanager.Secret.fromSecretAttributes(stack, 'Encrypted', { secretCompleteArn, encryptionKey })),
  });
  const connectionArn = account.region.connections.create({ name: 'gitlab', providerType: 'GitLab' });
  new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(Connection.fromConnectionArn(stack, 'Connection', connectionArn)) });

  const assembly = app.synth();
  forbid(assembly, action);
  return account.cloudFormation.deploy(assembly, STACK);
}

function forbid(assembly: CloudAssembly, action: string): void {
  const file = assembly.getStackByName(STACK).templateFullPath;
  const template = JSON.parse(fs.readFileSync(file, 'utf8'));
  let isFound = false;
  for (const { Type, Properties } of Object.values<any>(template.Resources)) {
    const documents = /^AWS::IAM::(Managed)?Policy$/.test(Type) ? [Properties.PolicyDocument] : (Properties?.Policies ?? []).map((policy: any) => policy.PolicyDocument);
    for (const document of documents) {
      for (const statement of document.Statement) {
        isFound ||= [statement.Action].flat().includes(action);
        statement.Action = [statement.Action].flat().filter((candidate: string) => candidate !== action);
      }
      document.Statement = document.Statement.filter(({ Action }: any) => Action.length > 0);
    }
  }
  if (!isFound) throw new Error(`no statement allows ${action}`);
  fs.writeFileSync(file, JSON.stringify(template));
}

/*
 * Not tested here: the permissions for log lines and VPC network interfaces, which the simulator does not check,
 * and PassConnection, because it is a guess that an import needs it.
 */
describe('each permission is needed', () => {
  test.each([
    ['codebuild:ImportSourceCredentials', 'CodeBuild in us-east-1 did not import the GITHUB credential (PERSONAL_ACCESS_TOKEN): AccessDeniedException'],
    ['codebuild:ListSourceCredentials', 'CodeBuild in us-east-1 did not list its source credentials: AccessDeniedException'],
    ['ssm:GetParametersByPath', 'Parameter Store in us-east-1 did not list the parameters below /codebuild-source-credentials/GITHUB: AccessDeniedException'],
    ['ssm:PutParameter', 'Parameter Store in us-east-1 did not write /codebuild-source-credentials/GITHUB/owners/'],
    ['secretsmanager:GetSecretValue', 'secret a in us-east-1 may not be read: AccessDeniedException'],
    ['kms:Decrypt', 'Access to KMS is not allowed'],
    ['codeconnections:GetConnection', 'cannot be read: AccessDeniedException'],
  ])('%s, to deploy', async (action, message) => {
    const created = await deployWithout(action);

    expect(reason(created)).toContain(message);
    expect(created.status).toMatch(/^ROLLBACK_/);
  });

  test('codebuild:DeleteSourceCredentials, to destroy', async () => {
    await deployWithout('codebuild:DeleteSourceCredentials');
    const deleted = await account.destroy();

    expect(deleted.status).toBe('DELETE_FAILED');
    expect(reason(deleted)).toContain('CodeBuild did not delete arn:aws:codebuild:us-east-1:111111111111:token/');
  });

  test('ssm:DeleteParameter, to destroy', async () => {
    await deployWithout('ssm:DeleteParameter');
    const deleted = await account.destroy();

    expect(deleted.status).toBe('DELETE_FAILED');
    expect(reason(deleted)).toMatch(/Parameter Store in us-east-1 did not delete \/codebuild-source-credentials\/\w+\/owners\/.*: AccessDeniedException/);
  });

  test('events:PutEvents, to notify another stack; without it, that stack restores its credential in the next daily check', async () => {
    await account.deploy(gitHub('first'), { stackName: 'First' });
    await deployWithout('events:PutEvents');
    const deleted = await account.destroy();
    await account.cloudFormation.idle();

    expect(deleted.status).toBe('DELETE_COMPLETE');
    expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('a');
    expect(denials()).toMatchObject([{ operation: 'PutEvents' }]);
    await account.cloudFormation.schedulesComeDue();
    expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('first');
  });

  /** Deploys a connection that is adopted or created, without permission for one action. DESTROY deletes a created one. */
  async function connectionWithout(action: string) {
    const app = new App({ analyticsReporting: false });
    new Connection(new Stack(app, STACK), 'Connection', {
      providerType: ProviderType.GITLAB, connectionName: 'gitlab', removalPolicy: RemovalPolicy.DESTROY,
    });
    const assembly = app.synth();
    forbid(assembly, action);
    return account.cloudFormation.deploy(assembly, STACK);
  }

  test.each([
    ['CreateConnection', undefined, "the GitLab connection 'gitlab' could not be created in us-east-1: AccessDeniedException"],
    ['ListConnections', undefined, 'the GitLab connections in us-east-1 could not be listed: AccessDeniedException'],
    ['GetConnection', 'codeconnections', 'cannot be read: AccessDeniedException'],
    ['ListTagsForResource', 'codeconnections', 'cannot be read: AccessDeniedException'],
    ['GetConnection', 'codestar-connections', 'cannot be read: AccessDeniedException'],
    ['ListTagsForResource', 'codestar-connections', 'cannot be read: AccessDeniedException'],
  ] as const)('%s, for a connection (prefix of an existing one: %s)', async (operation, prefix, message) => {
    if (prefix) account.region.connections.create({ name: 'gitlab', providerType: 'GitLab', prefix });
    const created = await connectionWithout(`${prefix ?? 'codeconnections'}:${operation}`);

    expect(reason(created)).toContain(message);
    expect(created.status).toMatch(/^ROLLBACK_/);
  });

  test('DeleteConnection, to delete a connection', async () => {
    await connectionWithout('codeconnections:DeleteConnection');
    const deleted = await account.destroy();

    expect(deleted.status).toBe('DELETE_FAILED');
    expect(reason(deleted)).toContain('could not be deleted: AccessDeniedException');
  });

  test.each([
    ['TagResource', { team: 'a' }, { team: 'b' }],
    ['UntagResource', { team: 'a' }, {}],
  ] as const)('%s, to change the tags of a connection', async (operation, before, after) => {
    const tagged = (tags: Record<string, string>) => {
      const app = new App({ analyticsReporting: false });
      const stack = new Stack(app, STACK);
      new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
      Object.entries(tags).forEach(([key, value]) => Tags.of(stack).add(key, value));
      const assembly = app.synth();
      // Creating a connection with tags needs TagResource, too.
      if (tags === after || operation === 'UntagResource') forbid(assembly, `codeconnections:${operation}`);
      return account.cloudFormation.deploy(assembly, STACK);
    };
    expect((await tagged(before)).status).toBe('CREATE_COMPLETE');
    expect(reason(await tagged(after))).toContain('could not be changed: AccessDeniedException');
  });

  test('GetConnection, to wait for a connection', async () => {
    const arn = account.region.connections.create({ name: 'gitlab', providerType: 'GitLab' });
    const app = new App({ analyticsReporting: false });
    Connection.fromConnectionArn(new Stack(app, STACK), 'Connection', arn).waitUntilAvailable(Duration.minutes(5));
    const assembly = app.synth();
    forbid(assembly, 'codeconnections:GetConnection');

    expect(reason(await account.cloudFormation.deploy(assembly, STACK))).toContain('cannot be read: AccessDeniedException');
  });
});

describe('a stack whose first deployment lacked permissions can be deleted', () => {
  test('if an organization denies Parameter Store: nothing was written, and the Delete makes no call', async () => {
    const created = await deployWithout('ssm:GetParametersByPath');
    expect([created.status, exchanges(created)]).toEqual(['ROLLBACK_COMPLETE', ['Create FAILED', 'Delete SUCCESS']]);
    const { request } = created.events.find((event) => event.request?.RequestType === 'Delete')!;
    expect(request!.PhysicalResourceId).toMatch(/^untouched\//);
    expect(new Set(account.aws.requests.map(({ operation }) => operation))).toEqual(new Set(['GetParametersByPath']));
  });

  test('if Parameter Store never replies, as in a VPC without a route', async () => {
    account.aws.faults.add({ service: 'ssm', operation: 'GetParametersByPath', kind: 'reset', times: 1_000 });
    const created = await account.deploy(gitHub('a'));

    expect([created.status, exchanges(created)]).toEqual(['ROLLBACK_COMPLETE', ['Create FAILED', 'Delete SUCCESS']]);
    expect(reason(created)).toContain('Parameter Store in us-east-1 did not list the parameters below /codebuild-source-credentials/GITHUB: no reply (ECONNRESET). Check that the function can reach AWS: in a VPC it needs a NAT gateway or endpoints');
  });

  test('if the secret cannot be read, and a manually imported credential exists', async () => {
    account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
    const created = await deployWithout('secretsmanager:GetSecretValue');
    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(account.region.sourceCredentials.held('GITHUB')!.token).toBe('by hand');
  });
});

describe('the policies of a stack with a token, a new connection and a connection by ARN', () => {
  const connectionArn = `arn:aws:codeconnections:${REGION}:${ACCOUNT}:connection/by-arn`;
  const records = (serverType: string) => ({
    actions: ['ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'],
    resources: ['', '/*'].map((rest) => `arn:PARTITION:ssm:${REGION}:${ACCOUNT}:parameter/codebuild-source-credentials/${serverType}${rest}`),
    conditions: undefined,
  });
  const importing = (serverType: string, authType: string) => ({
    actions: ['codebuild:ImportSourceCredentials'],
    resources: ['*'],
    conditions: { StringEquals: { 'codebuild:serverType': serverType, 'codebuild:authType': authType } },
  });

  let template: Template;

  beforeAll(() => {
    const app = new App({ analyticsReporting: false });
    const stack = new Stack(app, STACK, { env: { account: ACCOUNT, region: REGION } });
    new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'a')) });
    new SourceCredentials(stack, 'Bitbucket', { credential: BitbucketCredential.connection(Connection.fromConnectionArn(stack, 'ByArn', connectionArn)) });
    new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
    template = Template.fromStack(stack);
  });

  /** Values for the tokens in the template. */
  const plain = (value: unknown): unknown => value && JSON.parse(JSON.stringify(value), (_, part) => {
    if (part?.['Fn::Join']) return part['Fn::Join'][1].join(part['Fn::Join'][0]);
    if (part?.Ref) return part.Ref === 'AWS::Partition' ? 'PARTITION' : part.Ref;
    return part?.['Fn::GetAtt'] ? part['Fn::GetAtt'].join('.').replace(/[0-9A-F]{8}/, '') : part;
  });

  const statements = (document: any) => document.Statement.map(({ Action, Resource, Condition }: any) =>
    ({ actions: [plain(Action)].flat(), resources: [plain(Resource)].flat(), conditions: plain(Condition) }));

  /** Returns the policy of a resource by the start of its logical id. */
  function policy(logicalId: string) {
    const found = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([name]) => name.startsWith(logicalId));
    expect(found).toHaveLength(1);
    return statements(found[0][1].Properties.PolicyDocument);
  }

  test('the role may only write logs, list and delete credentials, and send events to other stacks', () => {
    const [role] = Object.values(template.findResources('AWS::IAM::Role'));
    expect(role.Properties.Policies).toHaveLength(1);
    expect(statements(role.Properties.Policies[0].PolicyDocument)).toEqual([
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['CodeBuildSourceCredentialsProviderLogGroup.Arn'], conditions: undefined },
      { actions: ['codebuild:ListSourceCredentials', 'codebuild:DeleteSourceCredentials'], resources: ['*'], conditions: undefined },
      {
        actions: ['events:PutEvents'],
        resources: [`arn:PARTITION:events:${REGION}:${ACCOUNT}:event-bus/default`],
        conditions: {
          'ForAllValues:StringEquals': { 'events:source': 'cdk-codebuild-source-credentials', 'events:detail-type': 'Source Credential Restore Requested' },
          'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
        },
      },
    ]);
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    expect(Object.keys(template.findResources('AWS::IAM::Policy'))).toHaveLength(4);
  });

  test('a token adds its import, the records of its server type, and its secret', () => {
    expect(policy('GitHub')).toEqual([
      importing('GITHUB', 'PERSONAL_ACCESS_TOKEN'),
      records('GITHUB'),
      { actions: ['secretsmanager:GetSecretValue'], resources: [`arn:PARTITION:secretsmanager:${REGION}:${ACCOUNT}:secret:a-??????`], conditions: undefined },
    ]);
  });

  test('a connection by ARN adds its import, the records of its server type, and that connection', () => {
    const [imports, itsRecords, ...connection] = policy('Bitbucket');
    expect([imports, itsRecords]).toEqual([importing('BITBUCKET', 'CODECONNECTIONS'), records('BITBUCKET')]);
    expect(connection.flatMap(({ resources }: any) => resources)).toEqual(connection.map(() => connectionArn));
    expect(connection.flatMap(({ actions }: any) => actions)).toEqual(['codeconnections:GetConnection', 'codeconnections:PassConnection']);
  });

  test('a new connection adds the records of its server type, and changes to connections of this stack', () => {
    const connections = (service: string) => `arn:PARTITION:${service}:${REGION}:${ACCOUNT}:connection/*`;
    expect(policy('CodeBuildSourceCredentialsProviderGitLabConnectionPolicy')).toEqual([
      {
        actions: ['codeconnections:CreateConnection'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestTag/codebuild-source-credentials:stack-id': 'AWS::StackId', 'codeconnections:ProviderType': 'GitLab' } },
      },
      records('GITLAB'),
    ]);
    const createdHere = { 'aws:ResourceTag/codebuild-source-credentials:stack-id': 'AWS::StackId' };
    expect(policy('CodeBuildSourceCredentialsProviderConnectionPolicy')).toMatchObject([
      { actions: expect.arrayContaining(['codeconnections:GetConnection', 'codestar-connections:ListTagsForResource']), resources: ['codeconnections', 'codestar-connections'].map(connections) },
      { actions: ['codeconnections:ListConnections'], resources: ['*'] },
      { actions: ['codeconnections:DeleteConnection'], resources: [connections('codeconnections')], conditions: { StringEquals: createdHere } },
      { actions: ['codeconnections:TagResource', 'codeconnections:UntagResource'], resources: [connections('codeconnections')], conditions: { StringEquals: createdHere } },
      { actions: ['codeconnections:TagResource'], resources: ['*'], conditions: { StringEquals: { 'aws:RequestTag/codebuild-source-credentials:stack-id': 'AWS::StackId' } } },
      { actions: ['codeconnections:TagResource'], conditions: { StringNotEquals: createdHere } },
    ]);
  });
});
