import { Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';

/**
 * Rejects an ARN of another partition than the stack's: its function could not reach it, and IAM would not take its policy.
 * The ARN, the stack's region, or the region's partition may be unknown at synthesis.
 */
export function requireSamePartition(scope: Construct, what: string, arn: string): void {
  const { region, stackName } = Stack.of(scope);
  const wanted = Token.isUnresolved(region) ? undefined : RegionInfo.get(region).partition;
  const actual = /^arn:([\w-]+):/.exec(arn)?.[1];
  if (wanted !== undefined && actual !== undefined && actual !== wanted) {
    throw new Error(`${what} is in the partition ${actual}, but stack '${stackName}' is deployed to ${region}, in the partition ${wanted}. Pass one of that partition`);
  }
}
