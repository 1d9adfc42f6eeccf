import { CfnCondition, CfnOutput, CfnParameter, CfnResource, CustomResource, Duration, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CloudFormation, Deployment } from '.';
import { Aws } from '../aws';
import { custom, handler, synth } from './fixtures/app';
import { useCloudFormation } from './fixtures/engine';

let aws: Aws;
let cloudFormation: CloudFormation;

useCloudFormation((engine, simulated) => { [cloudFormation, aws] = [engine, simulated]; });

/** Returns the sent requests, each as a string with its distinguishing properties. */
function requests({ events }: Deployment): string[] {
  return events.filter(({ request }) => request)
    .map(({ request }) => [request!.RequestType, request!.LogicalResourceId, request!.PhysicalResourceId, request!.ResourceProperties.Value].filter(Boolean).join(' '));
}

async function deploy(build: (stack: Stack) => void, failing?: string[]): Promise<Deployment> {
  return cloudFormation.deploy(synth(build), 'Test', { failing });
}

/** Adds a topic that is created after other resources. */
function last(stack: Stack, ...after: CustomResource[]): CfnResource {
  const topic = new CfnResource(stack, 'Last', { type: 'AWS::SNS::Topic' });
  topic.node.addDependency(...after);
  return topic;
}

describe('Create', () => {
  test('sends the request of a custom resource, with every property as a string', async () => {
    const created = await deploy((stack) => custom(stack, 'One', { flag: true, list: [1, { deep: false }], text: 'x' }));

    expect(created.status).toBe('CREATE_COMPLETE');
    const { answer, logicalId, milliseconds, physicalId, request, status } = created.events.find((event) => event.request)!;
    const { stackId } = cloudFormation.stack('Test');
    expect(request).toEqual({
      RequestType: 'Create',
      ServiceToken: expect.stringMatching(/^arn:aws:lambda:us-east-1:111111111111:function:/),
      ResponseURL: expect.stringContaining(aws.endpoint),
      StackId: stackId,
      RequestId: expect.any(String),
      LogicalResourceId: 'One',
      ResourceType: 'Custom::Fixture',
      ResourceProperties: { ServiceToken: request!.ServiceToken, flag: 'true', list: ['1', { deep: 'false' }], text: 'x' },
    });
    expect({ logicalId, physicalId, status }).toEqual({ logicalId: 'One', physicalId: 'id-of-One', status: 'CREATE_COMPLETE' });
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(milliseconds).toBeGreaterThan(0);
  });

  test('follows the order of dependencies and returns Data to Fn::GetAtt, even for dotted names', async () => {
    const created = await deploy((stack) => {
      const first = custom(stack, 'Second', { Answers: { Create: { Data: { 'a.b': 'from the answer', 'count': 3 } } } });
      const second = custom(stack, 'First', { Value: first.getAttString('a.b') });
      const third = custom(stack, 'Before', { Value: 3 });
      third.node.addDependency(second);
      new CfnOutput(stack, 'Output', { value: `${first.getAttString('count')} ${first.ref}` });
    });

    expect(requests(created)).toEqual(['Create Second', 'Create First from the answer', 'Create Before 3']);
    expect(cloudFormation.stack('Test').outputs).toEqual({ Output: '3 id-of-Second' });
  });

  test('refuses a circular dependency', async () => {
    await expect(deploy((stack) => {
      const one = custom(stack, 'One', { Value: Token.asString({ Ref: 'Two' }) });
      custom(stack, 'Two').node.addDependency(one);
    })).rejects.toThrow('Circular dependency between resources: [One, Two]');
  });

  test('creates a custom resource before a resource that it does not depend on', async () => {
    const created = await deploy((stack) => {
      new sns.CfnTopic(stack, 'Topic');
      custom(stack, 'One');
    });
    const order = created.events.map(({ logicalId }) => logicalId);
    expect(order.indexOf('One')).toBeLessThan(order.indexOf('Topic'));
  });

  test('rolls back: deletes in reverse order, including the failed resource, with the id of its answer', async () => {
    const created = await deploy((stack) => {
      const one = custom(stack, 'One');
      custom(stack, 'Two', { Answers: { Create: { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'half-made' } } }).node.addDependency(one);
    });

    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(requests(created)).toEqual(['Create One', 'Create Two', 'Delete Two half-made', 'Delete One id-of-One']);
    expect(created.events.find(({ status }) => status === 'CREATE_FAILED')).toMatchObject({ logicalId: 'Two', reason: 'no' });
    expect(cloudFormation.stack('Test').resources).toEqual({});
  });

  test('generates a physical id for the Delete when no answer had one', async () => {
    const created = await deploy((stack) => custom(stack, 'One', { Does: { Create: 'keep-silent' } }, Duration.seconds(80)));

    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(created.events.find(({ status }) => status === 'CREATE_FAILED')!.reason).toContain('did not receive a response');
    expect(requests(created)[1]).toMatch(/^Delete One Test-One-[A-Z0-9]{12}$/);
  });

  test.each([
    ['fails again', 'fail', 'DELETE_FAILED', ['Delete Kept id-of-Kept']],
    ['then succeeds', 'fail-once', 'DELETE_COMPLETE', ['Delete Kept id-of-Kept']],
  ])('a stack in ROLLBACK_FAILED can be deleted, which retries failed deletions: it %s', async (_, action, status, sent) => {
    const created = await deploy((stack) => {
      const kept = custom(stack, 'Kept', { Does: { Delete: action } });
      const other = custom(stack, 'Other');
      other.node.addDependency(kept);
      last(stack, other);
    }, ['Last']);
    expect([created.status, ...requests(created).slice(2)]).toEqual(['ROLLBACK_FAILED', 'Delete Other id-of-Other', 'Delete Kept id-of-Kept']);

    const again = await cloudFormation.destroy('Test');
    expect([again.status, requests(again)]).toEqual([status, sent]);
  });

  test('a failed Delete in the rollback leads to ROLLBACK_FAILED and keeps the resource', async () => {
    const created = await deploy((stack) => custom(stack, 'One', {
      Answers: { Create: { Status: 'FAILED' }, Delete: { Status: 'FAILED' } },
    }));
    expect(created.status).toBe('ROLLBACK_FAILED');
    expect(Object.keys(cloudFormation.stack('Test').resources)).toContain('One');
  });

  test('a deployment after a rollback creates the stack again', async () => {
    const build = (stack: Stack) => { last(stack, custom(stack, 'One')); };
    const failed = await deploy(build, ['Last']);
    expect([failed.status, ...requests(failed)]).toEqual(['ROLLBACK_COMPLETE', 'Create One', 'Delete One id-of-One']);
    const { stackId } = cloudFormation.stack('Test');

    expect((await deploy(build)).status).toBe('CREATE_COMPLETE');
    expect(cloudFormation.stack('Test').stackId).not.toBe(stackId);
  });

  test('a resource with DeletionPolicy Retain gets no Delete when its creation is rolled back', async () => {
    const created = await deploy((stack) => {
      const one = custom(stack, 'One');
      one.applyRemovalPolicy(RemovalPolicy.RETAIN);
      last(stack, one);
    }, ['Last']);
    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(requests(created)).toEqual(['Create One']);
    expect(created.events).toContainEqual(expect.objectContaining({ logicalId: 'One', status: 'DELETE_SKIPPED' }));
  });
});

describe('answers', () => {
  const failure = async (properties: Record<string, unknown>) => {
    const created = await deploy((stack) => custom(stack, 'One', properties, Duration.seconds(80)));
    return created.events.find(({ status }) => status === 'CREATE_FAILED')?.reason;
  };

  test('over 4,096 bytes fail immediately', async () => {
    expect(await failure({ Does: { Create: 'answer-too-much' } })).toBe('Response object is too long.');
  });

  test('with other ids are ignored', async () => {
    expect(await failure({ Does: { Create: 'answer-wrongly-first' } })).toBeUndefined();
    expect(await deploy((stack) => custom(stack, 'One', { Answers: { Update: { StackId: 'another' } } }, Duration.seconds(80))))
      .toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  });

  test.each([[''], ['x'.repeat(1025)]])('without a usable physical id fail (%#)', async (PhysicalResourceId) => {
    expect(await failure({ Answers: { Create: { PhysicalResourceId } } })).toBe('Invalid PhysicalResourceId');
  });

  test('without a referenced attribute fail the resource that refers to it', async () => {
    const created = await deploy((stack) => {
      custom(stack, 'Two', { Value: custom(stack, 'One').getAttString('absent') });
    });
    expect(created.status).toBe('ROLLBACK_COMPLETE');
    expect(created.events).toContainEqual(expect.objectContaining({ logicalId: 'Two', status: 'CREATE_FAILED', reason: expect.stringContaining('absent') }));
    expect(requests(created)).toEqual(['Create One', 'Delete One id-of-One']);
  });
});

describe('Update', () => {
  const one = (Value: string, more = {}) => (stack: Stack) => { custom(stack, 'One', { Value, ...more }); };

  test('an unchanged template sends nothing', async () => {
    await deploy(one('1'));
    expect(await deploy(one('1'))).toEqual({ stackName: 'Test', status: 'UPDATE_COMPLETE', events: [] });
  });

  test('sends the old properties, only to resources whose properties changed', async () => {
    const both = (value: string) => (stack: Stack) => {
      one(value)(stack);
      custom(stack, 'Other', { Value: 'same' });
    };
    await deploy(both('1'));
    const updated = await deploy(both('2'));

    expect(updated.status).toBe('UPDATE_COMPLETE');
    expect(updated.events).toHaveLength(1);
    expect(updated.events[0].request).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'id-of-One',
      ResourceProperties: { Value: '2' },
      OldResourceProperties: { Value: '1', ServiceToken: updated.events[0].request!.ServiceToken },
    });
  });

  test('another physical id is a replacement: the old instance is deleted last, with the old properties', async () => {
    const build = (value: string, id?: string) => (stack: Stack) => {
      const resource = custom(stack, 'One', { Value: value, Answers: id ? { Update: { PhysicalResourceId: id } } : {} });
      custom(stack, 'Two', { Value: resource.ref });
    };
    await deploy(build('1'));
    const updated = await deploy(build('2', 'new'));

    expect(updated.status).toBe('UPDATE_COMPLETE');
    expect(requests(updated)).toEqual(['Update One id-of-One 2', 'Update Two id-of-Two new', 'Delete One id-of-One 1']);
    expect(cloudFormation.stack('Test').resources.One.physicalId).toBe('new');
  });

  test('UpdateReplacePolicy Retain keeps the replaced instance', async () => {
    const build = (value: string) => (stack: Stack) => {
      const resource = custom(stack, 'One', { Value: value, Answers: { Update: { PhysicalResourceId: 'new' } } });
      (resource.node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN, { applyToUpdateReplacePolicy: true });
    };
    await deploy(build('1'));
    expect(requests(await deploy(build('2')))).toEqual(['Update One id-of-One 2']);
  });

  test('deletes removed resources after the updates, and drops one after three failed attempts', async () => {
    await deploy((stack) => {
      one('1')(stack);
      custom(stack, 'Gone', { Answers: { Delete: { Status: 'FAILED' } } });
    });
    const updated = await deploy(one('2'));

    expect(updated.status).toBe('UPDATE_COMPLETE');
    expect(requests(updated)).toEqual(['Update One id-of-One 2', ...Array(3).fill('Delete Gone id-of-Gone')]);
    expect(Object.keys(cloudFormation.stack('Test').resources)).not.toContain('Gone');
  });

  test('rolls back a failure with Updates to the old properties, for succeeded resources and the failed one', async () => {
    const build = (value: string, fails: boolean) => (stack: Stack) => {
      one(value)(stack);
      custom(stack, 'Untouched', { Value: 'same' });
      custom(stack, 'Two', { Value: value, Answers: fails ? { Update: { Status: 'FAILED' } } : {} }).node.addDependency(stack.node.findChild('One'));
    };
    await deploy(build('1', false));
    const failed = await deploy(build('2', true));

    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(requests(failed)).toEqual(['Update One id-of-One 2', 'Update Two id-of-Two 2', 'Update One id-of-One 1', 'Update Two id-of-Two 1']);
    expect(failed.events[3].request!.OldResourceProperties.Value).toBe('2');
    expect((await deploy(build('1', false))).events).toEqual([]);
  });

  test('a rollback deletes created resources in its clean-up', async () => {
    await deploy(one('1'));
    const failed = await deploy((stack) => {
      one('2')(stack);
      last(stack, custom(stack, 'New'));
    }, ['Last']);

    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(requests(failed).slice(-2)).toEqual(['Update One id-of-One 1', 'Delete New id-of-New']);
    expect(Object.keys(cloudFormation.stack('Test').resources)).not.toContain('New');
  });

  test('a rolled back rename sends nothing to the old resource', async () => {
    await deploy((stack) => custom(stack, 'Old'));
    const failed = await deploy((stack) => last(stack, custom(stack, 'New')), ['Last']);
    expect(requests(failed)).toEqual(['Create New', 'Delete New id-of-New']);
    expect(Object.keys(cloudFormation.stack('Test').resources)).toContain('Old');
  });

  test('a rolled back replacement deletes the new instance after it has restored the old one', async () => {
    await deploy(one('1', { Answers: { Update: { PhysicalResourceId: 'id-of-One' } } }));
    const failed = await deploy((stack) => {
      one('2', { Answers: { Update: { PhysicalResourceId: 'new' } } })(stack);
      last(stack);
    }, ['Last']);

    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(requests(failed)).toEqual(['Update One id-of-One 2', 'Update One new 1', 'Delete One new 2']);
    expect(cloudFormation.stack('Test').resources.One.physicalId).toBe('id-of-One');
  });

  test('a failed rollback leads to UPDATE_ROLLBACK_FAILED, and can be continued', async () => {
    await deploy(one('1', { Does: { Update: 'fail-once' } }));
    const failed = await deploy(one('2', { Answers: { Update: { Status: 'FAILED' } } }));
    expect(failed.status).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(deploy(one('3'))).rejects.toThrow('UPDATE_ROLLBACK_FAILED');

    const continued = await cloudFormation.continueUpdateRollback('Test');
    expect([continued.status, ...requests(continued)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'Update One id-of-One 1']);
  });

  test('refuses to change the ServiceToken, and sends no request, not even in the rollback', async () => {
    await deploy(one('1'));
    const failed = await deploy((stack) => {
      (handler(stack).node.defaultChild as CfnResource).overrideLogicalId('Renamed');
      one('2')(stack);
    });
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(requests(failed)).toEqual([]);
    expect(failed.events).toContainEqual(expect.objectContaining({ logicalId: 'One', reason: 'Modifying service token is not allowed.' }));
  });

  test('refuses to change the type of a resource', async () => {
    await deploy((stack) => last(stack));
    await expect(deploy((stack) => custom(stack, 'Last'))).rejects.toThrow('modifies resource type');
  });
});

describe('Delete', () => {
  test('deletes in reverse order, after which the stack does not exist', async () => {
    await deploy((stack) => { custom(stack, 'Two').node.addDependency(custom(stack, 'One')); });
    const deleted = await cloudFormation.destroy('Test');
    expect([deleted.status, ...requests(deleted)]).toEqual(['DELETE_COMPLETE', 'Delete Two id-of-Two', 'Delete One id-of-One']);
    expect(() => cloudFormation.stack('Test')).toThrow('does not exist');
  });

  test('a failure keeps the resource and its dependencies', async () => {
    await deploy((stack) => {
      custom(stack, 'Two', { Answers: { Delete: { Status: 'FAILED', Reason: 'no' } } }).node.addDependency(custom(stack, 'One'));
      custom(stack, 'Free');
    });
    const deleted = await cloudFormation.destroy('Test');
    expect(deleted.status).toBe('DELETE_FAILED');
    expect(requests(deleted).sort()).toEqual(['Delete Free id-of-Free', 'Delete Two id-of-Two']);
    const left = Object.keys(cloudFormation.stack('Test').resources);
    expect(left).toEqual(expect.arrayContaining(['One', 'Two']));
    expect(left).not.toContain('Free');
  });

  test('DeletionPolicy Retain sends no Delete when the stack is deleted or the resource is removed', async () => {
    const build = (stack: Stack) => custom(stack, 'One').applyRemovalPolicy(RemovalPolicy.RETAIN);
    await deploy(build);
    expect(requests(await cloudFormation.destroy('Test'))).toEqual([]);
    await deploy(build);
    expect(requests(await deploy((stack) => handler(stack)))).toEqual([]);
  });
});

describe('secrets of the template', () => {
  const secrets = () => aws.region('111111111111', 'us-east-1').secrets;

  test('are created, updated and deleted with the stack', async () => {
    const build = (SecretString: string) => (stack: Stack) => {
      new secretsmanager.CfnSecret(stack, 'Given', { name: 'given', secretString: SecretString });
      new secretsmanager.CfnSecret(stack, 'Generated', {
        generateSecretString: { secretStringTemplate: '{"user":"me"}', generateStringKey: 'password', passwordLength: 20 },
      });
    };
    const value = (arn: string) => secrets().find((secret) => secret.arn === arn)?.versions.at(-1)?.value;
    await deploy(build('first'));
    const { Generated, Given } = cloudFormation.stack('Test').resources;
    expect(value(Given.physicalId)).toBe('first');
    expect(JSON.parse(value(Generated.physicalId) as string)).toEqual({ user: 'me', password: expect.stringMatching(/^.{20}$/) });

    await deploy(build('second'));
    expect(cloudFormation.stack('Test').resources.Given.physicalId).toBe(Given.physicalId);
    expect(value(Given.physicalId)).toBe('second');

    await cloudFormation.destroy('Test');
    expect(secrets().find(({ arn }) => [Given.physicalId, Generated.physicalId].includes(arn))).toBeUndefined();
  });
});

test('a stack imports the exports of another stack', async () => {
  const exporting = (value: string) => synth((stack) => {
    new CfnOutput(stack, 'Output', { value: custom(stack, 'One', { Value: value }).ref, exportName: 'shared' });
  }, 'Exporter');
  const build = (stack: Stack) => custom(stack, 'Two', { Value: Fn.importValue('shared') });

  await expect(deploy(build)).rejects.toThrow('No export named shared found.');
  cloudFormation.close();
  cloudFormation = new CloudFormation(aws);
  await cloudFormation.deploy(exporting('1'), 'Exporter');
  expect(requests(await deploy(build))).toEqual(['Create Two id-of-One']);
});

test('omits resources and outputs whose condition is false', async () => {
  const created = await deploy((stack) => {
    const condition = new CfnCondition(stack, 'Abroad', { expression: Fn.conditionNot(Fn.conditionEquals(stack.region, 'us-east-1')) });
    (custom(stack, 'One').node.defaultChild as CfnResource).cfnOptions.condition = condition;
    custom(stack, 'Two').node.addDependency(stack.node.findChild('One'));
    new CfnOutput(stack, 'Output', { value: 'x', condition });
  });
  expect(requests(created)).toEqual(['Create Two']);
  expect(cloudFormation.stack('Test').outputs).toEqual({});
});

test('a deployment with other parameters is an update', async () => {
  const assembly = synth((stack) => {
    const parameter = new CfnParameter(stack, 'Parameter', { default: 'default' });
    custom(stack, 'One', { Value: parameter.valueAsString });
  });
  expect(requests(await cloudFormation.deploy(assembly, 'Test'))).toEqual(['Create One default']);
  expect(requests(await cloudFormation.deploy(assembly, 'Test', { parameters: { Parameter: 'given' } }))).toEqual(['Update One id-of-One given']);
});

test('reports every event immediately', async () => {
  const seen: string[] = [];
  cloudFormation = new CloudFormation(aws, { onEvent: ({ logicalId, status }) => seen.push(`${logicalId} ${status}`) });
  await deploy((stack) => custom(stack, 'One'));
  expect(seen).toContain('One CREATE_COMPLETE');
});
