import { deleteConnection, handshakeUrl, tagsOf } from '../../../lambda/aws/codeconnections';
import { Deadline } from '../../../lambda/deadline';
import { Aws } from '../../../simulator';
import { useAccount } from '../account';
import { ACCOUNT, REGION } from '../invocation';

const arn = (partition: string, region: string) =>
  `arn:${partition}:codeconnections:${region}:111111111111:connection/00000000-0000-4000-8000-000000000001`;

test.each([
  ['aws', 'eu-west-1', 'https://eu-west-1.console.aws.amazon.com'],
  ['aws-us-gov', 'us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com'],
  ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn'],
  ['aws-eusc', 'eusc-de-east-1', 'https://eusc-de-east-1.console.amazonaws-eusc.eu'],
])('in %s the handshake is completed in the console of the partition', (partition, region, console) => {
  expect(handshakeUrl(arn(partition, region))).toBe(`${console}/codesuite/settings/connections?region=${region}`);
});

test.each([
  ['aws-iso', 'us-iso-east-1'],
  ['aws-iso-b', 'us-isob-east-1'],
  ['aws-iso-e', 'eu-isoe-west-1'],
  ['aws-iso-f', 'us-isof-south-1'],
  // A partition that is newer than this release.
  ['aws-new', 'new-north-1'],
])('in %s, whose console has no known address, the page is described instead', (partition, region) => {
  expect(handshakeUrl(arn(partition, region))).toBe(`the console in ${region}: Developer Tools, Settings, Connections`);
});

describe('a connection that somebody else has deleted', () => {
  const MISSING = arn('aws', 'us-east-1');
  let aws: Aws;
  let deadline: Deadline;

  useAccount((started) => { aws = started; });
  beforeEach(() => { deadline = new Deadline(60_000, 0); });
  afterEach(() => deadline.end());

  test('has no tags', async () => {
    await expect(tagsOf(MISSING, deadline)).resolves.toBeUndefined();
  });

  test.each([
    ['is missing', () => undefined],
    ['is denied, since the permission depends on its tags', () => aws.faults.add({ operation: 'DeleteConnection', kind: 'accessDenied' })],
  ])('is deleted without an error if the call %s', async (_, prepare) => {
    prepare();
    await expect(deleteConnection(MISSING, deadline)).resolves.toBeUndefined();
  });

  test('is not assumed if the connection still exists: a denied deletion fails', async () => {
    const existing = aws.region(ACCOUNT, REGION).connections.create({ name: 'existing', providerType: 'GitHub' });
    aws.faults.add({ operation: 'DeleteConnection', kind: 'accessDenied' });
    await expect(deleteConnection(existing, deadline)).rejects.toThrow(`connection ${existing} could not be deleted: AccessDenied`);
    expect(aws.region(ACCOUNT, REGION).connections.list()).toHaveLength(1);
  });
});
