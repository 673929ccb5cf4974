import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export type Padding = 'same' | 'valid';

/**
 * Convolution of `x` [batch, height, width, channels] with `kernel` [height, width, in, out]. tfjs executes the same TensorFlow ops
 * that a kernel of our own would, in both directions.
 */
export function conv2d(x: Tensor4D, kernel: Tensor4D, strides: number | [number, number], padding: Padding): Tensor4D {
  return tf.conv2d(x, kernel, strides, padding);
}

/** The largest value of each window, 'valid' padding. */
export function maxPool(x: Tensor4D, size: number | [number, number], strides: number | [number, number] = size): Tensor4D {
  return tf.maxPool(x, size, strides, 'valid');
}
