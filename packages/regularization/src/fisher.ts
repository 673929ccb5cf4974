import { type Batch, competingLogits, crossEntropyOfRows, type GraphContext, map, zip } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * How the diagonal of the Fisher information is estimated (van de Ven, "On the computation of the Fisher information in continual
 * learning", 2025, arXiv 2502.11756). A penalty's weight is tuned for one of them and means nothing for another.
 *
 * - `exact`: for each example, the expectation over the labels as the model sees them. One backward pass a class.
 * - `sample`: one label for each example, drawn from the model.
 * - `empirical`: the true label.
 * - `batched`: the square of a batch's mean gradient. No Fisher information: too small by about the batch size.
 */
export type Fisher = 'exact' | 'sample' | 'empirical' | 'batched';

export const FISHERS = ['exact', 'sample', 'empirical', 'batched'] as const satisfies readonly Fisher[];

/** A sum of squared gradients, and of how many terms. */
export type FisherSum = { readonly squares: NamedTensorMap; readonly terms: tf.Scalar };

export const noFisher = ({ parameters }: GraphContext): FisherSum => ({ squares: map(tf.zerosLike, parameters), terms: tf.scalar(0) });

/** The terms that a batch adds: Σₙ E_y[(∂ log p(y|xₙ) / ∂θ)²] over its examples, with y as the estimator has it. */
export function fisherOf(ctx: GraphContext, batch: Batch, fisher: Fisher): FisherSum {
  if (fisher === 'batched') return { squares: map(tf.square, ctx.gradientsOf(batch)), terms: tf.scalar(1) };
  const squares = (labelled: Batch) => ctx.perExample('squares', labelled, crossEntropyOfRows);
  const terms = tf.sum(batch.weight) as tf.Scalar;
  if (fisher === 'empirical') return { squares: squares(batch), terms };

  const probabilities = tf.softmax(competingLogits(ctx.forward(batch.x), batch)) as Tensor2D;
  if (fisher === 'sample') return { squares: squares({ ...batch, y: drawn(ctx, probabilities) }), terms };

  const perClass = ctx.competing.map((c) =>
    squares({
      ...batch,
      y: tf.fill(batch.weight.shape, c, 'int32') as Tensor,
      weight: tf.mul(batch.weight, column(probabilities, c)) as Tensor1D,
    }),
  );
  return { squares: perClass.reduce((sum, more) => zip(tf.add, sum, more)), terms };
}

/** [rows, classes] → the probabilities of class c, [rows]. */
const column = (values: Tensor2D, c: number): Tensor1D =>
  tf.reshape(tf.slice(values, [0, c], [values.shape[0], 1]), [values.shape[0]]) as Tensor1D;

/** A label for each row, drawn from its probabilities: the number of classes whose cumulated probability is below a uniform draw. */
function drawn(ctx: GraphContext, probabilities: Tensor2D): Tensor1D {
  const [rows, classes] = probabilities.shape;
  const below = tf.less(tf.cumsum(probabilities, 1), ctx.uniform([rows, 1]));
  return tf.cast(tf.minimum(tf.sum(tf.cast(below, 'float32'), 1), classes - 1), 'int32') as Tensor1D;
}
