import { bundleWith } from './changed-handler';

let bundle: string | undefined;

/**
 * Bundles a simulated next release, once. It writes records of a newer format with one more field, and also reads those
 * of this release. It keeps what every format must keep.
 */
export function nextRelease(): string {
  bundle ??= bundleWith([{
    file: 'ownership/records.ts',
    change: (source) => replaced(source, [
      ['const FORMAT = 1;', 'const FORMAT: number = 2;'],
      ['raw.format === FORMAT', '(raw.format === 1 || raw.format === FORMAT)'],
      ['{ format: FORMAT, ...fields }', "{ format: FORMAT, more: 'of the next release', ...fields }"],
    ]),
  }]);
  return bundle;
}

function replaced(source: string, changes: ReadonlyArray<readonly [string, string]>): string {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`'${from}' must occur exactly once in records.ts`);
    return text.replace(from, () => to);
  }, source);
}
