import { Annotations, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { connectionsPage } from './contract';

/** Where a person completes the handshake of a connection in this region, which may be known at deployment only. */
export function handshakePlace(region: string): string {
  if (Token.isUnresolved(region)) return "in the console of the stack's region: Developer Tools, Settings, Connections";
  return `at ${connectionsPage(region, RegionInfo.get(region).partition ?? 'aws')}`;
}

/** Says something at synthesis. A person can acknowledge it by its id. */
export function addInfo(scope: Construct, id: string, message: string): void {
  const annotations = Annotations.of(scope);
  // The place of the call would go into the assembly: a path of this machine.
  Object.assign(annotations, { stackTraces: false });
  annotations.addInfoV2(`cdk-codebuild-source-credentials:${id}`, message);
}
