import { ContinualLearningError } from '../errors.js';

/** What was not measured is undefined, null (as JSON has it) or NaN. */
export type Measured = number | null | undefined;

/**
 * Accuracies R: row i after task i was learned, column j on task j, both from 0. Any scale (0 … 1, percent), higher is better.
 * Rows may end at the diagonal.
 */
export type AccuracyMatrix = readonly (readonly Measured[])[];

/** Accuracies at one time, while `task` (an index) is learned or after it was. */
export interface Measurement {
  readonly task: number;
  /** On each task, by its index. */
  readonly accuracies: readonly Measured[];
}

export const isMeasured = (value: Measured): value is number => typeof value === 'number' && !Number.isNaN(value);

/** A number that a formula cannot do without. Throws CL_DATA where it is missing. */
export function needed(metric: string, what: string, value: Measured): number {
  if (isMeasured(value)) return value;
  throw new ContinualLearningError('CL_DATA', `${metric}(): needs the ${what}, which is missing.`);
}

export const entry = (metric: string, matrix: AccuracyMatrix, row: number, column: number): number =>
  needed(metric, `accuracy on task ${column} after task ${row}`, matrix[row]?.[column]);

/** Index of the last task. Throws CL_DATA for a matrix without rows. */
export function lastOf(metric: string, matrix: AccuracyMatrix): number {
  if (matrix.length === 0) throw new ContinualLearningError('CL_DATA', `${metric}(): needs a row for each task, received none.`);
  return matrix.length - 1;
}

/** NaN for no values: a mean over earlier tasks, when there are none. */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** f(0) … f(count − 1). */
export const each = (count: number, f: (index: number) => number): number[] => Array.from({ length: count }, (_, index) => f(index));
