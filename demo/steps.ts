import type { Edit } from './example-app';
import type { StackStatus } from '../simulator';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';

const PERSONAL_ACCESS_TOKEN = "GitHubCredential.personalAccessToken(token, { jsonField: 'token' })";
const CONNECTION = "GitHubCredential.connection(Connection.fromConnectionArn(this, 'GitHubApp', this.node.tryGetContext('githubConnectionArn')))";

/** What CodeBuild must hold, by server type: which auth type, from where. */
export type Held = Readonly<Record<string, { readonly authType: string; readonly from: string }>>;

/** One thing that a user does, and how it must end. */
export interface Step {
  readonly title: string;
  /** Missing: no deploy. */
  readonly edits?: readonly Edit[];
  /** A connection whose handshake somebody completes in the console. */
  readonly completes?: string;
  /** A secret that gets a new value. */
  readonly rotates?: string;
  readonly destroys?: true;
  readonly status: StackStatus;
  readonly held: Held;
}

const OTHERS: Held = {
  BITBUCKET: { authType: 'BASIC_AUTH', from: 'ci/bitbucket' },
  GITLAB: { authType: 'CODECONNECTIONS', from: 'gitlab, available' },
};

const ENTERPRISE: Held = { ...OTHERS, GITHUB_ENTERPRISE: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot, rotated' } };

/** What people have put into the account before, by hand. */
export const SECRETS: Readonly<Record<string, Record<string, string>>> = {
  'ci/github': { token: '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' },
  'ci/github-bot': { token: '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' },
  'ci/bitbucket': { username: 'ci@my-company.example', password: 'ATATT-demo-token' },
};

export const CONNECTIONS = { github: 'GitHub' } as const;

export const STEPS: readonly Step[] = [
  {
    title: 'Deploy the example: its connection to GitLab is new, and pending',
    edits: [],
    status: 'CREATE_COMPLETE',
    held: {
      ...OTHERS,
      GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github' },
      GITLAB: { authType: 'CODECONNECTIONS', from: 'gitlab, pending' },
    },
  },
  {
    title: 'Complete the handshake, as a person does in the console: no deploy',
    completes: 'gitlab',
    status: 'CREATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github' } },
  },
  {
    title: 'Take the GitHub token from another secret',
    edits: [{ from: "'ci/github'", to: "'ci/github-bot'" }],
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot' } },
  },
  {
    title: 'Rename the construct: created first, deleted last, and not lost',
    edits: [{ from: "new SourceCredentials(this, 'GitHub'", to: "new SourceCredentials(this, 'CompanyGitHub'" }],
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot' } },
  },
  {
    title: 'Rotate the token: no deploy, the secret itself tells',
    rotates: 'ci/github-bot',
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot, rotated' } },
  },
  {
    title: 'Another auth type: a connection instead of the token',
    edits: [{ from: PERSONAL_ACCESS_TOKEN, to: CONNECTION }],
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'CODECONNECTIONS', from: 'github, available' } },
  },
  {
    title: 'Another server type: GitHub Enterprise Server',
    edits: [
      { from: CONNECTION, to: PERSONAL_ACCESS_TOKEN.replace('GitHub', 'GitHubEnterprise') },
      { from: 'GitHubCredential,', to: 'GitHubEnterpriseCredential,' },
    ],
    status: 'UPDATE_COMPLETE',
    held: ENTERPRISE,
  },
  {
    title: 'A mistake: the deploy fails and rolls back',
    edits: [{ from: "jsonField: 'token'", to: "jsonField: 'tokn'" }],
    status: 'UPDATE_ROLLBACK_COMPLETE',
    held: ENTERPRISE,
  },
  {
    title: 'Destroy the stack',
    destroys: true,
    status: 'DELETE_COMPLETE',
    held: {},
  },
];
