import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Mixture } from './mixtures';
import type { Sequence } from './steps';

/** A sequence that went wrong, as short as it has been made so far. */
export interface KeptStory {
  /** Of the batch that it was found in. */
  readonly seed: number;
  readonly violation: string;
  readonly sequence: Sequence;
  /** What happens in it, a line a step. */
  readonly story: readonly string[];
}

/** How far a run has come. */
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

/** The file that the stories are kept in, as a person finds it. */
export const STORIES_FILE = relative(ROOT, STORIES);

/** In place of a longer one of the same batch. */
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

/** Throws where there is nothing to continue. */
export function keptProgress(): Progress {
  if (!existsSync(PROGRESS)) throw new Error(`there is no run to continue: ${relative(ROOT, PROGRESS)} is missing`);
  return JSON.parse(readFileSync(PROGRESS, 'utf8'));
}
