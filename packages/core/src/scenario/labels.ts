import { type Column, checkDataset, type Dataset, mapped, read } from '../data.js';
import { ContinualLearningError } from '../errors.js';

/**
 * The class number of each example.
 *
 * @param who The function that complains, and `what` it complains of: 'split()', 'train'.
 * @throws CL_SHAPE if a target is not one whole number.
 */
export function labelsOf(who: string, what: string, data: Dataset): Int32Array {
  const { y } = checkDataset(`${who}: ${what}`, data);
  const { values } = y.shape.length === 0 ? read(y) : { values: null };
  if (values instanceof Int32Array) return values;
  const found = `${y.dtype} [${y.shape.join(', ')}]`;
  throw new ContinualLearningError('CL_SHAPE', `${who}: the targets of ${what} must be class numbers, int32 []; they are ${found}.`);
}

/**
 * Refuses labels that are not among the allowed ones.
 *
 * @throws CL_LABEL with the row, the label and what was allowed.
 */
export function checkLabels(who: string, what: string, labels: Int32Array, allowed: (label: number) => boolean, range: string): void {
  const row = labels.findIndex((label) => !allowed(label));
  if (row >= 0) {
    throw new ContinualLearningError('CL_LABEL', `${who}: row ${row} of ${what} has label ${labels[row]}; labels must be ${range}.`);
  }
}

/** Different labels, ascending. */
export const distinct = (labels: Iterable<number>): number[] => [...new Set(labels)].sort((a, b) => a - b);

/** A column of labels read through a table: `table[label]` in place of `label`. */
export const relabelled = (y: Column, table: ArrayLike<number>): Column => mapped(y, (label) => table[label]!);

/** 0 … length − 1. */
export const range = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => from + i);
