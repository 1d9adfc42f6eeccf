import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Mixture } from './mixtures';
import type { Sequence } from './steps';

/** A sequence that broke a guarantee, shrunk as far as possible so far. */
export interface KeptStory {
  /** Seed of the batch that found it. */
  readonly seed: number;
  readonly violation: string;
  readonly sequence: Sequence;
  /** What happens in it, one line per step. */
  readonly story: readonly string[];
}

/** The state of a run, from which `--continue` goes on. */
export interface Progress {
  readonly seed: number;
  readonly mixture: Mixture;
  readonly count: number;
  readonly nextBatch: number;
}

const ROOT = join(__dirname, '..', '..');
const FOLDER = join(ROOT, 'cdk.out', 'soak');
const STORIES = join(FOLDER, 'stories.jsonl');
const PROGRESS = join(FOLDER, 'progress.json');

/** Path of the file with the kept stories, relative to the repository. */
export const STORIES_FILE = relative(ROOT, STORIES);

/** Keeps a story. Replaces a longer one of the same batch. */
export function keepStory(story: KeptStory): void {
  mkdirSync(FOLDER, { recursive: true });
  const stories = keptStories();
  if (stories.at(-1)?.seed === story.seed) stories.pop();
  writeFileSync(STORIES, [...stories, story].map((kept) => `${JSON.stringify(kept)}\n`).join(''));
}

export function keptStories(): KeptStory[] {
  if (!existsSync(STORIES)) return [];
  return readFileSync(STORIES, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

export function keepProgress(progress: Progress): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(PROGRESS, JSON.stringify(progress));
}

/** Returns the progress of the last run. Throws if there is none. */
export function keptProgress(): Progress {
  if (!existsSync(PROGRESS)) throw new Error(`There is no run to continue: ${relative(ROOT, PROGRESS)} is missing. Start one without --continue`);
  return JSON.parse(readFileSync(PROGRESS, 'utf8'));
}
