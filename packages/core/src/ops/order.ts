import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { has, run } from './kernel.js';

/**
 * The n-th largest of all elements of `x`, of any shape, n from 1 to their number; none of them may be NaN. It has no gradient. Native
 * TensorFlow finds it without ordering what is larger.
 *
 * @example const kept = tf.greaterEqual(scores, nthLargest(scores, 10)); // and what equals the tenth
 */
export function nthLargest(x: Tensor, n: number): Scalar {
  const flat = tf.reshape(x, [-1]);
  return has('cl/NthLargest') ? run('cl/NthLargest', { x: flat }, { n }) : tf.min(tf.topk(flat, n, false).values);
}
