import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import * as failure from './failure';
import type { Protocol } from './world';
import { editSource, SourceEdit } from '../source-edits';

const FILES = ['calls', 'records', 'protocol'] as const;
type File = typeof FILES[number];

/** A change that removes one part of the protocol from the model. Parts have the same names as in test/sequences/mutations.ts. */
export interface Mutation {
  readonly part: string;
  readonly edits: ReadonlyArray<SourceEdit & { readonly file: File }>;
}

export const MUTATIONS: Mutation[] = [
  { part: 'nothing', edits: [] },
  { part: 'the stack of the active owner is told', edits: [{ file: 'calls', symbol: 'requestRestore', body: '' }] },
  { part: 'a daily check repairs', edits: [{ file: 'protocol', symbol: 'runDailyCheck', drop: 'reconcile(' }] },
  { part: 'what is gone is recorded', edits: [{ file: 'records', symbol: 'isRemoved', body: 'return false;' }] },
  { part: 'a Create that fails records that it has gone', edits: [{ file: 'protocol', symbol: 'removeRecord', drop: 'putRemoval(' }] },
  { part: 'a Delete waits for a stale list', edits: [{ file: 'protocol', symbol: 'removeOwner', drop: 'pause(' }] },
  { part: 'a Delete goes on while a Create of its resource runs', edits: [{ file: 'protocol', symbol: 'removeOwner', drop: 'continue' }] },
  { part: 'the last look of a Delete', edits: [{ file: 'protocol', symbol: 'removeOwner', drop: 'records: now }' }] },
  { part: 'a look after each import', edits: [{ file: 'protocol', symbol: 'reconcile', after: 'proof.push(', insert: 'return owner.ownerId;' }] },
  { part: 'the value is read again after an import', edits: [{ file: 'protocol', symbol: 'isSameImport', body: 'return true;' }] },
  { part: 'an import is recorded before it is done', edits: [{ file: 'protocol', symbol: 'activate', drop: 'putOwner(' }] },
  { part: 'a request looks once more before its import', edits: [{ file: 'protocol', symbol: 'requireUndisturbed', body: '' }] },
  { part: 'a superseded request restores what it may have overwritten', edits: [{ file: 'protocol', symbol: 'requireUndisturbed', drop: 'reconcile(' }] },
  { part: 'a Create that has imported looks for its removal', edits: [{ file: 'protocol', symbol: 'activate', drop: 'now.isRemoved' }] },
  { part: 'what CodeBuild showed before', edits: [{ file: 'protocol', symbol: 'shownBefore', body: 'return undefined;' }] },
  { part: 'a removal holds the proof of its owner', edits: [{ file: 'records', symbol: 'openProof', body: 'return [];' }] },
  { part: 'old proof is void once nothing is there', edits: [{ file: 'calls', symbol: 'putCleared', body: '' }] },
  { part: 'a process remembers its own imports', edits: [{ file: 'records', symbol: 'isProven', prepend: 'known = [];' }] },
  { part: 'only what is proved is deleted', edits: [{ file: 'records', symbol: 'isProven', body: 'return true;' }] },
  { part: 'a rollback writes a record', edits: [{ file: 'protocol', symbol: 'keep', body: 'return yield* this.settle({});' }] },
  { part: 'the newer request wins', edits: [{ file: 'protocol', symbol: 'view', named: 'isSuperseded', value: 'false' }] },
  { part: 'a rollback keeps the place of its owner', edits: [{ file: 'protocol', symbol: 'activate', named: 'deployedAt', value: 'sentAt' }] },
  { part: 'a record of a request that died comes last', edits: [{ file: 'records', symbol: 'isAbandoned', body: 'return false;' }] },
  {
    part: 'the later request of one second',
    edits: [{ file: 'protocol', symbol: 'seq', body: 'return 0;' }, { file: 'protocol', symbol: 'keep', named: 'seq', value: '0' }],
  },
];

/** Returns the source of one of the model's files. */
export function sourceOf(file: File): string {
  return readFileSync(join(__dirname, `${file}.ts`), 'utf8');
}

/** Loads the model's protocol without a part. */
export function protocolWithout({ edits }: Pick<Mutation, 'edits'>): Protocol {
  // The caller must share the protocol's failure classes.
  const modules = new Map<string, unknown>([['./failure', failure]]);
  for (const file of FILES) {
    const source = edits.filter((edit) => edit.file === file).reduce((text, edit) => editSource(text, edit), sourceOf(file));
    const module = { exports: {} };
    const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
    new Function('require', 'module', 'exports', outputText)((name: string) => modules.get(name), module, module.exports);
    modules.set(`./${file}`, module.exports);
  }
  return modules.get('./protocol') as Protocol;
}
