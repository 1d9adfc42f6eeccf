import type { Table } from './table';

/** How thoroughly to measure. */
export interface Options {
  /** How often each thing is measured. */
  readonly repetitions: number;
  /** Whether the largest cases are left out. */
  readonly isQuick: boolean;
  /** A folder for what is made on the way. */
  readonly folder: string;
}

/** One part of the benchmark. */
export interface Section {
  readonly name: string;
  measure(options: Options): Promise<Report>;
}

export interface Report {
  readonly tables: readonly Table[];
  /** What the tables show, as numbers. */
  readonly data: object;
}
