import { ExampleApp } from './example-app';
import * as screen from './screen';
import { ACCOUNT, CONNECTIONS, Held, REGION, SECRETS, Step, STEPS } from './steps';
import { Aws, CloudFormation } from '../simulator';

/*
 * Deploys the example on the AWS stand-in, edits it as its user would, and destroys it: the real
 * constructs, the real handler bundle, a stack lifecycle with CloudFormation's rules.
 */
const STACK = 'Infrastructure';

async function main(): Promise<boolean> {
  const aws = await Aws.start();
  const cloudFormation = new CloudFormation(aws, { account: ACCOUNT, region: REGION, onEvent: screen.event });
  try {
    screen.title('cdk-codebuild-source-credentials on a stand-in of AWS');
    screen.paragraph('No account is used and nothing leaves this machine. The account of the stand-in has these secrets and connections:');
    screen.paragraph([...Object.keys(SECRETS), ...Object.keys(CONNECTIONS)].join(', '), '  ');
    const { app, origins, hands } = await prepare(aws);

    const results: { step: Step; isRight: boolean; seconds: number }[] = [];
    for (const [index, step] of STEPS.entries()) {
      screen.title(`${index + 1}/${STEPS.length} ${step.title}`);
      const started = Date.now();
      const isRight = await run(step, app, cloudFormation, hands) && inspect(step.held, aws, origins);
      screen.verdict(isRight, `the stack is ${step.status} and CodeBuild holds what it must`);
      results.push({ step, isRight, seconds: (Date.now() - started) / 1000 });
    }

    screen.title('Summary');
    for (const { step, isRight, seconds } of results) {
      screen.verdict(isRight, `${step.title} (${seconds.toFixed(1)} s)`);
    }
    screen.line();
    screen.paragraph('In an account of yours, from an app with one SourceCredentials in a stack:');
    screen.line('  npx cdk bootstrap');
    screen.line('  npx cdk deploy');
    return results.every(({ isRight }) => isRight);
  } finally {
    cloudFormation.close();
    await aws.stop();
  }
}

/** Does what people do before the first deploy; gives back whose each value is, to tell what CodeBuild holds. */
async function prepare(aws: Aws) {
  const { secrets, connections } = aws.region(ACCOUNT, REGION);
  const origins = new Map<string, string>();
  for (const [name, document] of Object.entries(SECRETS)) {
    secrets.create({ name, value: JSON.stringify(document) });
    origins.set(Object.values(document).at(-1)!, name);
  }
  const context: Record<string, string> = {};
  for (const [name, providerType] of Object.entries(CONNECTIONS)) {
    context[`${name}ConnectionArn`] = connections.create({ name, providerType });
  }
  const app = new ExampleApp(context);
  await app.copy();

  const hands: Hands = {
    rotate(name) {
      const token = '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';
      origins.set(token, `${name}, rotated`);
      secrets.put(name, JSON.stringify({ token }));
      screen.line(`  ${name} has a new value`);
    },
    complete(name) {
      connections.setStatus(connections.list().find((connection) => connection.name === name)!.arn, 'AVAILABLE');
      screen.line(`  connection ${name} is available`);
    },
  };
  return { app, origins, hands };
}

/** What people do in the console. */
interface Hands {
  rotate(secretName: string): void;
  complete(connectionName: string): void;
}

async function run(
  { completes, edits, rotates, destroys, status }: Step, app: ExampleApp, cloudFormation: CloudFormation, hands: Hands,
): Promise<boolean> {
  if (completes) hands.complete(completes);
  if (rotates) {
    hands.rotate(rotates);
    await cloudFormation.idle();
  }
  for (const edit of edits ?? []) {
    screen.edit(await app.edit(edit));
  }
  if (edits) {
    screen.line('  synthesizing ...');
    await cloudFormation.deploy(await app.synthesize(), STACK);
  }
  const actual = destroys ? (await cloudFormation.destroy(STACK)).status : cloudFormation.stack(STACK).status;
  screen.line(`  stack ${STACK}: ${actual}`);
  return actual === status;
}

function inspect(expected: Held, aws: Aws, origins: ReadonlyMap<string, string>): boolean {
  const { connections, sourceCredentials } = aws.region(ACCOUNT, REGION);
  const rows = sourceCredentials.list().map(({ serverType, authType, token }) => {
    const connection = connections.find(token);
    const from = connection ? `${connection.name}, ${connection.status.toLowerCase()}` : origins.get(token) ?? 'something else';
    const isRight = expected[serverType]?.authType === authType && expected[serverType].from === from;
    return { serverType, authType, holds: `${connection ? 'connection' : 'token of'} ${from}`, isRight };
  });
  screen.credentials(rows);
  return rows.length === Object.keys(expected).length && rows.every(({ isRight }) => isRight);
}

main().then((isRight) => {
  process.exitCode = isRight ? 0 : 1;
}, (error) => {
  console.error(error);
  process.exitCode = 1;
});
