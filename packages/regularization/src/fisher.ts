import { type Batch, crossEntropyOfRows, type GraphContext, type Labels, labelled, map, zip } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * How the diagonal of the Fisher information is estimated: by the labels that it is an expectation over, or `batched`, the square of a
 * batch's mean gradient, which is no Fisher information and too small by about the batch size. A penalty's weight is tuned for one of
 * them and means nothing for another.
 */
export type Fisher = Labels | 'batched';

export const FISHERS = ['exact', 'sample', 'empirical', 'predicted', 'batched', 'weighted'] as const satisfies readonly Fisher[];

/** A sum of squared gradients, and of how many terms: examples or, for `batched`, batches. */
export type FisherSum = { readonly squares: NamedTensorMap; readonly terms: Scalar };

export const noFisher = ({ parameters }: GraphContext): FisherSum => ({ squares: map(tf.zerosLike, parameters), terms: tf.scalar(0) });

/** The terms that a batch adds: Σₙ E_y[(∂ log p(y|xₙ) / ∂θ)²] over its examples, with y as the estimator has it. */
export function fisherOf(ctx: GraphContext, batch: Batch, fisher: Fisher): FisherSum {
  if (fisher === 'batched') return { squares: map(tf.square, ctx.gradientsOf(batch)), terms: tf.scalar(1) };
  const batches = labelled(ctx, batch, fisher, `ewc({ fisher: '${fisher}' })`, "Use fisher: 'batched'.");
  const squares = batches.map((one) => ctx.perExample('squares', one, crossEntropyOfRows));
  return { squares: squares.reduce((sum, more) => zip(tf.add, sum, more)), terms: tf.sum(batch.weight) };
}
