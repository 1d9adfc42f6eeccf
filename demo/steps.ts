import type { Edit } from './example-app';
import type { StackStatus } from '../simulator';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';

const PERSONAL_ACCESS_TOKEN = "GitHubCredential.personalAccessToken(token, { jsonField: 'token' })";
const WITH_EXPIRY = PERSONAL_ACCESS_TOKEN.replace(' }', ", expiryField: 'expires' }");
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
  /** The rename of the step before, with AWS's own resource. */
  readonly renamesNative?: true;
  readonly destroys?: true;
  /** How a line begins in which the function's log must warn. */
  readonly warning?: string;
  readonly status: StackStatus;
  readonly held: Held;
}

const OTHERS: Held = {
  BITBUCKET: { authType: 'BASIC_AUTH', from: 'ci/bitbucket' },
  GITLAB: { authType: 'CODECONNECTIONS', from: 'gitlab' },
};

const ENTERPRISE: Held = { ...OTHERS, GITHUB_ENTERPRISE: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot v2' } };

/** What people have put into the account before, by hand. */
export const SECRETS: Readonly<Record<string, Record<string, string>>> = {
  'ci/github': { token: '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' },
  'ci/github-bot': { token: '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' },
  'ci/bitbucket': { username: 'ci@my-company.example', password: 'ATATT-demo-token' },
};

/** The columns of the table. */
export const SERVER_TYPES = ['GITHUB', 'GITHUB_ENTERPRISE', 'BITBUCKET', 'GITLAB'];

export const CONNECTIONS = { github: 'GitHub' } as const;

export const STEPS: readonly Step[] = [
  {
    title: 'Deploy the stack: its connection to GitLab is new, and pending',
    edits: [],
    status: 'CREATE_COMPLETE',
    held: {
      ...OTHERS,
      GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github' },
      GITLAB: { authType: 'CODECONNECTIONS', from: 'gitlab, pending' },
    },
  },
  {
    title: 'A person completes the handshake in the console',
    completes: 'gitlab',
    status: 'CREATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github' } },
  },
  {
    title: "Another secret: 'ci/github' becomes 'ci/github-bot'",
    edits: [{ from: "'ci/github'", to: "'ci/github-bot'" }],
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot' } },
  },
  {
    title: "Rename the construct: 'GitHub' becomes 'CompanyGitHub'",
    edits: [{ from: "new SourceCredentials(this, 'GitHub'", to: "new SourceCredentials(this, 'CompanyGitHub'" }],
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot' } },
  },
  {
    title: 'The same rename with the native resource, in another account',
    renamesNative: true,
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot' } },
  },
  {
    title: 'Rotate the token: its secret gets a new version, v2',
    rotates: 'ci/github-bot',
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot v2' } },
  },
  {
    title: "Say when the token ends: expiryField 'expires'",
    edits: [{ from: PERSONAL_ACCESS_TOKEN, to: WITH_EXPIRY }],
    warning: 'the token ends in',
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github-bot v2' } },
  },
  {
    title: 'Another auth type: a connection in place of the token',
    edits: [{ from: WITH_EXPIRY, to: CONNECTION }],
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'CODECONNECTIONS', from: 'github' } },
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
    title: "A mistake: jsonField 'token' becomes 'tokn'",
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
