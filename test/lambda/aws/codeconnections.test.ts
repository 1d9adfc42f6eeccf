import { handshakeUrl } from '../../../lambda/aws/codeconnections';

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
