import childProcess from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Account, STACK } from './account';
import { AnswerUrl, CreateSecretOptions, ServiceError, SourceProviders } from '../../simulator';
import { BitbucketCredential, Credential, GitHubCredential, SourceCredentials, SourceCredentialsProvider, TokenCheck } from 'cdk-codebuild-source-credentials';

/*
 * A secret's value is sent only to CodeBuild and, with a token check, to its source provider. CloudFormation's response
 * URL, which lets its holder answer the request, is never disclosed. The tests search for both in everything
 * that leaves the handler's process, with every kind of failure.
 */

/** What a process received and sent while it ran one function. */
interface Run {
  readonly environment: NodeJS.ProcessEnv;
  /** stdout, stderr, and what the handler returned or threw. */
  output: string;
  /** Resolves when the process ends or unloads the function. */
  readonly over: Promise<void>;
}

const runs: Run[] = [];
const fork = childProcess.fork;
jest.spyOn(childProcess, 'fork').mockImplementation(((file: string, args: string[], options: childProcess.ForkOptions) => {
  const child = fork(file, args, options);
  const send = child.send.bind(child);
  let run: Run | undefined;
  const record = (output: unknown) => { if (run) run.output += output; };
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', record);
  // If the process ends while it receives an event, its exit reports that, too.
  child.on('error', () => undefined);
  child.on('message', (message) => record(JSON.stringify(message)));
  child.send = ((message: { environment?: NodeJS.ProcessEnv }) => {
    if (message.environment) {
      const over = new Promise<void>((resolve) => child.once('close', () => resolve()).on('message', (one) => 'isUnloaded' in (one as object) && resolve()));
      run = { environment: message.environment, output: '', over };
      runs.push(run);
    }
    return send(message);
  }) as typeof child.send;
  return child;
}) as typeof fork);

interface Case {
  readonly credential: (secret: secretsmanager.ISecret) => Credential;
  /** The content of the secret. */
  readonly secret: (canary: string) => Omit<CreateSecretOptions, 'name'>;
  readonly prepare?: (account: Account) => void;
  /** Enables a token check, and prepares a failure at the source provider. */
  readonly ask?: (providers: SourceProviders) => void;
  /** @default - the deploy fails and nothing is imported */
  readonly outcome?: 'imported' | 'refused by CodeBuild' | 'imported by ARN';
}

/** Deploys the credential, and collects all places where a secret could leak. */
async function deploy({ credential, secret, prepare, ask }: Case, canary: string) {
  const account = await Account.open();
  const providers = ask && await SourceProviders.start(account.aws.clock);
  if (providers) ask(providers);
  const answerUrls: AnswerUrl[] = [];
  const give = account.aws.answerUrl.bind(account.aws);
  account.aws.answerUrl = () => {
    answerUrls.push(give());
    return answerUrls.at(-1)!;
  };
  account.region.secrets.create({ name: 'ci/token', ...secret(canary) });
  prepare?.(account);

  const assembly = providers ? synthesize(credential, providers) : synthesized(credential);
  const deployment = await account.cloudFormation.deploy(assembly, STACK);
  if (deployment.status === 'CREATE_COMPLETE') await account.cloudFormation.idle();

  const environment = JSON.stringify(runsOf(account).map((one) => one.environment));
  const output = await close(account);
  const imports = account.requests('ImportSourceCredentials');
  await providers?.stop();
  return {
    status: [deployment.status, ...deployment.events.filter(({ status }) => status === 'DELETE_FAILED').map(({ reason }) => reason)],
    imports: imports.map(({ body }) => JSON.stringify(body)),
    signatures: answerUrls.map(({ url }) => new URL(url).searchParams.get('X-Amz-Signature')!),
    // What the source provider receives: the token, or its encoded form.
    authorizations: providers?.requests.map(({ headers }) => headers.authorization!.split(' ')[1]),
    evidence: {
      'cdk.out': filesIn(assembly.directory),
      environment,
      output,
      'answers': answerUrls.flatMap(({ answers }) => answers.map(({ raw }) => raw.toString())).join(),
      'reasons': JSON.stringify(deployment.events.map(({ reason, physicalId }) => [reason, physicalId])),
      'other calls': JSON.stringify([account.aws.requests.filter((request) => !imports.includes(request)), providers?.proxied]),
    },
  };
}

const assemblies = new Map<Case['credential'], CloudAssembly>();

/** Synthesizes a stack with this credential once: templates do not depend on the values of secrets. */
function synthesized(credential: Case['credential']): CloudAssembly {
  const former = assemblies.get(credential);
  if (former) return former;
  assemblies.set(credential, synthesize(credential));
  return synthesized(credential);
}

/** Declares the stack. With simulated providers, it also checks the token. */
function synthesize(credential: Case['credential'], providers?: SourceProviders): CloudAssembly {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, STACK);
  new SourceCredentials(stack, 'Credentials', {
    credential: credential(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/token')),
    tokenCheck: providers && TokenCheck.fail(),
  });
  const handler = SourceCredentialsProvider.getOrCreate(stack).node.findChild('Function') as lambda.Function;
  for (const [name, value] of Object.entries(providers?.environment ?? {})) handler.addEnvironment(name, value);
  return app.synth();
}

function filesIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')).join();
}

/** Returns the places that contain a secret or a part of it. */
function found(secret: string, evidence: Record<string, string>): string[] {
  const parts = Array.from({ length: secret.length - 11 }, (_, start) => secret.slice(start, start + 12));
  return Object.keys(evidence).filter((place) => parts.some((part) => evidence[place].includes(part)));
}

const TOKEN = (secret: secretsmanager.ISecret) => GitHubCredential.personalAccessToken(secret);
const FIELD = (secret: secretsmanager.ISecret) => GitHubCredential.personalAccessToken(secret, { jsonField: 'token' });
const ENDING = (secret: secretsmanager.ISecret) => GitHubCredential.personalAccessToken(secret, { jsonField: 'token', expiryField: 'ends' });
const BASIC_AUTH = (secret: secretsmanager.ISecret) => BitbucketCredential.basicAuth(secret);
const DOCUMENT = (secret: secretsmanager.ISecret) => GitHubCredential.secretsManager(secret);

const plain = (canary: string) => ({ value: canary });
const json = (document: (canary: string) => object) => (canary: string) => ({ value: JSON.stringify(document(canary)) });
const fault = (kind: 'throttle' | 'serverError' | 'reset' | 'resetAfterApply' | 'never' | 'accessDenied', operation: string, times: number) =>
  ({ aws }: Account) => aws.faults.add({ kind, operation, times });

/** Accepts no answer until Lambda retries the function, which then lists the records for the fourth time. */
function unansweredAtFirst(account: Account): void {
  account.aws.faults.add({ kind: 'serverError', operation: 'PutAnswer', times: 1_000 });
  const watch = setInterval(() => {
    if (account.requests('GetParametersByPath').length < 4) return;
    account.aws.faults.clear();
    clearInterval(watch);
  }, 10);
}

/** Makes CodeBuild refuse an import with a message that contains the token, or its beginning. */
const repeating = (length?: number) => ({ region }: Account) => {
  region.sourceCredentials.put = ({ token, username }) => {
    throw new ServiceError('InvalidInputException', `Value '${token.slice(0, length)}' of '${username?.slice(0, length)}' failed to satisfy constraint`);
  };
};

const CASES: Record<string, Case> = {
  // Slow cases come first, so that others run at the same time.
  'an answer that is refused until Lambda retries': { credential: TOKEN, secret: plain, prepare: unansweredAtFirst, outcome: 'imported' },
  'an import that is never answered': { credential: TOKEN, secret: plain, prepare: fault('never', 'ImportSourceCredentials', 100), outcome: 'refused by CodeBuild' },
  'a secret without permission to read it': { credential: TOKEN, secret: plain, prepare: fault('accessDenied', 'GetSecretValue', 100) },
  'a token': { credential: TOKEN, secret: plain, outcome: 'imported' },
  'a field': { credential: FIELD, secret: json((token) => ({ token: `${token}\n`, other: token })), outcome: 'imported' },
  'an expired token': { credential: ENDING, secret: json((token) => ({ token, ends: '2026-01-31' })), outcome: 'imported' },
  'a token in the place of its date': { credential: ENDING, secret: json((token) => ({ token, ends: token })), outcome: 'imported' },
  'basic auth': { credential: BASIC_AUTH, secret: json((canary) => ({ username: canary, password: canary })), outcome: 'imported' },
  'a secret whose request is never answered': { credential: TOKEN, secret: plain, prepare: fault('never', 'GetSecretValue', 100) },
  'an import without permission': { credential: TOKEN, secret: plain, prepare: fault('accessDenied', 'ImportSourceCredentials', 100), outcome: 'refused by CodeBuild' },
  'a document': {
    credential: DOCUMENT, secret: json((Token) => ({ ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token })), outcome: 'imported by ARN',
  },
  'bytes': { credential: TOKEN, secret: (canary) => ({ binary: Buffer.from(canary) }) },
  'JSON in place of a token': { credential: TOKEN, secret: json((token) => ({ token })) },
  'a field of a secret without JSON': { credential: FIELD, secret: plain },
  'broken JSON': { credential: FIELD, secret: (canary) => ({ value: `{"token":${canary}}` }) },
  'a missing field': { credential: FIELD, secret: json((canary) => ({ [canary]: canary })) },
  'a field that is not a string': { credential: FIELD, secret: json((canary) => ({ token: [canary] })) },
  'an ARN in place of a token': { credential: TOKEN, secret: (canary) => ({ value: `arn:aws:codeconnections:us-east-1:111111111111:connection/${canary}` }) },
  'a missing user name': { credential: BASIC_AUTH, secret: json((password) => ({ password })) },
  'a document for another provider': { credential: DOCUMENT, secret: json((canary) => ({ ServerType: canary, AuthType: canary, Token: canary })) },
  'a document of another kind': { credential: DOCUMENT, secret: json((canary) => ({ ServerType: 'GITHUB', AuthType: canary, Token: canary })) },
  'a secret that is scheduled for deletion': { credential: TOKEN, secret: plain, prepare: ({ region }) => region.secrets.scheduleDeletion('ci/token') },
  'a refusal that repeats the token': { credential: TOKEN, secret: plain, prepare: repeating(), outcome: 'refused by CodeBuild' },
  'a refusal that repeats a part': { credential: BASIC_AUTH, secret: json((canary) => ({ username: canary, password: canary })), prepare: repeating(20), outcome: 'refused by CodeBuild' },
  'an import that fails with a server error': { credential: TOKEN, secret: plain, prepare: fault('serverError', 'ImportSourceCredentials', 100), outcome: 'refused by CodeBuild' },
  // Each of these providers returns the request in its body, or in the address of a redirect.
  'a token that its provider refuses': { credential: TOKEN, secret: plain, ask: () => undefined },
  'a user name and password that their provider refuses': { credential: BASIC_AUTH, secret: json((canary) => ({ username: canary, password: canary })), ask: () => undefined },
  'a document that its provider refuses': {
    credential: DOCUMENT, secret: json((Token) => ({ ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token })), ask: () => undefined,
  },
  'single sign-on': { credential: TOKEN, secret: plain, ask: ({ gitHub }) => { gitHub.trouble = 'single sign-on'; }, outcome: 'imported' },
  'a rate limit': { credential: TOKEN, secret: plain, ask: ({ gitHub }) => { gitHub.trouble = 'rate limit'; }, outcome: 'imported' },
  'an outage of the provider': { credential: TOKEN, secret: plain, ask: ({ gitHub }) => { gitHub.trouble = 'outage'; }, outcome: 'imported' },
  'a redirect of the provider': { credential: TOKEN, secret: plain, ask: ({ gitHub }) => { gitHub.trouble = 'redirect'; }, outcome: 'imported' },
  'a sign-in page in place of the provider': { credential: TOKEN, secret: plain, ask: ({ gitHub }) => { gitHub.trouble = 'sign-in page'; }, outcome: 'imported' },
  'a refusal of Bitbucket without a reason': {
    credential: BASIC_AUTH, secret: json((canary) => ({ username: canary, password: canary })), ask: ({ bitbucket }) => { bitbucket.trouble = 'forbidden'; }, outcome: 'imported',
  },
  'a provider that breaks the connection': { credential: TOKEN, secret: plain, ask: (providers) => { providers.delivery = 'reset'; }, outcome: 'imported' },
  'a provider with an untrusted certificate': { credential: TOKEN, secret: plain, ask: (providers) => { providers.isStranger = true; }, outcome: 'imported' },
  'a proxy that opens no tunnel': { credential: TOKEN, secret: plain, ask: (providers) => { providers.isProxyClosed = true; }, outcome: 'imported' },
  'imports that are retried': {
    credential: TOKEN,
    secret: plain,
    prepare(account) {
      fault('throttle', 'ImportSourceCredentials', 1)(account);
      fault('reset', 'ImportSourceCredentials', 1)(account);
      fault('resetAfterApply', 'ImportSourceCredentials', 1)(account);
    },
    outcome: 'imported',
  },
};

test.concurrent.each(Object.entries(CASES))('%s', async (_, one) => {
  const canary = `cAnArY${randomBytes(24).toString('base64url')}`;
  const { status, imports, signatures, authorizations, evidence } = await deploy(one, canary);

  expect(status).toEqual([one.outcome?.startsWith('imported') ? 'CREATE_COMPLETE' : 'ROLLBACK_COMPLETE']);
  expect(imports.length > 0).toBe(one.outcome !== undefined);
  expect(imports.every((body) => body.includes(canary) === (one.outcome !== 'imported by ARN'))).toBe(true);
  // Every place has content to search.
  expect(Object.values(evidence).every((text) => text.length > 50)).toBe(true);
  expect(evidence.output).toMatch(/Create (SUCCESS|FAILED)/);
  expect(evidence.output.includes('"_aws"')).toBe(one.ask !== undefined || (one.outcome?.startsWith('imported') ?? false));

  expect(found(canary, evidence)).toEqual([]);
  expect(authorizations?.flatMap((authorization) => found(authorization, evidence)) ?? []).toEqual([]);
  expect(signatures.flatMap((signature) => found(signature, evidence))).toEqual([]);
});

test.concurrent('an invalid response URL is not disclosed', async () => {
  const account = await Account.open();
  const canary = randomBytes(24).toString('hex');
  await account.deploy((stack) => new SourceCredentialsProvider(stack, 'Provider', { timeout: Duration.seconds(30) }));
  const lambdaFunction = account.cloudFormation.function(STACK);
  const errors = ['no address?', 'https://[', 'ftp://127.0.0.1/?'].map(async (address) => lambdaFunction.invoke({
    RequestType: 'Delete', StackId: 'a', RequestId: 'b', LogicalResourceId: 'c', PhysicalResourceId: 'd', ResourceType: 'e', ResponseURL: address + canary,
  }).then(() => 'nothing', String));

  expect(await Promise.all(errors)).toEqual(Array(3).fill(expect.stringContaining('ResponseURL is not a URL')));
  expect(found(canary, { output: await close(account) })).toEqual([]);
});

/** Stops the account and its functions. Returns all of their output. */
async function close(account: Account): Promise<string> {
  const ours = runsOf(account);
  account.cloudFormation.close();
  await account.aws.stop();
  await Promise.all(ours.map(async ({ over }) => over));
  return ours.map(({ output }) => output).join();
}

function runsOf({ aws }: Account): Run[] {
  return runs.filter(({ environment }) => environment.AWS_ENDPOINT_URL === aws.endpoint);
}
