import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
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
  /** Refuses targets that cannot be: a label out of range, a value that is not finite. */
  check?(y: Float32Array | Int32Array, outputs: number): void;
}

/** Σ weight × value / Σ weight; 0 if all weights are. Not by `divNoNan`, whose zeros hang on the tape and have no gradient. */
export function weightedMean(values: Tensor, weights: Tensor): Scalar {
  // Shares first: they do not hang on the tape, so nothing of the division is left for the way back.
  const shares = tf.div(weights, tf.maximum(tf.sum(weights), 1e-12));
  return tf.sum(tf.mul(values, shares)) as Scalar;
}

/** The loss of each row under an objective, [batch]: a weighted mean where a row has several. */
export function rowLosses(objective: Objective, outputs: Tensor, batch: Batch): Tensor1D {
  const { losses, weights } = objective.terms(outputs, batch);
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
