import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inverse, Matrix, matrixOf, tensorOf } from '../linear-algebra/index.js';
import { matMul } from '../ops/index.js';
import { membersOf, noPrototypes, type Prototypes, updatedPrototypes, widenedPrototypes } from './prototypes.js';

/** What linear discriminant analysis needs to know of a stream: class means, and one covariance for all classes. */
export type Moments = {
  readonly prototypes: Prototypes;
  /** The covariance times the number of examples, [units, units]. */
  readonly scatter: Tensor2D;
  /** Examples seen. */
  readonly seen: Scalar;
};

/** A linear classifier: scores are x · weights + bias. */
export type Discriminant = { readonly weights: Tensor2D; readonly bias: Tensor1D };

/**
 * How far an example is from its class, for the covariance.
 *
 * - `streaming`: from the mean before it, zero for the first of a class, and t / (t + 1) of the square when it is the t-th of all from 0: what
 *   Hayes & Kanan do.
 * - `within`: n / (n + 1) of the square when it is the n-th of its class from 0 (Welford, 1962). Then the result is exactly the covariance
 *   within classes, in whatever order examples come, and the first of a class adds nothing.
 */
export type Deviation = 'streaming' | 'within';

/** Of no examples. */
export const noMoments = (classes: number, units: number): Moments => ({
  prototypes: noPrototypes(classes, units),
  scatter: tf.zeros([units, units]),
  seen: tf.scalar(0),
});

/** With places for classes that the model has got since. */
export const widenedMoments = (moments: Moments, classes: number): Moments => ({
  ...moments,
  prototypes: widenedPrototypes(moments.prototypes, classes),
});

/**
 * The moments after some more examples, taken one after another as the stream brings them, but computed at once: an example's mean before it
 * is that of the batches before and of the rows above. A pure function, for steps and scans.
 *
 *     Σ ← (t Σ + Δ) / (t + 1),  Δ = t / (t + 1) (x − μ_y) (x − μ_y)ᵀ      (Hayes & Kanan, 2020, equations 3 and 4)
 *
 * @param features [rows, units].
 * @param labels Class numbers, int32 [rows].
 * @param weight 1, or 0 for a row that is not there, [rows].
 */
export function updatedMoments(
  { prototypes, scatter, seen }: Moments,
  features: Tensor2D,
  labels: Tensor1D,
  weight: Tensor1D,
  deviation: Deviation = 'streaming',
): Moments {
  const { means, counts } = prototypes;
  const member = membersOf(labels, weight, counts.shape[0]);
  const places = tf.range(0, features.shape[0], 1, 'float32');
  /** 1 where the column's row stands above the row's. */
  const above = tf.cast(tf.less(tf.expandDims(places, 0), tf.expandDims(places, 1)), 'float32') as Tensor2D;
  const peers = tf.mul(matMul(member, member, { transposeB: true }), above) as Tensor2D;

  const known = matMul(member, tf.expandDims(counts, 1) as Tensor2D);
  const before = tf.add(known, tf.sum(peers, 1, true)) as Tensor2D;
  const sums = tf.add(tf.mul(known, matMul(member, means)), matMul(peers, features));
  const gaps = tf.sub(features, tf.div(sums, tf.maximum(before, 1))) as Tensor2D;
  const place = deviation === 'within' ? before : (tf.add(seen, matMul(above, tf.expandDims(weight, 1) as Tensor2D)) as Tensor2D);
  const shares = tf.mul(tf.expandDims(weight, 1), tf.div(place, tf.add(place, 1)));
  return {
    prototypes: updatedPrototypes(prototypes, features, labels, weight),
    scatter: tf.add(scatter, matMul(gaps, tf.mul(shares, gaps) as Tensor2D, { transposeA: true })),
    seen: tf.add(seen, tf.sum(weight)) as Scalar,
  };
}

/**
 * The classifier that moments make: w_k = Λ μ_k, b_k = −½ μ_kᵀ Λ μ_k with Λ = ((1 − ε) Σ + ε I)⁻¹. Inverts in 64-bit floats on the host, so it is
 * for hooks at a boundary.
 *
 * @param shrinkage ε in (0, 1]. With 1, the nearest mean.
 */
export function discriminantOf({ prototypes, scatter, seen }: Moments, shrinkage: number): Discriminant {
  const covariance = matrixOf(tf.div(scatter, tf.maximum(seen, 1)));
  const units = covariance.rows;
  const precision = inverse(Matrix.add(covariance.mul(1 - shrinkage), Matrix.eye(units, units).mul(shrinkage)));
  const means = matrixOf(prototypes.means);
  const weights = means.mmul(precision);
  const bias = means.mul(weights).sum('row');
  return { weights: tensorOf(weights.transpose()), bias: tf.tensor1d(bias.map((sum) => -sum / 2)) };
}

/** x · weights + bias: [rows, classes]. */
export const discriminantScores = (features: Tensor2D, { weights, bias }: Discriminant): Tensor2D =>
  tf.add(matMul(features, weights), bias);
