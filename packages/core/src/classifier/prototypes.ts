import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { matMul, oneHot } from '../ops/index.js';
import { widened } from './features.js';

/** The mean of each class so far, and of how many examples. */
export type Prototypes = {
  /** [classes, units]; zeros where nothing was seen. */
  readonly means: Tensor2D;
  /** [classes]. */
  readonly counts: Tensor1D;
};

/** Of no examples. */
export const noPrototypes = (classes: number, units: number): Prototypes => ({
  means: tf.zeros([classes, units]),
  counts: tf.zeros([classes]),
});

/** With places for classes that the model has got since. */
export const widenedPrototypes = ({ means, counts }: Prototypes, classes: number): Prototypes => ({
  means: widened(means, classes) as Tensor2D,
  counts: widened(counts, classes) as Tensor1D,
});

/**
 * The means after some more examples: μ ← μ + Σ (x − μ) / n, the same in whatever order and batches they come. A pure function, for steps and
 * scans.
 *
 * @param features [rows, units].
 * @param labels Class numbers, int32 [rows].
 * @param weight 1, or 0 for a row that is not there, [rows].
 */
export function updatedPrototypes({ means, counts }: Prototypes, features: Tensor2D, labels: Tensor1D, weight: Tensor1D): Prototypes {
  const member = membersOf(labels, weight, counts.shape[0]);
  const more = tf.sum(member, 0) as Tensor1D;
  const after = tf.add(counts, more) as Tensor1D;
  const gap = tf.sub(matMul(member, features, { transposeA: true }), tf.mul(tf.expandDims(more, 1), means));
  return { means: tf.add(means, tf.div(gap, tf.expandDims(tf.maximum(after, 1), 1))), counts: after };
}

/** 1 where a row that is there is of a class: [rows, classes]. */
export const membersOf = (labels: Tensor1D, weight: Tensor1D, classes: number): Tensor2D =>
  tf.mul(oneHot(labels, classes), tf.expandDims(weight, 1)) as Tensor2D;

/** −‖x − μ‖² for each row and class: [rows, classes]. */
export function nearestMeanScores(features: Tensor2D, means: Tensor2D): Tensor2D {
  const cross = matMul(features, means, { transposeB: true });
  const lengths = tf.add(tf.sum(tf.square(features), 1, true), tf.expandDims(tf.sum(tf.square(means), 1), 0));
  return tf.sub(tf.mul(2, cross), lengths) as Tensor2D;
}
