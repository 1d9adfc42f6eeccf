import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { Account, Held } from './account';
import type { Cdk } from './cdk';
import { answered, called, failed, holds, holdsSoon, nothingLeaked, stackIs, stackIsUntouched, succeeded } from './checks';
import type { ExampleApp } from './example-app';
import { FixtureApp } from './fixture-app';
import { MISSING_STATEMENTS } from './missing-statements';
import type { Place } from './place';

/** Secrets that exist before the first deployment. */
export const SECRETS = {
  'ci/github': { token: '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' },
  'ci/github-bot': { token: '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' },
  'ci/bitbucket': { username: 'ci@my-company.example', password: 'ATATTe2ePassword' },
} as const;

export const CONNECTIONS = {
  gitHub: { name: 'e2e-github', providerType: 'GitHub' },
  gitLab: { name: 'e2e-gitlab', providerType: 'GitLab' },
  pending: { name: 'e2e-pending', providerType: 'GitHub' },
} as const;

export interface World {
  readonly account: Account;
  readonly cdk: Cdk;
  readonly example: ExampleApp;
  /** The ARNs of `CONNECTIONS`. */
  readonly connections: Readonly<Record<keyof typeof CONNECTIONS, string>>;
}

/** One action of a user and its expected result. Each case starts from the state that the previous one left. */
export interface Case {
  readonly title: string;
  /** Whether the case can run in this place. Default: everywhere. */
  isFor?(place: Place): boolean;
  run(world: World): Promise<void>;
}

/** Names of all stacks that the cases create. */
export const STACKS = ['Infrastructure', 'Credentials', 'Connections', ...MISSING_STATEMENTS.map(({ stack }) => `Without${stack}`)];

/** Name of the connection that a stack creates. */
const NEW_CONNECTION = 'e2e-created';

const ROTATED = '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';

const STACK = 'Infrastructure';
const STACK_FILE = 'infrastructure-stack.ts';
const TOKEN = "GitHubCredential.personalAccessToken(token, { jsonField: 'token' })";
const CONNECTION = "GitHubCredential.connection(Connection.fromConnectionArn(this, 'GitHubApp', this.node.tryGetContext('gitHubConnectionArn')))";
const ENTERPRISE_TOKEN = TOKEN.replace('GitHub', 'GitHubEnterprise');

const NO_FIELD = /secret ci\/github-bot in [\w-]+ has no field 'tokn'/;

function unchangedCredentials({ connections }: World): Held {
  return {
    BITBUCKET: { authType: 'BASIC_AUTH', from: SECRETS['ci/bitbucket'].password },
    GITLAB: { authType: 'CODECONNECTIONS', from: connections.gitLab },
  };
}

function gitHubToken(from: string): Held {
  return { GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from } };
}

const ENTERPRISE: Held = { GITHUB_ENTERPRISE: { authType: 'PERSONAL_ACCESS_TOKEN', from: ROTATED } };

/** The GitHub Enterprise credential with the token in `ci/github`. */
const ENTERPRISE_WITH_PERSONAL_TOKEN: Held = { GITHUB_ENTERPRISE: { authType: 'PERSONAL_ACCESS_TOKEN', from: SECRETS['ci/github'].token } };

function connectionsApp({ cdk, connections }: World): FixtureApp {
  return new FixtureApp(cdk, 'connections-app', {
    newConnectionName: NEW_CONNECTION,
    gitLabConnectionName: CONNECTIONS.gitLab.name,
    pendingConnectionArn: connections.pending,
  });
}

export const CASES: readonly Case[] = [
  {
    title: 'first deployment creates the credentials and adopts a connection',
    async run(world) {
      const { account, example } = world;
      example.edit(STACK_FILE, "connectionName: 'gitlab'", `connectionName: '${CONNECTIONS.gitLab.name}'`);
      succeeded(await example.deploy(STACK));
      await stackIs(account, STACK, { status: 'CREATE_COMPLETE' });
      await answered(account, STACK, [
        'Create SUCCESS GitHub', 'Create SUCCESS Bitbucket', 'Create SUCCESS GitLab', 'Create SUCCESS GitLabConnection',
      ]);
      await holds(account, { ...unchangedCredentials(world), ...gitHubToken(SECRETS['ci/github'].token) });
    },
  },
  {
    title: 'deployment without a change: empty diff, no stack events',
    async run(world) {
      const { account, example } = world;
      account.forgetCalls();
      succeeded(await example.diff(STACK));
      succeeded(await example.deploy(STACK));
      await stackIsUntouched(account, STACK);
      called(account, []);
      await holds(account, { ...unchangedCredentials(world), ...gitHubToken(SECRETS['ci/github'].token) });
    },
  },
  {
    title: 'another secret: its token is imported',
    async run(world) {
      const { account, example } = world;
      example.edit(STACK_FILE, "'ci/github'", "'ci/github-bot'");
      failed(await example.diff(STACK), /\[~\] Custom::CodeBuildSourceCredentials GitHub\/GITHUB [\s\S]*ci\/github-bot/);
      succeeded(await example.deploy(STACK));
      await stackIs(account, STACK, { status: 'UPDATE_COMPLETE' });
      await answered(account, STACK, ['Update SUCCESS GitHub']);
      called(account, ['Import GITHUB']);
      await holds(account, { ...unchangedCredentials(world), ...gitHubToken(SECRETS['ci/github-bot'].token) });
    },
  },
  {
    title: 'renamed construct: the new resource is created before the old one is deleted, and the credential stays',
    async run(world) {
      const { account, example } = world;
      example.edit(STACK_FILE, "new SourceCredentials(this, 'GitHub'", "new SourceCredentials(this, 'CompanyGitHub'");
      succeeded(await example.deploy(STACK));
      await stackIs(account, STACK, { status: 'UPDATE_COMPLETE' });
      await answered(account, STACK, ['Create SUCCESS CompanyGitHub', 'Delete SUCCESS GitHub']);
      // The Delete imports the new owner's credential again.
      called(account, ['Import GITHUB', 'Import GITHUB']);
      await holds(account, { ...unchangedCredentials(world), ...gitHubToken(SECRETS['ci/github-bot'].token) });
    },
  },
  {
    title: 'rotated secret: the event of Secrets Manager triggers an import',
    async run(world) {
      const { account } = world;
      await account.rotate('ci/github-bot', ROTATED);
      await holdsSoon(account, { ...unchangedCredentials(world), ...gitHubToken(ROTATED) });
      await stackIsUntouched(account, STACK);
      called(account, ['Import GITHUB']);
    },
  },
  {
    title: 'another auth type: a connection replaces the token',
    async run(world) {
      const { account, example, connections } = world;
      example.edit(STACK_FILE, TOKEN, CONNECTION);
      succeeded(await example.deploy(STACK));
      await stackIs(account, STACK, { status: 'UPDATE_COMPLETE' });
      await answered(account, STACK, ['Update SUCCESS CompanyGitHub']);
      called(account, ['Import GITHUB']);
      await holds(account, { ...unchangedCredentials(world), GITHUB: { authType: 'CODECONNECTIONS', from: connections.gitHub } });
    },
  },
  {
    title: 'another server type: a new resource is created, and the old one is deleted',
    async run(world) {
      const { account, example } = world;
      example.edit(STACK_FILE, CONNECTION, ENTERPRISE_TOKEN);
      example.edit(STACK_FILE, 'GitHubCredential,', 'GitHubEnterpriseCredential,');
      succeeded(await example.deploy(STACK));
      await stackIs(account, STACK, { status: 'UPDATE_COMPLETE' });
      await answered(account, STACK, ['Create SUCCESS CompanyGitHub', 'Delete SUCCESS CompanyGitHub']);
      called(account, ['Import GITHUB_ENTERPRISE', 'Delete GITHUB']);
      await holds(account, { ...unchangedCredentials(world), ...ENTERPRISE });
    },
  },
  {
    title: 'failed update: it is rolled back, and the credential stays',
    async run(world) {
      const { account, example } = world;
      example.edit(STACK_FILE, "jsonField: 'token'", "jsonField: 'tokn'");
      failed(await example.deploy(STACK), NO_FIELD);
      await stackIs(account, STACK, { status: 'UPDATE_ROLLBACK_COMPLETE', failure: { construct: 'CompanyGitHub', reason: NO_FIELD } });
      await answered(account, STACK, ['Update FAILED CompanyGitHub', 'Update SUCCESS CompanyGitHub']);
      await holds(account, { ...unchangedCredentials(world), ...ENTERPRISE });
    },
  },
  {
    title: 'deployment after the mistake is fixed: the credential is updated',
    async run(world) {
      const { account, example } = world;
      account.forgetCalls();
      example.edit(STACK_FILE, "jsonField: 'tokn'", "jsonField: 'token'");
      example.edit(STACK_FILE, "'ci/github-bot'", "'ci/github'");
      succeeded(await example.deploy(STACK));
      await stackIs(account, STACK, { status: 'UPDATE_COMPLETE' });
      await answered(account, STACK, ['Update SUCCESS CompanyGitHub']);
      called(account, ['Import GITHUB_ENTERPRISE']);
      await holds(account, { ...unchangedCredentials(world), ...ENTERPRISE_WITH_PERSONAL_TOKEN });
    },
  },
  {
    title: 'first deployment of a second stack fails: it is rolled back, and the first stack\'s credential stays',
    async run(world) {
      const { account, example } = world;
      example.add('credentials-stack.ts');
      example.edit('app.ts', 'import { InfrastructureStack }', "import { CredentialsStack } from './credentials-stack';\nimport { InfrastructureStack }");
      example.edit('app.ts', "new InfrastructureStack(app, 'Infrastructure')", "new InfrastructureStack(app, 'Infrastructure').addDependency(new CredentialsStack(app, 'Credentials'))");
      // The app no longer declares the credential in the first stack. That stack is deployed in the next case.
      example.cut(STACK_FILE, '    const gitHub = ', '    });\n');
      example.cut(STACK_FILE, '    // CodeBuild can create the webhook', 'gitHub);\n');
      failed(await example.deploy('Credentials'), NO_FIELD);
      await stackIs(account, 'Credentials', { status: 'ROLLBACK_COMPLETE', failure: { construct: 'GitHub', reason: NO_FIELD } });
      called(account, []);
      await holds(account, { ...unchangedCredentials(world), ...ENTERPRISE_WITH_PERSONAL_TOKEN });
    },
  },
  {
    title: 'credential moved to the second stack: it stays when the first stack deletes its resource',
    async run(world) {
      const { account, example } = world;
      example.edit('credentials-stack.ts', "jsonField: 'tokn'", "jsonField: 'token'");
      succeeded(await example.deploy('--all'));
      await stackIs(account, 'Credentials', { status: 'CREATE_COMPLETE' });
      await answered(account, 'Credentials', ['Create SUCCESS GitHub']);
      await stackIs(account, STACK, { status: 'UPDATE_COMPLETE' });
      await answered(account, STACK, ['Delete SUCCESS CompanyGitHub']);
      called(account, ['Import GITHUB_ENTERPRISE']);
      await holds(account, { ...unchangedCredentials(world), ...ENTERPRISE });
    },
  },
  {
    title: 'destroyed stacks leave no credential and no owner',
    async run({ account, example }) {
      succeeded(await example.destroy());
      await stackIs(account, 'Credentials', { status: 'DELETE_COMPLETE' });
      await stackIs(account, STACK, { status: 'DELETE_COMPLETE' });
      await holds(account, {});
    },
  },
  {
    title: 'role without a policy statement: the deployment fails with the reason (one stack per statement)',
    async run({ account, cdk, connections }) {
      const app = new FixtureApp(cdk, 'missing-statements-app', { gitLabConnectionArn: connections.gitLab });
      const result = await app.deploy();
      for (const { stack, reason } of MISSING_STATEMENTS) {
        failed(result, reason);
        await stackIs(account, `Without${stack}`, { status: 'ROLLBACK_COMPLETE', failure: { construct: 'Credential', reason } });
      }
      await holds(account, {});
      succeeded(await app.destroy());
    },
  },
  {
    title: 'stack with two connections: one is created, one is adopted',
    async run(world) {
      const { account, connections } = world;
      succeeded(await connectionsApp(world).deploy());
      await stackIs(account, 'Connections', { status: 'CREATE_COMPLETE' });
      await answered(account, 'Connections', ['Create SUCCESS Created', 'Create SUCCESS Adopted', 'Create SUCCESS GitHub']);
      const [created, ...more] = await account.connections(NEW_CONNECTION);
      assert.equal(created.status, 'PENDING');
      assert.deepEqual(more, []);
      assert.ok((await account.stacks.physicalIds('Connections')).includes(connections.gitLab));
      await holds(account, { GITHUB: { authType: 'CODECONNECTIONS', from: created.arn } });
    },
  },
  {
    title: 'waitUntilAvailable on a connection that stays pending: the deployment fails and says where to complete the handshake',
    async run(world) {
      const { account, connections } = world;
      account.place.setConnectionStatus?.(connections.pending, 'PENDING');
      const reason = /connection arn:\S+ is still PENDING after 5 seconds\. Complete its handshake at https:\S+/;
      failed(await connectionsApp(world).deploy({ waitSeconds: '5' }), reason);
      await stackIs(account, 'Connections', { status: 'UPDATE_ROLLBACK_COMPLETE', failure: { construct: 'PendingWaitUntilAvailable5', reason } });
    },
  },
  {
    title: 'waitUntilAvailable succeeds once the handshake is complete',
    // In other places, the tests cannot complete a handshake.
    isFor: ({ setConnectionStatus }) => setConnectionStatus !== undefined,
    async run(world) {
      const { account, connections } = world;
      const deploy = connectionsApp(world).deploy({ waitSeconds: '120' });
      let isOver = false;
      void deploy.finally(() => { isOver = true; });
      while (!isOver && !await account.stacks.hasBegun('Connections', 'Custom::CodeConnectionsWait')) await setTimeout(500);
      account.place.setConnectionStatus!(connections.pending, 'AVAILABLE');
      succeeded(await deploy);
      await stackIs(account, 'Connections', { status: 'UPDATE_COMPLETE' });
    },
  },
  {
    title: 'destroyed stack: the created connection is deleted, the adopted one stays',
    async run(world) {
      const { account, connections } = world;
      succeeded(await connectionsApp(world).destroy());
      assert.deepEqual(await account.connections(NEW_CONNECTION), []);
      assert.equal((await account.connections(CONNECTIONS.gitLab.name))[0].arn, connections.gitLab);
      await holds(account, {});
    },
  },
  {
    title: 'no secret value appears in outputs, logs, events or records',
    run: async ({ account }) => nothingLeaked(account),
  },
];
