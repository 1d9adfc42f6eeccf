import type { Decision, Statement } from '../../simulator';

/** Collects decisions. Of decisions that differ only in ids, it keeps the first. */
export class Recorder {
  /** Number of decisions, including duplicates. */
  count = 0;
  private readonly byKey = new Map<string, Decision>();

  readonly record = (decision: Decision): void => {
    this.count += 1;
    const { isAllowed, request, statements } = decision;
    const key = withoutIds([isAllowed, request, statements.filter((statement) => hasAction(statement, request.action))]);
    if (!this.byKey.has(key)) this.byKey.set(key, decision);
  };

  get decisions(): Decision[] {
    return [...this.byKey.values()];
  }
}

export function hasAction({ Action }: Statement, action: string): boolean {
  return [Action].flat().includes(action);
}

/** Serializes a value without its ids, names and numbers, so that values which differ only in these compare equal. */
export function withoutIds(value: unknown): string {
  return JSON.stringify(value)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/(stack\/|log-group:)[\w-]+/g, '$1NAME')
    .replace(/"(codebuild:(?:token|username))":"(?:[^"\\]|\\.)*"/g, '"$1":"VALUE"')
    .replace(/-[0-9A-Za-z]{6}(?=")/g, '-SUFFIX')
    .replace(/\d+/g, 'N');
}
