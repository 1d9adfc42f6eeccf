/** Statistics of repeated measurements. */
export interface Statistics {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns the statistics of these values. */
export function statistics(values: readonly number[]): Statistics {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return { median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2, min: sorted[0], max: sorted.at(-1)! };
}
