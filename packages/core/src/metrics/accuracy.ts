import { ContinualLearningError } from '../errors.js';
import { type AccuracyMatrix, each, entry, isMeasured, lastOf, type Measured, type Measurement, mean, needed } from './matrix.js';

/**
 * How good the model is at everything in the end: ACC = 1/T Σⱼ R[T][j] (Lopez-Paz & Ranzato, "Gradient episodic memory",
 * NeurIPS 2017).
 *
 * @example averageAccuracy([[0.9], [0.7, 0.8]]) // 0.75
 */
export function averageAccuracy(matrix: AccuracyMatrix): number {
  const last = lastOf('averageAccuracy', matrix);
  return mean(each(last + 1, (task) => entry('averageAccuracy', matrix, last, task)));
}

/**
 * Average accuracy over the tasks so far, after each task: A_k = 1/k Σ_{j≤k} R[k][j] (Chaudhry et al., "Riemannian walk", ECCV
 * 2018).
 *
 * @param sizes Test examples of each task: then each A_k is the accuracy over all examples so far. Default: tasks count alike.
 * @example accuracyAfterEach([[0.9], [0.7, 0.8]]) // [0.9, 0.75]
 */
export function accuracyAfterEach(matrix: AccuracyMatrix, sizes?: readonly number[]): number[] {
  const last = lastOf('accuracyAfterEach', matrix);
  const weight = (task: number) => (sizes ? needed('accuracyAfterEach', `size of task ${task}`, sizes[task]) : 1);
  return each(last + 1, (row) => {
    const weights = each(row + 1, weight);
    const sum = weights.reduce((total, w, task) => total + w * entry('accuracyAfterEach', matrix, row, task), 0);
    return sum / weights.reduce((a, b) => a + b);
  });
}

/**
 * The mean over all stages of the accuracy so far: 1/T Σ_k A_k (Rebuffi et al., "iCaRL", CVPR 2017, where A_k is over all
 * classes so far: give `sizes` where tasks have test sets of different size).
 *
 * @example averageIncrementalAccuracy([[0.9], [0.7, 0.8]]) // 0.825
 */
export function averageIncrementalAccuracy(matrix: AccuracyMatrix, sizes?: readonly number[]): number {
  return mean(accuracyAfterEach(matrix, sizes));
}

/**
 * How well each task was learned at the time: 1/T Σⱼ R[j][j] (Riemer et al., "Learning to learn without forgetting", ICLR
 * 2019). High learning accuracy with low average accuracy is forgetting; both low is rigidity.
 *
 * @example learningAccuracy([[0.9], [0.7, 0.8]]) // 0.85
 */
export function learningAccuracy(matrix: AccuracyMatrix): number {
  return mean(each(lastOf('learningAccuracy', matrix) + 1, (task) => entry('learningAccuracy', matrix, task, task)));
}

/**
 * Area under the learning curve: LCA_β = 1/(β+1) Σ_{b≤β} Z_b with Z_b = 1/T Σ_k curves[k][b] (Chaudhry et al., "Efficient
 * lifelong learning with A-GEM", ICLR 2019, equations 4 and 5). LCA₀ is zero-shot accuracy.
 *
 * @param curves Of each task: the accuracy on it after 0, 1, 2, … mini-batches of it.
 * @param beta Mini-batches to look at.
 * @example learningCurveArea([[0.1, 0.5], [0.3, 0.7]], 1) // ((0.1 + 0.3) / 2 + (0.5 + 0.7) / 2) / 2 = 0.4
 */
export function learningCurveArea(curves: readonly (readonly Measured[])[], beta: number): number {
  lastOf('learningCurveArea', curves);
  const at = (task: number, batches: number) =>
    needed('learningCurveArea', `accuracy on task ${task} after ${batches} batches of it`, curves[task]![batches]);
  return mean(each(beta + 1, (batches) => mean(each(curves.length, (task) => at(task, batches)))));
}

/**
 * Accuracy at any time: the mean over all times of measurement of the mean over the tasks seen by then (Caccia et al., "New
 * insights on reducing abrupt representation change", ICLR 2022).
 *
 * @example averageAnytimeAccuracy([{ task: 0, accuracies: [0.9] }, { task: 1, accuracies: [0.5, 0.7] }]) // (0.9 + 0.6) / 2
 */
export function averageAnytimeAccuracy(measurements: readonly Measurement[]): number {
  checkMeasurements('averageAnytimeAccuracy', measurements);
  const seen = ({ task, accuracies }: Measurement) =>
    mean(each(task + 1, (i) => needed('averageAnytimeAccuracy', `accuracy of task ${i}`, accuracies[i])));
  return mean(measurements.map(seen));
}

/**
 * How low earlier tasks ever fell: min-ACC = 1/(k−1) Σ_{j<k} of the lowest accuracy on task j at any time after the next task
 * had begun (De Lange, van de Ven & Tuytelaars, "Continual evaluation for lifelong learning", ICLR 2023). Shows the dips that
 * measuring after tasks alone does not see. NaN if there is one task.
 *
 * @param measurements In the order of time; as many as there can be. Where a task was not measured, it does not count.
 * @example minimumAccuracy([{ task: 0, accuracies: [0.9] }, { task: 1, accuracies: [0.2] }, { task: 1, accuracies: [0.8, 0.7] }]) // 0.2
 */
export function minimumAccuracy(measurements: readonly Measurement[]): number {
  const now = checkMeasurements('minimumAccuracy', measurements);
  return mean(
    each(now.task, (task) => {
      const later = measurements.filter((measurement) => measurement.task > task).map(({ accuracies }) => accuracies[task]);
      const [first, ...others] = later.filter(isMeasured);
      return Math.min(needed('minimumAccuracy', `accuracy on task ${task} after it was learned`, first), ...others);
    }),
  );
}

/**
 * The worst case at the end: WC-ACC = 1/k R[k][k] + (1 − 1/k) min-ACC, over the k tasks learned (De Lange, van de Ven &
 * Tuytelaars, ICLR 2023): a bound from below on the average accuracy at any time since.
 *
 * @example worstCaseAccuracy([{ task: 0, accuracies: [0.9] }, { task: 1, accuracies: [0.2] }, { task: 1, accuracies: [0.8, 0.7] }]) // (0.7 + 0.2) / 2
 */
export function worstCaseAccuracy(measurements: readonly Measurement[]): number {
  const { task, accuracies } = checkMeasurements('worstCaseAccuracy', measurements);
  const own = needed('worstCaseAccuracy', `accuracy of task ${task}`, accuracies[task]);
  return task === 0 ? own : (own + task * minimumAccuracy(measurements)) / (task + 1);
}

/** The last measurement. Throws CL_DATA if there is none. */
function checkMeasurements(metric: string, measurements: readonly Measurement[]): Measurement {
  const now = measurements.at(-1);
  if (!now) throw new ContinualLearningError('CL_DATA', `${metric}(): needs at least one measurement, received none.`);
  return now;
}
