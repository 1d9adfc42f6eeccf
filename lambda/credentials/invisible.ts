/*
 * Invisible characters: blanks, line breaks, byte order marks, zero-width spaces, control characters.
 * These functions take linear time: a secret may have 64 KiB.
 */
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/u;

/** Removes invisible characters at the start and end of a text. */
export function trimInvisible(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && INVISIBLE.test(text[start])) start++;
  while (end > start && INVISIBLE.test(text[end - 1])) end--;
  return text.slice(start, end);
}

export function hasInvisible(text: string): boolean {
  return INVISIBLE.test(text);
}
