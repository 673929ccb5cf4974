/** How well classes are told apart, shares in [0, 1]. */
export interface Scores {
  /** The mean over classes, or over all examples together ('micro'), where it is the accuracy. */
  readonly f1: number;
  readonly accuracy: number;
}

/**
 * Accuracy and F1. The macro F1 is the mean over all classes that occur, in the truth or among the answers, as scikit-learn has it; where each
 * example has one class and one answer, the micro F1 is the accuracy.
 *
 * @param truth Class numbers.
 * @param predicted As many.
 */
export function scoresOf(truth: readonly number[], predicted: readonly number[], mean: 'macro' | 'micro'): Scores {
  const right = truth.filter((c, i) => c === predicted[i]).length;
  const accuracy = right / truth.length;
  if (mean === 'micro') return { f1: accuracy, accuracy };
  const each = [...new Set([...truth, ...predicted])].map((c) => {
    const hits = truth.filter((one, i) => one === c && predicted[i] === c).length;
    const [wanted, given] = [truth, predicted].map((list) => list.filter((one) => one === c).length) as [number, number];
    return (2 * hits) / (wanted + given);
  });
  return { f1: each.reduce((sum, f1) => sum + f1, 0) / each.length, accuracy };
}
