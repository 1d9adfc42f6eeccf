import { Stack } from 'aws-cdk-lib';

/** What all inline policies of a role may have in characters, white space not counted. It cannot be raised. */
export const LONGEST_INLINE_POLICIES = 10_240;

/** What of it is used. The rest is for what an update creates before it deletes, such as the policy of a renamed credential. */
export const ROOM_FOR_INLINE_POLICIES = 7_000;

/** How many statements with one ARN each are in one policy: of a managed one, 6,144 characters are allowed. */
export const STATEMENTS_OF_A_POLICY = 25;

/** How long such a statement is, at most. */
export const LENGTH_OF_A_STATEMENT = 220;

/** How many managed policies a role may have, unless the account's quota is raised. */
export const MANAGED_POLICIES_OF_A_ROLE = 10;

/** What the pattern of a rule may have in characters. */
export const LONGEST_EVENT_PATTERN = 2_048;

/** What the deployment puts in place of what is known only then, at its longest that is usual. */
const LENGTHS: Readonly<Record<string, number>> = {
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::Region': 'ap-southeast-1'.length,
  'AWS::AccountId': 12,
  'AWS::StackId': 160,
};
const LONGEST_ARN = 150;

/**
 * How many characters a value of a template has once it is deployed.
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
