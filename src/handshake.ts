import { Annotations, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { connectionsPage } from './contract';

/** Where a person completes the handshake of a connection in this region. The region may be unresolved. */
export function handshakePlace(region: string): string {
  if (Token.isUnresolved(region)) return "in the console of the stack's region: Developer Tools, Settings, Connections";
  return `at ${connectionsPage(region, RegionInfo.get(region).partition ?? 'aws')}`;
}

/** Adds an info annotation, which a user can acknowledge by its id. */
export function addInfo(scope: Construct, id: string, message: string): void {
  const annotations = Annotations.of(scope);
  // A stack trace would write paths of the machine into the cloud assembly.
  Object.assign(annotations, { stackTraces: false });
  annotations.addInfoV2(`cdk-codebuild-source-credentials:${id}`, message);
}
