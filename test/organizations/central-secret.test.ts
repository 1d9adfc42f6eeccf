import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CentralSecretStack } from './central-secret';
import { CredentialsStack, SHARED_ACCOUNT } from './credentials';

const ROOT = join(__dirname, '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'organization-rollout.md'), 'utf8');

/** Returns the code block of the page below the comment with this name. */
function block(name: string): string {
  const found = new RegExp(`<!-- ${name} -->\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(PAGE);
  if (!found) throw new Error(`the page has no block '${name}'`);
  return found[1];
}

const shared = Template.fromStack(new CentralSecretStack(new App(), 'Shared', {
  organizationId: 'o-exampleorgid',
  env: { account: SHARED_ACCOUNT, region: 'eu-west-1' },
}));
const member = Template.fromStack(new CredentialsStack(new App(), 'Member', { env: { account: '222222222222', region: 'us-east-1' } }));

test('the page shows the statement of the key', () => {
  const [{ Properties }] = Object.values(shared.findResources('AWS::KMS::Key'));
  expect(Properties.KeyPolicy.Statement).toContainEqual(JSON.parse(block('key')));
});

test('the page shows the policy of the secret', () => {
  const [{ Properties }] = Object.values(shared.findResources('AWS::SecretsManager::ResourcePolicy'));
  expect(Properties.ResourcePolicy.Statement).toEqual([JSON.parse(block('secret'))]);
});

test('the page shows all permissions of the function\'s role in the shared account', () => {
  const statements = Object.values(member.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  expect(statements.filter((statement) => JSON.stringify(statement.Resource).includes(SHARED_ACCOUNT))).toEqual(JSON.parse(block('role')));
});

test.each(['test/organizations/central-secret.ts', 'test/organizations/credentials.ts'])('the page shows the code of %s', (file) => {
  const withoutIndentation = (text: string) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '').join('\n');
  expect(withoutIndentation(readFileSync(join(ROOT, file), 'utf8'))).toContain(withoutIndentation(block(file)));
});
