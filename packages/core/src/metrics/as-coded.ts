import { accuracyAfterEach } from './accuracy.js';
import { type AccuracyMatrix, each, entry, isMeasured, lastOf, type Measured, mean, needed } from './matrix.js';
import { backwardTransfer, forwardTransfer } from './transfer.js';

// What released code computes under the names of the metrics, where it differs from the papers' formulas. For comparing with
// published numbers; to report, take the formulas.

/**
 * BWT as GEM's code computes it (`metrics.py`): over T entries, one of which is 0 by construction, so (T − 1)/T of
 * `backwardTransfer`.
 *
 * @example gemBackwardTransfer([[0.9], [0.7, 0.8]]) // −0.1
 */
export function gemBackwardTransfer(matrix: AccuracyMatrix): number {
  const last = lastOf('gemBackwardTransfer', matrix);
  return last === 0 ? 0 : (backwardTransfer(matrix) * last) / (last + 1);
}

/** FWT as GEM's code computes it (`metrics.py`): (T − 1)/T of `forwardTransfer`. */
export function gemForwardTransfer(matrix: AccuracyMatrix, initial: readonly Measured[]): number {
  const last = lastOf('gemForwardTransfer', matrix);
  return last === 0 ? 0 : (forwardTransfer(matrix, initial) * last) / (last + 1);
}

/**
 * Forgetting as Mammoth computes it (`utils/metrics.py`): the maximum includes the last row, so it is never negative.
 *
 * @example mammothForgetting([[0.9], [0.7, 0.8], [0.6, 0.85, 0.9]]) // (0.3 + 0) / 2 = 0.15
 */
export function mammothForgetting(matrix: AccuracyMatrix): number {
  const metric = 'mammothForgetting';
  const last = lastOf(metric, matrix);
  const best = (task: number) => Math.max(...matrix.map((row) => row[task]).filter(isMeasured));
  return mean(each(last, (task) => best(task) - entry(metric, matrix, last, task)));
}

/**
 * Forgetting of each task as Avalanche computes it (`Forgetting`): its first value after it was learned minus its last; 0 for the
 * last task. Their `BWT` is its negative.
 *
 * @example avalancheForgetting([[0.9], [0.7, 0.8]]) // [0.2, 0]
 */
export function avalancheForgetting(matrix: AccuracyMatrix): number[] {
  const metric = 'avalancheForgetting';
  const last = lastOf(metric, matrix);
  return each(last + 1, (task) => entry(metric, matrix, task, task) - entry(metric, matrix, last, task));
}

/** Forward transfer of the tasks from the second on, as Avalanche gives it (`ForwardTransfer`): R[j−1][j] − b[j]. */
export function avalancheForwardTransfer(matrix: AccuracyMatrix, initial: readonly Measured[]): number[] {
  const metric = 'avalancheForwardTransfer';
  return each(
    lastOf(metric, matrix),
    (i) => entry(metric, matrix, i, i + 1) - needed(metric, `initial accuracy of task ${i + 1}`, initial[i + 1]),
  );
}

/** Accuracy after each task as SPG's code computes it (`mymetrics.py`): over all test examples so far. */
export const spgAccuracyAfterEach = (matrix: AccuracyMatrix, sizes: readonly number[]): number[] => accuracyAfterEach(matrix, sizes);

/**
 * Backward transfer after each task as SPG's code computes it (`mymetrics.py`): the mean over ALL k tasks so far, weighted by
 * test size, of R[k][j] − R[j][j], times k/(k − 1); 0 after the first. As `backwardTransfer` where sizes are equal.
 */
export function spgBackwardTransferAfterEach(matrix: AccuracyMatrix, sizes: readonly number[]): number[] {
  const metric = 'spgBackwardTransferAfterEach';
  return each(lastOf(metric, matrix) + 1, (row) => {
    const weights = each(row + 1, (task) => needed(metric, `size of task ${task}`, sizes[task]));
    const sum = weights.reduce(
      (total, weight, task) => total + weight * (entry(metric, matrix, row, task) - entry(metric, matrix, task, task)),
      0,
    );
    return row === 0 ? 0 : ((sum / weights.reduce((a, b) => a + b)) * (row + 1)) / row;
  });
}
