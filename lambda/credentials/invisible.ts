/*
 * Characters that nobody sees: blanks, line breaks, byte order marks, zero-width spaces, control characters.
 * All of it takes linear time: a secret holds up to 64 KiB.
 */
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/u;

/** The text without the invisible characters around it. */
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
