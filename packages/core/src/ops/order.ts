import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { has, run } from './kernel.js';

/** The n-th largest of all elements of `x`, n from 1 to their number; none of them NaN. No gradient flows through it. */
export function nthLargest(x: Tensor, n: number): Scalar {
  const flat = tf.reshape(x, [-1]);
  return has('cl/NthLargest') ? run('cl/NthLargest', { x: flat }, { n }) : tf.min(tf.topk(flat, n, false).values);
}
