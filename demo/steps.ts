import type { Edit } from './example-app';
import type { StackStatus } from '../simulator';

export const ACCOUNT = '111111111111';
export const REGION = 'us-east-1';

const TOKEN_SECRET = "'ci/github'";
const PERSONAL_ACCESS_TOKEN = "GitHubCredential.personalAccessToken(token, { jsonField: 'token' })";
const WITH_EXPIRY = PERSONAL_ACCESS_TOKEN.replace(' }', ", expiryField: 'expires' }");
const CONNECTION = "GitHubCredential.connection(Connection.fromConnectionArn(this, 'GitHubApp', this.node.tryGetContext('githubConnectionArn')))";
const LAST_LINE = 'project.node.addDependency(gitHub);';
const ALARM = "\n    gitHub.alarmBeforeExpiry('Expiry', { days: 14 });";

/** The expected credentials by server type: auth type and origin. */
export type Held = Readonly<Record<string, { readonly authType: string; readonly from: string }>>;

/** One action of a user and its expected result. */
export interface Step {
  readonly title: string;
  /** Undefined if the step deploys nothing. */
  readonly edits?: readonly Edit[];
  /** A connection whose handshake a person completes in the console. */
  readonly completes?: string;
  /** A secret that gets a new version, with a token that expires in six days. */
  readonly rotates?: string;
  /** Whether this step repeats the previous step's rename with the native resource, in another account. */
  readonly renamesNative?: true;
  readonly destroys?: true;
  /** Whether GitHub is asked about the token. */
  readonly asksGitHub?: true;
  /** A part of the expected error message. */
  readonly failure?: string;
  /** The start of the expected warning in the function's log. */
  readonly warning?: string;
  /** The alarm that must be in state ALARM. */
  readonly alarm?: string;
  readonly status: StackStatus;
  readonly held: Held;
}

const OTHERS: Held = {
  BITBUCKET: { authType: 'BASIC_AUTH', from: 'ci/bitbucket' },
  GITLAB: { authType: 'CODECONNECTIONS', from: 'gitlab' },
};

const FIRST_TOKEN: Held = { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github' } };
const ROTATED: Held = { ...OTHERS, GITHUB: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github v2' } };
const ENTERPRISE: Held = { ...OTHERS, GITHUB_ENTERPRISE: { authType: 'PERSONAL_ACCESS_TOKEN', from: 'ci/github v2' } };

/** A valid token without the permission to read private repositories. */
export const PUBLIC_TOKEN = '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';

/** Secrets that exist before the first deployment. */
export const SECRETS: Readonly<Record<string, Record<string, string>>> = {
  'ci/github': { token: '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' },
  'ci/github-public': { expires: '2099-12-31', token: PUBLIC_TOKEN },
  'ci/bitbucket': { username: 'ci@my-company.example', password: 'ATATT-demo-token' },
};

/** The columns of the table. */
export const SERVER_TYPES = ['GITHUB', 'GITHUB_ENTERPRISE', 'BITBUCKET', 'GITLAB'];

export const CONNECTIONS = { github: 'GitHub' } as const;

export const STEPS: readonly Step[] = [
  {
    title: 'Deploy the stack',
    edits: [],
    status: 'CREATE_COMPLETE',
    held: { ...FIRST_TOKEN, GITLAB: { authType: 'CODECONNECTIONS', from: 'gitlab (pending)' } },
  },
  {
    title: "Complete GitLab's handshake",
    completes: 'gitlab',
    status: 'CREATE_COMPLETE',
    held: FIRST_TOKEN,
  },
  {
    title: 'Rename GitHub to CompanyGitHub',
    edits: [{ from: "new SourceCredentials(this, 'GitHub'", to: "new SourceCredentials(this, 'CompanyGitHub'" }],
    status: 'UPDATE_COMPLETE',
    held: FIRST_TOKEN,
  },
  {
    title: "Rename CDK's native resource",
    renamesNative: true,
    failure: 'already exists',
    status: 'UPDATE_COMPLETE',
    held: FIRST_TOKEN,
  },
  {
    title: 'Rotate: store a new token',
    rotates: 'ci/github',
    status: 'UPDATE_COMPLETE',
    held: ROTATED,
  },
  {
    title: 'Set expiryField, add an alarm',
    edits: [{ from: PERSONAL_ACCESS_TOKEN, to: WITH_EXPIRY }, { from: LAST_LINE, to: LAST_LINE + ALARM }],
    warning: 'the token expires in 6 days',
    alarm: 'Expiry',
    status: 'UPDATE_COMPLETE',
    held: ROTATED,
  },
  {
    title: 'New secret, TokenCheck.fail()',
    edits: [
      { from: TOKEN_SECRET, to: "'ci/github-public'" },
      { from: `${WITH_EXPIRY},`, to: `${WITH_EXPIRY}, tokenCheck: TokenCheck.fail(),` },
      { from: 'SourceCredentials }', to: 'SourceCredentials, TokenCheck }' },
    ],
    asksGitHub: true,
    failure: "without the scope 'repo'",
    status: 'UPDATE_ROLLBACK_COMPLETE',
    held: ROTATED,
  },
  {
    title: 'Use a connection, not a token',
    edits: [{ from: WITH_EXPIRY, to: CONNECTION }, { from: LAST_LINE + ALARM, to: LAST_LINE }],
    status: 'UPDATE_COMPLETE',
    held: { ...OTHERS, GITHUB: { authType: 'CODECONNECTIONS', from: 'github' } },
  },
  {
    title: 'Use GitHub Enterprise Server',
    edits: [
      { from: CONNECTION, to: PERSONAL_ACCESS_TOKEN.replace('GitHub', 'GitHubEnterprise') },
      { from: 'GitHubCredential,', to: 'GitHubEnterpriseCredential,' },
    ],
    status: 'UPDATE_COMPLETE',
    held: ENTERPRISE,
  },
  {
    title: "Mistype jsonField as 'tokn'",
    edits: [{ from: "jsonField: 'token'", to: "jsonField: 'tokn'" }],
    failure: "has no field 'tokn'",
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
