import { Stack } from 'aws-cdk-lib';

/** AWS: how many characters all inline policies of a role may have together, without white space. It cannot be raised. */
export const LONGEST_INLINE_POLICIES = 10_240;

/** How much of it is used. An update needs the rest: it creates new policies before it deletes old ones. */
export const INLINE_POLICIES_BUDGET = 7_000;

/** How many statements with one ARN each are in one policy. AWS: a managed policy may have 6,144 characters. */
export const STATEMENTS_PER_POLICY = 25;

/** The longest such statement, in characters. */
export const LONGEST_STATEMENT = 220;

/** AWS: how many managed policies a role may have, unless the account's quota is raised. */
export const MANAGED_POLICIES_PER_ROLE = 10;

/** AWS: how many characters the pattern of a rule may have. */
export const LONGEST_EVENT_PATTERN = 2_048;

/**
 * How many tags a resource may have.
 *
 * @see https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
 */
export const MAX_TAGS = 50;

/** Typical lengths, on the long side, of values that are only known at deployment. */
const LENGTHS: Readonly<Record<string, number>> = {
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::Region': 'ap-southeast-1'.length,
  'AWS::AccountId': 12,
  'AWS::StackId': 160,
};
const LONGEST_ARN = 150;

/**
 * Estimates how many characters a value of a template has once it is deployed.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export function deployedLength(stack: Stack, value: unknown): number {
  return JSON.stringify(withoutIntrinsics(stack.resolve(value))).length;
}

function withoutIntrinsics(value: any): unknown {
  if (Array.isArray(value)) return value.map(withoutIntrinsics);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries<any>(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name === 'Fn::Join' && Array.isArray(argument[1])) return argument[1].map(withoutIntrinsics).join(argument[0]);
  if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) return 'x'.repeat(LENGTHS[argument] ?? LONGEST_ARN);
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutIntrinsics(member)]));
}
