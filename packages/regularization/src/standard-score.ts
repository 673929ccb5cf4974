import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** (x − mean) / deviation over all entries of a tensor, with the sample deviation; 0 where all are equal. */
export function standardScore(values: Tensor): Tensor {
  // At a size of 1, squares of small values do not vanish.
  const scaled = tf.divNoNan(values, tf.max(tf.abs(values)));
  const { mean, variance } = tf.moments(scaled);
  const deviation = tf.sqrt(tf.mul(variance, values.size / Math.max(values.size - 1, 1)));
  // Equal entries have a deviation of rounding errors, which must not be divided by.
  const varies = tf.cast(tf.greater(deviation, 1e-6), 'float32');
  return tf.divNoNan(tf.mul(tf.sub(scaled, mean), varies), deviation);
}
