import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Rows } from '../data.js';
import type { Random } from '../random/random.js';
import type { Batch } from '../strategy/context.js';

/** A mean before its division: a weighted sum and the sum of the weights. */
export interface Mean {
  readonly sum: Scalar;
  readonly weight: Scalar;
}

/** What is learned: turns a model's outputs and a batch into losses, and into the metrics to report. */
export interface Objective {
  readonly name: string;
  /** Loss of each prediction, and its weight: [batch], or [batch, sequence] where each token is one. */
  terms(outputs: Tensor, batch: Batch): { readonly losses: Tensor; readonly weights: Tensor };
  /** Metrics to report beside the loss, each as a mean. Higher is better. */
  measure(outputs: Tensor, batch: Batch): { readonly [metric: string]: Mean };
  /**
   * What the model is shown of rows, and what it is asked about them: masked tokens, the next token as a label. Asked each time that rows
   * become tensors (for a step, out of a memory, in evaluation), so that what a memory stores are the rows themselves.
   *
   * @param random Draws of the occasion: of the step, and in evaluation the same each time.
   */
  present?(rows: Rows, random: Random): Rows;
  /** Refuses targets that cannot be: a label out of range, a value that is not finite. `shape`: of a row's target. */
  check?(y: Float32Array | Int32Array, outputs: number, shape: readonly number[]): void;
}

/**
 * Σ weight × value / Σ weight; 0 if all weights are. Weights of rows, [batch], are those of all values that a row has, [batch, …].
 * Not by `divNoNan`, whose zeros hang on the tape and have no gradient.
 */
export function weightedMean(values: Tensor, weights: Tensor): Scalar {
  const each = weights.rank < values.rank ? forEach(weights, values.shape) : weights;
  // Shares first: they do not hang on the tape, so nothing of the division is left for the way back.
  const shares = tf.div(each, tf.maximum(tf.sum(each), 1e-12));
  return tf.sum(tf.mul(values, shares)) as Scalar;
}

/** Weights of rows, [batch], as weights of all that a row has: of `shape`, [batch, …]. */
const forEach = (weights: Tensor, shape: number[]): Tensor =>
  tf.broadcastTo(tf.reshape(weights, [...weights.shape, ...shape.slice(weights.rank).map(() => 1)]), shape);

/** The loss of each row under an objective, [batch]: a weighted mean where a row has several. */
export function rowLosses(objective: Objective, outputs: Tensor, batch: Batch): Tensor1D {
  return meanOfRows(objective.terms(outputs, batch));
}

/** The weighted mean of each row's predictions, [batch]. */
export function meanOfRows({ losses, weights }: ReturnType<Objective['terms']>): Tensor1D {
  const rest = losses.shape.slice(1).map((_, i) => i + 1);
  if (rest.length === 0) return losses as Tensor1D;
  const shares = tf.div(weights, tf.maximum(tf.sum(weights, rest, true), 1e-12));
  return tf.sum(tf.mul(losses, shares), rest);
}

/** The mean loss of a batch under an objective. A batch of padding alone has loss 0. */
export function meanLoss(objective: Objective, outputs: Tensor, batch: Batch): Scalar {
  const { losses, weights } = objective.terms(outputs, batch);
  return weightedMean(losses, weights);
}
