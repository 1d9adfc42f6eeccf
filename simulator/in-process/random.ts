/** Returns a generator of numbers from 0 to 1, the same for the same seed (Lehmer's generator with Park and Miller's factor). */
export function randomFrom(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (state - 1) / 2147483646;
  };
}
