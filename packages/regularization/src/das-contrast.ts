import { type Batch, concatBatches, type GraphContext, sparseCrossEntropy, type TensorTree, weightedMean } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { through } from './das-gates.js';
import { representations, tokensOf } from './das-representation.js';

/**
 * Two views of each row, by two draws of dropout, against the other rows' and against what the units that matter already make of the rows.
 *
 * @param importance [gates] at each site: the gates of the known network.
 */
export function contrastWithKnown(ctx: GraphContext, batch: Batch, importance: NamedTensorMap, temperature: number): Scalar {
  const rows = batch.weight.shape[0];
  const { x } = concatBatches(batch, batch);
  const [first, second] = tf.split(pooled(representations(ctx, x, 2 * rows), x), 2) as [Tensor2D, Tensor2D];
  const known = pooled(representations(ctx, batch.x, rows, { at: through(importance, rows) }), batch.x);
  return contrast(first, second, known, batch.weight, temperature);
}

/** The mean over tokens, [rows, positions, units] to [rows, units]. */
function pooled(values: Tensor3D, x: TensorTree): Tensor2D {
  const tokens = tokensOf(x, values.shape);
  const shares = tf.div(tokens, tf.maximum(tf.sum(tokens, 1, true), 1));
  const [rows, positions, units] = values.shape;
  return tf.reshape(tf.matMul(tf.reshape(shares, [rows, 1, positions]), values), [rows, units]);
}

/**
 * The mean over rows i of −log exp s(z1ᵢ, z2ᵢ) / Σⱼ [exp s(z1ᵢ, z2ⱼ) + exp s(z1ᵢ, z3ⱼ)], s the cosine over the temperature. Every z2ⱼ but the
 * row's own and every z3ⱼ, the row's own too, is a negative.
 *
 * @param third Null: there are no further negatives.
 * @param weight 1, or 0 for a row of padding, which is nobody's negative: [rows].
 */
export function contrast(first: Tensor2D, second: Tensor2D, third: Tensor2D | null, weight: Tensor1D, temperature: number): Scalar {
  const rows = first.shape[0];
  const others = third ? tf.concat([second, third]) : second;
  const cosines = tf.matMul(direction(first), direction(others), false, true);
  const absent = tf.mul(tf.sub(1, weight), OUT);
  const logits = tf.add(tf.div(cosines, temperature), third ? tf.concat([absent, absent]) : absent) as Tensor2D;
  return weightedMean(sparseCrossEntropy(logits, tf.range(0, rows, 1, 'int32')), weight);
}

/** Far below any logit: its exponential is exactly 0. */
const OUT = -1e9;

/** Rows of length 1; not by `tf.norm`, whose gradient at 0 is no number. */
const direction = (rows: Tensor2D): Tensor2D => tf.div(rows, tf.sqrt(tf.maximum(tf.sum(tf.square(rows), 1, true), 1e-16)));
