import { type AccuracyMatrix, each, entry, isMeasured, lastOf, type Measured, mean, needed } from './matrix.js';

/**
 * What later tasks did to earlier ones: BWT = 1/(T−1) Σ_{j<T} (R[T][j] − R[j][j]); negative is forgetting (Lopez-Paz & Ranzato,
 * NeurIPS 2017). NaN for one task. Their code divides by T: see `gemBackwardTransfer`.
 *
 * @example backwardTransfer([[0.9], [0.7, 0.8]]) // −0.2
 */
export function backwardTransfer(matrix: AccuracyMatrix): number {
  const last = lastOf('backwardTransfer', matrix);
  return mean(each(last, (task) => entry('backwardTransfer', matrix, last, task) - entry('backwardTransfer', matrix, task, task)));
}

/**
 * What earlier tasks did for later ones, before these were learned: FWT = 1/(T−1) Σ_{j>1} (R[j−1][j] − b[j]) (Lopez-Paz &
 * Ranzato, NeurIPS 2017). NaN for one task. Their code divides by T: see `gemForwardTransfer`.
 *
 * @param initial b: accuracy of the untrained model on each task, measured as R is (with the same outputs competing).
 * @example forwardTransfer([[0.9, 0.3], [0.7, 0.8]], [0.1, 0.1]) // 0.2
 */
export function forwardTransfer(matrix: AccuracyMatrix, initial: readonly Measured[]): number {
  const last = lastOf('forwardTransfer', matrix);
  return mean(
    each(
      last,
      (i) => entry('forwardTransfer', matrix, i, i + 1) - needed('forwardTransfer', `initial accuracy of task ${i + 1}`, initial[i + 1]),
    ),
  );
}

export interface ForgettingOptions {
  /** After which task, from 0. Default: the last. */
  readonly after?: number;
  /**
   * Where the search for the highest accuracy begins: at the `first` row, as the formula has it (and `compute_fgt` of A-GEM's
   * code), or at the task's `own`. They differ only where a task was better before it was learned. Default 'first'.
   */
  readonly from?: 'first' | 'own';
}

/**
 * What was lost of each earlier task against the best it ever was: fⱼᵏ = max_{l<k} R[l][j] − R[k][j] for j < k (Chaudhry et al.,
 * ECCV 2018). The row k itself is not part of the maximum, so that a task that has become better has a negative forgetting.
 * Rows in which a task was not measured are passed over.
 *
 * @returns One number for each task before `after`.
 * @example forgettingPerTask([[0.9], [0.7, 0.8], [0.6, 0.85, 0.9]]) // [0.3, −0.05]
 */
export function forgettingPerTask(matrix: AccuracyMatrix, { after, from = 'first' }: ForgettingOptions = {}): number[] {
  const row = after ?? lastOf('forgetting', matrix);
  return each(row, (task) => {
    const own = entry('forgetting', matrix, task, task);
    const before = matrix.slice(from === 'first' ? 0 : task, row).map((accuracies) => accuracies[task]);
    return Math.max(own, ...before.filter(isMeasured)) - entry('forgetting', matrix, row, task);
  });
}

/**
 * The mean of `forgettingPerTask`: F_k = 1/(k−1) Σ_{j<k} fⱼᵏ (Chaudhry et al., ECCV 2018; A-GEM, ICLR 2019, equation 2). NaN after
 * the first task.
 *
 * @example forgetting([[0.9], [0.7, 0.8], [0.6, 0.85, 0.9]]) // 0.125
 */
export function forgetting(matrix: AccuracyMatrix, options: ForgettingOptions = {}): number {
  return mean(forgettingPerTask(matrix, options));
}

/** `forgetting` after each task; NaN after the first. */
export function forgettingAfterEach(matrix: AccuracyMatrix, { from = 'first' }: Pick<ForgettingOptions, 'from'> = {}): number[] {
  return each(lastOf('forgetting', matrix) + 1, (after) => forgetting(matrix, { after, from }));
}

/**
 * What could not be learned for the sake of what is known: I_k = a*_k − R[k][k] (Chaudhry et al., ECCV 2018). Negative if the
 * model learned a task better than the reference.
 *
 * @param reference a*: accuracy on task k of a model trained on the tasks 1 … k together.
 * @example intransigence([[0.9], [0.7, 0.8]], [0.95, 0.9]) // [0.05, 0.1]
 */
export function intransigence(matrix: AccuracyMatrix, reference: readonly Measured[]): number[] {
  const metric = 'intransigence';
  return each(
    lastOf(metric, matrix) + 1,
    (task) => needed(metric, `reference accuracy of task ${task}`, reference[task]) - entry(metric, matrix, task, task),
  );
}

/**
 * Where the model stands between chance and joint training: ρ^{≤t}, the mean over τ ≤ t of
 * (R[t][τ] − A_R[τ]) / (A_J[t][τ] − A_R[τ]) − 1 (Serrà et al., "Overcoming catastrophic forgetting with hard attention to the task",
 * ICML 2018, equation 6). 0 is as good as joint training, −1 is chance.
 *
 * @param chance A_R: accuracy on each task of a classifier that draws classes at random, as often as they occur.
 * @param joint A_J: row t, accuracies of a model trained on the tasks 1 … t together.
 * @param after After which task, from 0. Default: the last.
 * @example forgettingRatio([[0.9], [0.7, 0.9]], [0.5, 0.5], [[0.9], [0.9, 0.9]]) // ((0.2 / 0.4 − 1) + 0) / 2 = −0.25
 */
export function forgettingRatio(matrix: AccuracyMatrix, chance: readonly Measured[], joint: AccuracyMatrix, after?: number): number {
  const metric = 'forgettingRatio';
  const row = after ?? lastOf(metric, matrix);
  return mean(
    each(row + 1, (task) => {
      const floor = needed(metric, `accuracy by chance of task ${task}`, chance[task]);
      return (entry(metric, matrix, row, task) - floor) / (entry(`${metric}, joint`, joint, row, task) - floor) - 1;
    }),
  );
}
