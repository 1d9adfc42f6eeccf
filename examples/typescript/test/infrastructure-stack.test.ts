import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { context } from '../cdk.json';
import { InfrastructureStack } from '../infrastructure-stack';

// The key of the function's code changes with every release of the library.
expect.addSnapshotSerializer({
  test: (value) => typeof value === 'string' && /^[0-9a-f]{64}\.zip$/.test(value),
  print: () => '"<asset hash>.zip"',
});

test('the stack is as it was when it was last reviewed', () => {
  const stack = new InfrastructureStack(new App({ context }), 'Infrastructure');

  expect(Template.fromStack(stack).toJSON()).toMatchSnapshot();
});
