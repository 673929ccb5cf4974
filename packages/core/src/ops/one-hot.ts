import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * 1 where a label is and 0 elsewhere: float32 [...labels, depth], from int32 labels, of which those out of range are nowhere.
 *
 * `tf.oneHot` refuses a depth of 1, and on WebAssembly writes integers into what is said to be float32.
 */
export function oneHot<T extends Tensor = Tensor>(labels: Tensor, depth: number): T {
  const wide = tf.cast(tf.oneHot(labels as Tensor1D, Math.max(2, depth)), 'float32') as Tensor;
  return (depth > 1 ? wide : tf.slice(wide, [...labels.shape, 0].fill(0), [...labels.shape, depth])) as T;
}
