import { type Batch, ContinualLearningError, competingLogits, crossEntropyOfRows, type GraphContext, map, zip } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * How the diagonal of the Fisher information is estimated (van de Ven, "On the computation of the Fisher information in continual
 * learning", 2025, arXiv 2502.11756). A penalty's weight is tuned for one of them and means nothing for another.
 *
 * - `exact`: for each example, the expectation over the labels as the model sees them. One backward pass a class.
 * - `sample`: one label for each example, drawn from the model.
 * - `empirical`: the true label.
 * - `predicted`: the label that the model finds most likely.
 * - `batched`: the square of a batch's mean gradient. No Fisher information: too small by about the batch size.
 * - `weighted`: the true label, times its probability, as in Mammoth's `ewc_on`. No Fisher information either.
 */
export type Fisher = 'exact' | 'sample' | 'empirical' | 'predicted' | 'batched' | 'weighted';

export const FISHERS = ['exact', 'sample', 'empirical', 'predicted', 'batched', 'weighted'] as const satisfies readonly Fisher[];

/** A sum of squared gradients, and of how many terms: examples or, for `batched`, batches. */
export type FisherSum = { readonly squares: NamedTensorMap; readonly terms: Scalar };

export const noFisher = ({ parameters }: GraphContext): FisherSum => ({ squares: map(tf.zerosLike, parameters), terms: tf.scalar(0) });

/** The terms that a batch adds: Σₙ E_y[(∂ log p(y|xₙ) / ∂θ)²] over its examples, with y as the estimator has it. */
export function fisherOf(ctx: GraphContext, batch: Batch, fisher: Fisher): FisherSum {
  if (fisher === 'batched') return { squares: map(tf.square, ctx.gradientsOf(batch)), terms: tf.scalar(1) };
  refuseOtherTargets(batch, fisher);

  const probabilities = tf.softmax(competingLogits(ctx.forward(batch.x), batch)) as Tensor2D;
  const labelled: Record<Exclude<Fisher, 'batched'>, () => readonly Batch[]> = {
    exact: () => ctx.competing.map((c) => withProbability(batch, tf.fill(batch.weight.shape, c, 'int32'), probabilities)),
    sample: () => [{ ...batch, y: drawn(ctx, probabilities) }],
    empirical: () => [batch],
    predicted: () => [{ ...batch, y: tf.argMax(probabilities, 1) }],
    weighted: () => [withProbability(batch, batch.y, probabilities)],
  };
  const squares = labelled[fisher]().map((one) => ctx.perExample('squares', one, crossEntropyOfRows));
  return { squares: squares.reduce((sum, more) => zip(tf.add, sum, more)), terms: tf.sum(batch.weight) };
}

/** These estimators are about probabilities of classes. */
function refuseOtherTargets({ y }: Batch, fisher: Fisher): void {
  if (y.dtype === 'int32' && y.rank === 1) return;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `ewc({ fisher: '${fisher}' }) needs targets that are class numbers (int32, one a row), received ${y.dtype} of shape [${y.shape}]. Use fisher: 'batched'.`,
  );
}

/** The rows with these labels, each weighing as much as its label is likely. */
function withProbability(batch: Batch, y: Tensor, probabilities: Tensor2D): Batch {
  const ofLabel = tf.sum(tf.mul(probabilities, tf.oneHot(y as Tensor1D, probabilities.shape[1])), 1);
  return { ...batch, y, weight: tf.mul(batch.weight, ofLabel) };
}

/** A label for each row, drawn from its probabilities: how many classes come before a uniform draw falls into one of them. */
function drawn(ctx: GraphContext, probabilities: Tensor2D): Tensor1D {
  const [rows, classes] = probabilities.shape;
  const cumulated = tf.cumsum(probabilities, 1);
  // The last one is 1 up to rounding.
  const draw = tf.mul(ctx.uniform([rows, 1]), tf.slice(cumulated, [0, classes - 1], [rows, 1]));
  return tf.cast(tf.sum(tf.cast(tf.lessEqual(cumulated, draw), 'float32'), 1), 'int32') as Tensor1D;
}
