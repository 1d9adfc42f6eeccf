import { ACCOUNT, invoke, REGION } from './invocation';
import { Aws } from '../../simulator';

/** A part of every secret in these tests, which makes leaks detectable. */
export const CANARY = 'cAnArY-7f3e';

/** Returns the calls that changed CodeBuild or tried to. */
export function changes(aws: Aws): unknown[] {
  return aws.requests.map(({ operation }) => operation).filter((operation) => /^(Import|Delete)SourceCredentials$/.test(operation ?? ''));
}

/** Expects that a Create with these properties fails for this reason, changes nothing in CodeBuild, and leaks no secret. */
export async function expectRefusal(aws: Aws, properties: object, reason: string): Promise<void> {
  const { sourceCredentials } = aws.region(ACCOUNT, REGION);
  sourceCredentials.importByHand({ serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', token: 'by hand' });
  const held = [...sourceCredentials.list()];
  aws.requests.length = 0;

  const { answer, answers, logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: properties });

  expect(answer).toMatchObject({ Status: 'FAILED', Reason: `${reason} (log stream a-log-stream)` });
  expect(answers).toHaveLength(1);
  expect(changes(aws)).toEqual([]);
  expect(sourceCredentials.list()).toEqual(held);
  expect(JSON.stringify([answer, logs])).not.toContain(CANARY);
}
