import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Cosines and sines of the angles of each position, [sequence, size / 2] each. */
export interface Rotation {
  readonly cosines: Tensor;
  readonly sines: Tensor;
}

/** Angles position · base^(−2i / size), as in Su et al. (2021), arXiv 2104.09864. */
export function rotation(length: number, size: number, base: number): Rotation {
  const frequencies = Array.from({ length: size / 2 }, (_, i) => base ** ((-2 * i) / size));
  const angles = tf.mul(tf.expandDims(tf.range(0, length), 1), tf.tensor2d(frequencies, [1, size / 2]));
  return { cosines: tf.cos(angles), sines: tf.sin(angles) };
}

/** Turns each pair of channels (i, i + size / 2) of heads [batch, heads, sequence, size] by its position's angle: Llama's pairing. */
export function rotated(heads: Tensor, { cosines, sines }: Rotation): Tensor {
  const [first, second] = tf.split(heads, 2, 3) as [Tensor, Tensor];
  return tf.concat([tf.sub(tf.mul(first, cosines), tf.mul(second, sines)), tf.add(tf.mul(second, cosines), tf.mul(first, sines))], 3);
}
