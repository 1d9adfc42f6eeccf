import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account, exchanges, FAILING, reason, STACK, thatFails } from './account';
import { BitbucketCredential, GitHubCredential, SourceCredentials, SourceCredentialsProps } from 'cdk-codebuild-source-credentials';

/*
 * The credential survives when CloudFormation renames, moves, replaces and rolls back
 * resources, although CodeBuild stores only one and does not know its owner.
 */

let account: Account;

beforeEach(async () => {
  account = await Account.open();
});

afterEach(async () => account.close());

/** Prefix of each secret's token, before the secret's name. */
const TOKEN_OF = 'token-of-';

function gitHub(id: string, secretName: string, props: Partial<SourceCredentialsProps> = {}) {
  return (stack: Stack) => {
    new SourceCredentials(stack, id, { credential: GitHubCredential.personalAccessToken(secret(stack, `${id}Secret`, secretName)), ...props });
  };
}

function bitbucket(id: string, secretName: string, props: Partial<SourceCredentialsProps> = {}) {
  return (stack: Stack) => {
    new SourceCredentials(stack, id, { credential: BitbucketCredential.personalAccessToken(secret(stack, `${id}Secret`, secretName)), ...props });
  };
}

function secret(stack: Stack, id: string, name: string): secretsmanager.ISecret {
  try {
    account.region.secrets.get(name);
  } catch {
    account.region.secrets.create({ name, value: TOKEN_OF + name });
  }
  return secretsmanager.Secret.fromSecretNameV2(stack, id, name);
}

/** Combines several contents in one stack. */
function all(...contents: ((stack: Stack) => void)[]) {
  return (stack: Stack) => contents.forEach((content) => content(stack));
}

/** Returns the name of the secret whose token CodeBuild holds. */
function held(serverType: 'GITHUB' | 'BITBUCKET' = 'GITHUB'): string | undefined {
  return account.region.sourceCredentials.held(serverType)?.token.replace(TOKEN_OF, '');
}

function owners(serverType?: string): string[] {
  return account.owners(serverType);
}

describe('in one stack', () => {
  test('a renamed resource keeps the credential: CloudFormation deletes the old resource last', async () => {
    await account.deploy(gitHub('Before', 'a'));
    const renamed = await account.deploy(gitHub('After', 'a'));

    expect(exchanges(renamed)).toEqual(['Create SUCCESS', 'Delete SUCCESS']);
    expect(held()).toBe('a');
    expect(owners()).toEqual(['Infrastructure/After']);
    await account.destroy();
    expect(held()).toBeUndefined();
  });

  test('a rename that is rolled back restores the credential of the old resource, which gets no request', async () => {
    await account.deploy(gitHub('Before', 'a'));
    const renamed = await account.deploy(thatFails(gitHub('After', 'b')), FAILING);

    expect([renamed.status, exchanges(renamed)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Create SUCCESS', 'Delete SUCCESS']]);
    expect(held()).toBe('a');
    expect(owners()).toEqual(['Infrastructure/Before']);
  });

  test('a server type can change and change back', async () => {
    await account.deploy(gitHub('Credentials', 'a'));
    await account.deploy(bitbucket('Credentials', 'b'));
    expect([held('GITHUB'), held('BITBUCKET')]).toEqual([undefined, 'b']);

    await account.deploy(gitHub('Credentials', 'c'));
    expect([held('GITHUB'), held('BITBUCKET')]).toEqual(['c', undefined]);
  });

  test('a change of server type is rolled back, with shouldOverwrite: false', async () => {
    await account.deploy(gitHub('Credentials', 'a', { shouldOverwrite: false }));
    const changed = await account.deploy(thatFails(bitbucket('Credentials', 'b', { shouldOverwrite: false })), FAILING);

    expect(changed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([held('GITHUB'), held('BITBUCKET')]).toEqual(['a', undefined]);
    expect(owners('BITBUCKET')).toEqual([]);
  });

  test('a failed Create keeps a manually imported credential', async () => {
    account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
    const created = await account.deploy(gitHub('Credentials', 'a', { shouldOverwrite: false }));

    expect([created.status, exchanges(created)]).toEqual(['ROLLBACK_COMPLETE', ['Create FAILED', 'Delete SUCCESS']]);
    expect(reason(created)).toContain('shouldOverwrite is false');
    expect(held()).toBe('by hand');
  });

  test('a failed Update keeps the previous credential, and so does its rollback', async () => {
    await account.deploy(gitHub('Credentials', 'a'));
    account.region.secrets.create({ name: 'empty', value: '' });
    const updated = await account.deploy(gitHub('Credentials', 'empty'));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Update FAILED', 'Update SUCCESS']]);
    expect(held()).toBe('a');
  });

  test('the rollback of an Update succeeds although the secret has become unreadable', async () => {
    await account.deploy(gitHub('Credentials', 'a'));
    account.region.secrets.create({ name: 'empty', value: '' });
    account.region.secrets.scheduleDeletion('a');
    const updated = await account.deploy(gitHub('Credentials', 'empty'));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Update FAILED', 'Update SUCCESS']]);
    expect(held()).toBe('a');
  });

  test('the rollback of a change of server type succeeds although the secret has become unreadable', async () => {
    await account.deploy(gitHub('Credentials', 'a'));
    account.region.secrets.scheduleDeletion('a');
    const updated = await account.deploy(bitbucket('Credentials', 'a'));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Create FAILED', 'Delete SUCCESS']]);
    expect(held()).toBe('a');
  });

  test('another server type under the same logical id is refused, and the previous credential stays', async () => {
    const fixed = (contents: (stack: Stack) => void) => (stack: Stack) => {
      contents(stack);
      (stack.node.findChild('Credentials').node.defaultChild as CfnResource).overrideLogicalId('Fixed');
    };
    await account.deploy(fixed(gitHub('Credentials', 'a')));
    const updated = await account.deploy(fixed(bitbucket('Credentials', 'b')));

    expect([updated.status, exchanges(updated)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Update FAILED', 'Update SUCCESS']]);
    expect(reason(updated)).toContain('a change of server type needs a new resource. Do not override its logical id');
    expect([held('GITHUB'), held('BITBUCKET')]).toEqual(['a', undefined]);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(held()).toBeUndefined();
  });

  test('a manual import that replaced the stack\'s credential is kept when the stack is removed', async () => {
    await account.deploy(gitHub('Credentials', 'a'));
    account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(held()).toBe('by hand');
  });

  test('after its records are deleted by hand, a credential without proof is kept, and the next deployment owns it again', async () => {
    await account.deploy(gitHub('Credentials', 'a'));
    account.records().clear();

    await account.deploy(gitHub('Credentials', 'b'));
    expect([held(), owners()]).toEqual(['b', ['Infrastructure/Credentials']]);

    account.records().clear();
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(held()).toBe('b');
  });

  test('RETAIN keeps the credential, unless another owner\'s is restored', async () => {
    await account.deploy(gitHub('Credentials', 'a'));
    await account.deploy(gitHub('Retained', 'b', { removalPolicy: RemovalPolicy.RETAIN }), { stackName: 'Second' });
    await account.destroy('Second');
    expect(held()).toBe('a');

    await account.deploy(gitHub('Credentials', 'a', { removalPolicy: RemovalPolicy.RETAIN }));
    await account.destroy();
    expect([held(), owners()]).toEqual(['a', []]);
  });

  test('RETAIN keeps the credential when the first deployment is rolled back; the next one with shouldOverwrite: false fails with a solution', async () => {
    const contents = gitHub('Credentials', 'a', { removalPolicy: RemovalPolicy.RETAIN, shouldOverwrite: false });
    expect((await account.deploy(thatFails(contents), FAILING)).status).toBe('ROLLBACK_COMPLETE');
    expect([held(), owners()]).toEqual(['a', []]);

    const again = await account.deploy(contents);
    expect(again.status).toBe('ROLLBACK_COMPLETE');
    expect(reason(again)).toContain("already has a GITHUB credential (PERSONAL_ACCESS_TOKEN; no stack owns it), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn arn:aws:codebuild:us-east-1:111111111111:token/github', or allow it to be overwritten");

    account.region.sourceCredentials.deleteByHand('GITHUB');
    expect((await account.deploy(contents)).status).toBe('CREATE_COMPLETE');
  });

  test('a manually imported credential is overwritten with a warning, and a failed deployment does not restore it', async () => {
    account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });
    const created = await account.deploy(all(bitbucket('Other', 'b'), gitHub('Credentials', 'a')));
    expect(created.status).toBe('CREATE_COMPLETE');
    expect(account.cloudFormation.function(STACK).logs.join()).toContain('overwrote a credential that no stack owns: CodeBuild never reveals a token, so it cannot be restored');

    await account.deploy(bitbucket('Other', 'b'));
    expect(held()).toBeUndefined();
    expect(account.cloudFormation.function(STACK).logs.join()).toContain('the credential that this one had overwritten is not restored');
  });
});

describe('in two stacks', () => {
  test('a credential can be moved, if the new stack is deployed first', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'Old' });
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'New' });
    expect(owners()).toEqual(['Old/Credentials', 'New/Credentials']);

    await account.destroy('Old');
    expect([held(), owners()]).toEqual(['a', ['New/Credentials']]);
  });

  test('a credential can be moved, if the old stack is deployed first', async () => {
    await account.deploy(all(gitHub('Credentials', 'a'), bitbucket('Other', 'o')), { stackName: 'Old' });
    await account.deploy(bitbucket('Other', 'o'), { stackName: 'Old' });
    expect(held()).toBeUndefined();

    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'New' });
    expect([held(), owners()]).toEqual(['a', ['New/Credentials']]);
  });

  test('removing the later stack restores the earlier stack\'s credential, although only that stack may read its secret', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' });
    await account.deploy(gitHub('Credentials', 'b'), { stackName: 'Second' });
    expect(held()).toBe('b');

    await account.destroy('Second');
    expect([held(), owners()]).toEqual(['a', ['First/Credentials']]);
    await account.destroy('First');
    expect(held()).toBeUndefined();
  });

  test('the removed stack\'s credential stays until the earlier stack can read its secret again', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' });
    await account.deploy(gitHub('Credentials', 'b'), { stackName: 'Second' });
    account.region.secrets.scheduleDeletion('a');
    account.aws.requests.length = 0;

    await account.destroy('Second');
    expect([held(), owners()]).toEqual(['b', ['First/Credentials']]);
    // Only one event is sent: the function does not send more to itself.
    expect(account.requests('PutEvents')).toHaveLength(1);
    expect(account.requests('PutParameter').length).toBeLessThan(5);
    expect(account.cloudFormation.function('First').failures.length).toBeGreaterThan(0);

    account.region.secrets.restore('a');
    await account.deploy(gitHub('Renamed', 'a'), { stackName: 'First' });
    expect(held()).toBe('a');
  });

  test('the earlier stack stops trying if CodeBuild refuses its credential', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' });
    await account.deploy(gitHub('Credentials', 'b'), { stackName: 'Second' });
    account.aws.requests.length = 0;
    account.aws.faults.add({ operation: 'ImportSourceCredentials', kind: 'serverError', times: 1000 });

    await account.destroy('Second');
    expect(held()).toBe('b');
    expect(account.requests('PutParameter').length).toBeLessThan(20);
  });

  test('the later stack can be removed after a manual import over its credential, although it cannot read the earlier stack\'s secret', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' });
    await account.deploy(gitHub('Credentials', 'b'), { stackName: 'Second' });
    account.region.sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'OAUTH', token: 'by hand' });

    expect((await account.destroy('Second')).status).toBe('DELETE_COMPLETE');
    expect([held(), owners()]).toEqual(['a', ['First/Credentials']]);
  });

  test('an owner that is not active can change its server type and back, with shouldOverwrite: false', async () => {
    await account.deploy(gitHub('Credentials', 'a', { shouldOverwrite: false }), { stackName: 'First' });
    await account.deploy(gitHub('Credentials', 'b'), { stackName: 'Second' });
    const changed = await account.deploy(thatFails(bitbucket('Credentials', 'a', { shouldOverwrite: false })), { ...FAILING, stackName: 'First' });

    expect(changed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([held(), owners()]).toEqual(['b', ['First/Credentials', 'Second/Credentials']]);
  });

  test('a rolled-back deployment of the later stack restores the earlier stack\'s credential', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' });
    const created = await account.deploy(thatFails(gitHub('Credentials', 'b')), { ...FAILING, stackName: 'Second' });

    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect([held(), owners()]).toEqual(['a', ['First/Credentials']]);
  });

  test('with shouldOverwrite: false, the error names the owner in another stack', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' });
    const created = await account.deploy(gitHub('Credentials', 'b', { shouldOverwrite: false }), { stackName: 'Second' });

    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(reason(created)).toMatch(/CredentialsGITHUB[0-9A-F]{8} of stack First owns it\), and shouldOverwrite is false/);
    expect([held(), owners()]).toEqual(['a', ['First/Credentials']]);
  });

  test('both become owners if they deploy concurrently, and CodeBuild holds the active owner\'s credential', async () => {
    const deployments = await Promise.all([
      account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' }),
      account.deploy(gitHub('Credentials', 'b'), { stackName: 'Second' }),
    ]);

    expect(deployments.map(({ status }) => status)).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE']);
    expect(owners()).toHaveLength(2);
    expect(held()).toBe(owners()[1] === 'First/Credentials' ? 'a' : 'b');
  });

  test('one can be destroyed while the other is updated', async () => {
    await account.deploy(gitHub('Credentials', 'a'), { stackName: 'First' });
    await account.deploy(gitHub('Credentials', 'b'), { stackName: 'Second' });
    await Promise.all([
      account.destroy('First'),
      account.deploy(gitHub('Credentials', 'c'), { stackName: 'Second' }),
    ]);

    expect([held(), owners()]).toEqual(['c', ['Second/Credentials']]);
  });
});
