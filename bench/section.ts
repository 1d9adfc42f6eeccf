import type { Table } from './table';

/** How thoroughly to measure. */
export interface Options {
  /** How many times each case is measured. */
  readonly repetitions: number;
  /** Whether to skip the largest cases. */
  readonly isQuick: boolean;
  /** A folder for temporary files. */
  readonly folder: string;
}

/** One part of the benchmark. */
export interface Section {
  readonly name: string;
  measure(options: Options): Promise<Report>;
}

export interface Report {
  readonly tables: readonly Table[];
  /** The figures of the tables. */
  readonly data: object;
}
